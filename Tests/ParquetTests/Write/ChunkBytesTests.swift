import Base
import Testing

@testable import Parquet

@Suite("Finished pages") struct ChunkBytesTests {
  @Test(arguments: [
    [0], [1], [5, 7], [9000], [5, 9000, 7], [4000, 4000, 4000], [8191, 1, 8192],
  ])
  func `every byte comes back in order, and no long part has room to spare`(
    _ sizes: [Int]
  ) throws {
    var chunk = ChunkBytes()
    var wanted: [UInt8] = []
    for (index, size) in sizes.enumerated() {
      let header: [UInt8] = [UInt8(index), 0xFF]
      let body = [UInt8](repeating: UInt8(100 + index), count: size)
      chunk.append(Buffer(header).bytes, Buffer(body).bytes)
      wanted += header + body
      #expect(chunk.count == wanted.count)
    }
    let parts = chunk.take()
    #expect(parts.flatMap { Array($0) } == wanted)
    #expect(parts.dropLast().allSatisfy { $0.count > 0 })
    #expect(chunk.count == 0 && chunk.take().isEmpty)
  }

  @Test func `short pages share a part`() {
    var chunk = ChunkBytes()
    let page = Buffer<UInt8>([1, 2])
    for _ in 0..<1000 { chunk.append(page.bytes, page.bytes) }
    #expect(chunk.take().count == 1)
  }
}
