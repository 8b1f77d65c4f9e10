import Base
import Testing

@testable import Delta

@Suite("Row sets") struct RowSetTests {
  /// Positions of several chunks: alone, in runs, dense, at the ends of chunks.
  private func randomRanges(_ random: inout SeededRandom) -> [Range<UInt64>] {
    var ranges: [Range<UInt64>] = []
    var position = UInt64.random(in: 0...200_000, using: &random)
    let stride = UInt64([3, 40, 3000].randomElement(using: &random)!)
    for _ in 0..<Int.random(in: 0...(stride > 100 ? 60 : 3000), using: &random) {
      let length = UInt64.random(in: 1...stride, using: &random)
      ranges.append(position..<position + length)
      position += length + UInt64.random(in: 0...stride, using: &random)
    }
    return ranges
  }

  @Test(arguments: 0..<20) func `a set has the positions it was made of, and is read back`(
    _ seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    let ranges = randomRanges(&random)
    let set = RowSet(ranges)
    let wanted = ranges.flatMap { Array($0) }
    #expect(set.ranges.flatMap { Array($0) } == wanted)
    #expect(set.count == UInt64(wanted.count))
    #expect(set.last == wanted.last)
    let encoded = set.encoded()
    #expect(try RowSet(decoding: encoded.bytes).chunks == set.chunks)
    for bound in [0..<10, 65_530..<65_540, 100_000..<300_000] as [Range<UInt64>] {
      #expect(set.count(in: bound) == UInt64(wanted.count { bound.contains($0) }))
    }
  }

  @Test(arguments: 0..<20) func `a union has the positions of both`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let (a, b) = (randomRanges(&random), randomRanges(&random))
    let union = RowSet(a).union(RowSet(b))
    let wanted = Set(a.flatMap { Array($0) }).union(b.flatMap { Array($0) })
    #expect(union.ranges.flatMap { Array($0) } == wanted.sorted())
  }

  @Test func `cut or damaged bytes are refused or mean something, and never trap`() throws {
    var random = SeededRandom(seed: 7)
    let bytes = Array(RowSet([3..<5, 70_000..<90_000, 200_001..<200_002]).encoded().span.array)
    for length in bytes.indices {
      let cut = Buffer(Array(bytes[..<length]))
      #expect(throws: DecodingFault.self) { _ = try RowSet(decoding: cut.bytes) }
    }
    for offset in bytes.indices {
      var damaged = bytes
      damaged[offset] ^= UInt8.random(in: 1...255, using: &random)
      let buffer = Buffer(damaged)
      if let set = try? RowSet(decoding: buffer.bytes) { _ = set.ranges.count }
    }
  }

  @Test func `a position that is negative is refused`() throws {
    var bytes = Array(RowSet([3..<5]).encoded().span.array)
    #expect(try RowSet(decoding: Buffer(bytes).bytes).ranges == [3..<5])
    bytes[15] |= 0x80  // The highest bit of the only key.
    #expect(throws: DecodingFault.self) { _ = try RowSet(decoding: Buffer(bytes).bytes) }
  }

  @Test func `Base85 is that of ZeroMQ's RFC 32`() {
    let hello: [UInt8] = [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B]
    #expect(base85Encoded(hello) == "HelloWorld")
    #expect(base85Decoded("HelloWorld") == hello)
    #expect(base85Decoded("Hello") == [0x86, 0x4F, 0xD2, 0x6F])
    #expect(base85Decoded("Hell") == nil)
    #expect(base85Decoded("Hell~") == nil)
    #expect(base85Decoded("#####") == nil)
  }

  @Test func `a last group of fewer bytes is as the z85 crate writes it`() {
    #expect(base85Decoded("Hello##093") == [0x86, 0x4F, 0xD2, 0x6F, 3, 0])
    #expect(base85Decoded("#1000") == [0x09, 0x5E, 0xED].map { $0 })
    #expect(base85Decoded("###30") == [255])
    #expect(base85Decoded("###31") == nil)
    #expect(base85Decoded("####0") == nil)
    #expect(base85Decoded("##093Hello") == nil)
  }
}

extension Span where Element == UInt8 {
  fileprivate var array: [UInt8] { indices.map { self[$0] } }
}
