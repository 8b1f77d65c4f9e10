import Base
import Store
import TestSupport
import Testing

@Suite("Scratch file") struct ScratchFileTests {
  @Test func `what was appended comes back from its place, and the directory stays empty`() throws {
    let directory = TemporaryDirectory()
    let file = try LocalScratchFile(in: directory.path)
    let pieces = (0..<50).map { index in Buffer((0..<index * 37).map { UInt8(($0 + index) & 0xFF) })
    }
    let places = try pieces.map { try file.append($0.bytes) }
    #expect(file.sizeBytes == pieces.reduce(0) { $0 + Int64($1.count) })
    for (piece, place) in zip(pieces, places).reversed() {
      #expect(try file.read(place..<place + Int64(piece.count)) == piece)
    }
    #expect(directory.names() == [])
  }

  @Test func `threads append without overlap`() throws {
    let file = try LocalScratchFile()
    try withWorkers(count: 4) { (worker, _) throws(StoreError) in
      let piece = Buffer(repeating: UInt8(worker), count: 1000)
      for _ in 0..<50 {
        let place = try file.append(piece.bytes)
        guard try file.read(place..<place + 1000) == piece else {
          throw StoreError(.corrupt, "another thread's bytes", path: "")
        }
      }
    }
    #expect(file.sizeBytes == 200_000)
  }

  @Test func `past the end and without a directory there are errors`() throws {
    let file = try LocalScratchFile()
    _ = try file.append(Buffer([1, 2, 3] as [UInt8]).bytes)
    #expect(throws: StoreError.self) { try file.read(1..<4) }
    #expect(throws: StoreError.self) { try LocalScratchFile(in: "/nowhere at all") }
  }
}
