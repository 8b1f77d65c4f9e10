import Base
import Testing

@testable import Parquet

@Suite("Chunk windows") struct ChunkWindowTests {
  private let file = Buffer((0..<200).map { UInt8($0) })

  private func fetch(_ window: inout ChunkWindow, _ count: Int) -> Range<Int64> {
    let range = window.missing(count)
    window.supply(part(file, range))
    return range
  }

  @Test func `bytes are asked for a window at a time, and none of them twice`() {
    var window = ChunkWindow([ChunkPart(range: 10..<110, firstRow: 0)], windowSizeBytes: 20)
    #expect(window.peek(1) == nil)
    #expect(fetch(&window, 1) == 10..<30)
    #expect(window.peek(15) == file.slice(10..<25))
    window.move(to: 25)
    #expect(fetch(&window, 7) == 30..<50)
    #expect(window.peek(12) == file.slice(25..<37))  // Over both windows.
    #expect(window.peekPiece() == file.slice(25..<30))
    #expect(fetch(&window, 50) == 50..<75)  // As much as is needed, be it more than a window.
    #expect(fetch(&window, 51) == 75..<110)  // What little is left comes along.
    #expect(window.remainingBytes == 85)
  }

  @Test func `a page larger than its window is fetched whole`() {
    var window = ChunkWindow([ChunkPart(range: 0..<200, firstRow: 0)], windowSizeBytes: 10)
    #expect(fetch(&window, 90) == 0..<90)
    #expect(window.peek(90) == file.slice(0..<90))
  }

  @Test func `what is passed over is not fetched`() {
    var window = ChunkWindow(
      [ChunkPart(range: 0..<40, firstRow: 0), ChunkPart(range: 100..<140, firstRow: 7)],
      windowSizeBytes: 10)
    #expect(fetch(&window, 5) == 0..<10)
    window.move(to: 28)
    #expect(window.fetchedBytes == 0)
    #expect(fetch(&window, 1) == 28..<40)
    window.move(to: 40)
    #expect(window.remainingBytes == 0)
    window.startNextPart()
    #expect(window.part?.firstRow == 7)
    #expect(fetch(&window, 1) == 100..<110)
    #expect(window.peek(10) == file.slice(100..<110))
  }
}
