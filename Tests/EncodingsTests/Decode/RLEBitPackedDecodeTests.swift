import Base
import Testing

@testable import Encodings

@Suite("RLE/bit-packed hybrid: decode") struct RLEBitPackedDecodeTests {
  private static let example: [UInt8] = [0x03, 0x88, 0xC6, 0xFA]

  @Test func `a bit-packed run follows the specification's own example`() throws {
    #expect(
      try decodeHybrid(Self.example, bitWidth: 3, count: 8) == [0, 1, 2, 3, 4, 5, 6, 7])
  }

  @Test func `a repeated run has its value in the least bytes that hold it`() throws {
    let bytes = uleb(5 << 1) + [0x34, 0x12] + uleb(2 << 1) + [0xFF, 0x01]
    #expect(
      try decodeHybrid(bytes, bitWidth: 13, count: 7) == [
        0x1234, 0x1234, 0x1234, 0x1234, 0x1234, 0x1FF, 0x1FF,
      ])
  }

  @Test(arguments: 0...3) func `a page cut short throws, never traps, at`(_ length: Int) {
    let bytes = Array(Self.example.prefix(length))
    #expect(throws: DecodingFault.self) { try decodeHybrid(bytes, bitWidth: 3, count: 8) }
  }

  @Test(arguments: 1...32) func `every width unpacks at every split`(width: Int) throws {
    var generator = SeededGenerator(UInt64(width))
    let mask = UInt64.max >> UInt64(64 - width)
    let values = (0..<203).map { _ in generator.next() & mask }
    let padded = values + [UInt64](repeating: 0, count: 5)
    let repeated = [UInt64](repeating: mask, count: 100)
    let valueBytes = Array(packBits([mask], width: (width + 7) / 8 * 8))
    let bytes =
      uleb(26 << 1 | 1) + packBits(padded, width: width) + uleb(100 << 1) + valueBytes
      + uleb(26 << 1 | 1) + packBits(padded, width: width)
    let expected = (padded + repeated + values).map { UInt32($0) }
    for step in [1, 3, 7, 8, 9, 64, 100, 1000] {
      #expect(
        try decodeHybrid(bytes, bitWidth: width, count: expected.count, step: step) == expected)
    }
  }

  @Test(arguments: 1...32) func `group kernel and reference agree`(width: Int) {
    var generator = SeededGenerator(UInt64(width) &* 77)
    let bytes = Buffer(
      (0..<32 * 40 / 8 + 16).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    for (index, count) in [(0, 32), (0, 31), (3, 20), (8, 16), (5, 1), (7, 17), (1, 0)] {
      var fast = [UInt32](repeating: 0, count: 40)
      var slow = fast
      unsafe bytes.withUnsafePointer { source in
        unsafe unpackBits(source, width: width, index: index, count: count, into: &fast)
        unsafe unpackSingly(source, width: width, index: index, count: count, into: &slow)
      }
      #expect(fast == slow)
    }
  }

  @Test func `width 0 reads nothing`() throws {
    #expect(try decodeHybrid([], bitWidth: 0, count: 5) == [0, 0, 0, 0, 0])
  }

  @Test func `the padding of the last group may be missing`() throws {
    // Five values of four bits in three bytes, where a whole group has four.
    #expect(
      try decodeHybrid([0x03, 0x21, 0x43, 0x05], bitWidth: 4, count: 5) == [1, 2, 3, 4, 5])
    #expect(throws: DecodingFault.self) {
      try decodeHybrid([0x03, 0x21, 0x43, 0x05], bitWidth: 4, count: 7)
    }
  }

  @Test(arguments: [-1, 33, 255]) func `a width outside 0...32 throws`(width: Int) {
    #expect(throws: DecodingFault.self) { try HybridDecoder(Buffer(), bitWidth: width) }
  }

  @Test(
    arguments: [
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
      [0x00, 0x00, 0x01], [0x01, 0x01, 0x01], [0xFF],
    ] as [[UInt8]])
  func `headers that lie throw`(bytes: [UInt8]) {
    #expect(throws: DecodingFault.self) { try decodeHybrid(bytes, bitWidth: 8, count: 100) }
  }

  @Test(arguments: [1, 5, 63, 64, 65, 200]) func `bits of every alignment are collected`(
    step: Int
  ) throws {
    var generator = SeededGenerator(9)
    let packed = (0..<104).map { _ in generator.next() & 1 }
    let bytes =
      uleb(13 << 1 | 1) + packBits(packed, width: 1) + uleb(70 << 1) + [1] + uleb(9 << 1) + [0]
      + uleb(13 << 1 | 1) + packBits(packed, width: 1)
    let expected =
      packed + [UInt64](repeating: 1, count: 70) + [UInt64](repeating: 0, count: 9) + packed
    var decoder = try HybridDecoder(Buffer(bytes), bitWidth: 1)
    var words = [UInt64](repeating: 0, count: 6)
    var done = 0
    var ones = 0
    while done < expected.count {
      let size = min(step, expected.count - done)
      ones += unsafe try decoder.decodeBits(count: size, into: &words, firstBit: done)
      done += size
    }
    #expect(ones == expected.count { $0 == 1 })
    let collected = expected.indices.map { (index: Int) -> UInt64 in
      (words[index / 64] >> UInt64(index % 64)) & 1
    }
    #expect(collected == expected)
  }

  @Test func `a level above the maximum throws`() throws {
    var decoder = try HybridDecoder(Buffer(uleb(5 << 1) + [2]), bitWidth: 1)
    var words: [UInt64] = [0]
    #expect(throws: DecodingFault.self) {
      try unsafe decoder.decodeBits(count: 5, into: &words, firstBit: 0)
    }
  }
}
