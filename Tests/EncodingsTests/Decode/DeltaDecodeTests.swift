import Base
import Columns
import Testing

@testable import Encodings

@Suite("DELTA encodings: decode") struct DeltaDecodeTests {
  @Test func `the specification's first example`() throws {
    // 1, 2, 3, 4, 5: deltas 1, so that the minimum is 1 and every width 0.
    let bytes: [UInt8] = [0x80, 0x01, 0x04, 0x05, 0x02, 0x02, 0, 0, 0, 0]
    #expect(try decodeDeltas(bytes, count: 5) == [1, 2, 3, 4, 5])
  }

  @Test func `the specification's second example`() throws {
    // 7, 5, 3, 1, 2, 3, 4, 5: minimum -2; stored deltas 0 0 0 3 3 3 3 in two bits each.
    let bytes: [UInt8] =
      [0x80, 0x01, 0x04, 0x08, 0x0E, 0x03, 2, 0, 0, 0, 0xC0, 0x3F] + [0, 0, 0, 0, 0, 0]
    #expect(try decodeDeltas(bytes, count: 8) == [7, 5, 3, 1, 2, 3, 4, 5])
  }

  @Test(arguments: 0...64) func `every width comes back at every split`(width: Int) throws {
    var generator = SeededGenerator(UInt64(width))
    let mask = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
    var value: Int64 = 42
    let values = (0..<301).map { _ in
      value &+= Int64(bitPattern: generator.next() & mask)
      return value
    }
    let bytes = packDeltas(values)
    for step in [1, 31, 32, 33, 1000] {
      #expect(try decodeDeltas(bytes, count: values.count, step: step) == values)
    }
  }

  @Test(arguments: [(128, 4), (1024, 8), (2048, 8), (256, 32)])
  func `other block sizes`(blockSize: Int, miniblockCount: Int) throws {
    let values = (0..<5000).map { Int64($0 * $0 % 977) - 400 }
    let bytes = packDeltas(values, blockSize: blockSize, miniblockCount: miniblockCount)
    #expect(try decodeDeltas(bytes, count: values.count, step: 700) == values)
    #expect(try DeltaBinaryDecoder(Buffer(bytes + [1, 2, 3])).endOffset() == bytes.count)
  }

  @Test func `differences wrap`() throws {
    let values: [Int64] = [.max, .min, 0, .min, .max, -1]
    #expect(try decodeDeltas(packDeltas(values), count: 6) == values)
  }

  @Test func `every truncation throws`() {
    let values = (0..<200).map { Int64($0 * 37 % 101) }
    let bytes = packDeltas(values)
    // The end of the last miniblock is padding, which may be missing.
    for count in 0..<bytes.count - 24 {
      #expect(throws: DecodingFault.self) {
        try decodeDeltas(Array(bytes[0..<count]), count: values.count)
      }
    }
  }

  @Test(
    arguments: [
      [0, 4, 5, 2], [0x80, 1, 0, 5, 2], [0x80, 1, 3, 5, 2], [0x81, 1, 4, 5, 2],
      [0xFF, 0xFF, 0xFF, 0x7F, 1, 5, 2], [0x80, 1, 4, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 2],
      [0x80, 1, 4, 5, 2, 2, 65, 0, 0, 0],
    ] as [[UInt8]])
  func `headers that lie throw`(bytes: [UInt8]) {
    #expect(throws: DecodingFault.self) { try decodeDeltas(bytes, count: 5) }
  }

  @Test(
    arguments: [
      // Blocks of 131,072 values, and 1,024 miniblocks.
      [0x80, 0x80, 8, 4, 1, 2], [0x80, 0x80, 4, 0x80, 8, 1, 2],
    ] as [[UInt8]])
  func `blocks larger than any writer's are not called damage`(bytes: [UInt8]) {
    #expect(throws: DecodingFault.unsupported(offset: 0)) { try decodeDeltas(bytes, count: 1) }
  }

  // MARK: Byte arrays

  private func decodeLengths(_ bytes: [UInt8], count: Int, step: Int) throws -> [[UInt8]] {
    let page = Buffer(bytes)
    var decoder = try DeltaLengthDecoder(page)
    var output: [[UInt8]] = []
    while output.count < count {
      let size = min(step, count - output.count)
      var slots = BufferBuilder<ValueSlice>(capacity: size)
      let tail = unsafe slots.unsafeTail(size)
      unsafe try decoder.decode(count: size, into: tail)
      unsafe slots.advance(by: size)
      output += slices(slots.freeze(), in: page)
    }
    return output
  }

  private func decodePrefixes(
    _ bytes: [UInt8], count: Int, step: Int, sizeMaxBytes: Int = 1 << 20
  ) throws -> [[UInt8]] {
    var decoder = try DeltaByteArrayDecoder(Buffer(bytes))
    var output: [[UInt8]] = []
    while output.count < count {
      let size = min(step, count - output.count)
      var slots = BufferBuilder<ValueSlice>(capacity: size)
      var data = BufferBuilder<UInt8>()
      let tail = unsafe slots.unsafeTail(size)
      unsafe try decoder.decode(
        count: size, into: tail, data: &data, sizeMaxBytes: sizeMaxBytes)
      unsafe slots.advance(by: size)
      output += slices(slots.freeze(), in: data.freeze())
    }
    return output
  }

  @Test(arguments: [1, 2, 3, 100]) func `delta lengths: the specification's example`(
    step: Int
  ) throws {
    let words = ["Hello", "World", "Foobar", "ABCDEF"].map { Array($0.utf8) }
    let bytes = packDeltas([5, 5, 6, 6]) + words.flatMap { $0 }
    #expect(try decodeLengths(bytes, count: 4, step: step) == words)
    for count in 0..<bytes.count {
      #expect(throws: DecodingFault.self) {
        try decodeLengths(Array(bytes[0..<count]), count: 4, step: step)
      }
    }
  }

  @Test func `a negative length throws`() {
    #expect(throws: DecodingFault.self) {
      try decodeLengths(
        packDeltas([5, -1, 3]) + [UInt8](repeating: 0, count: 9), count: 3, step: 9)
    }
  }

  @Test(arguments: [1, 2, 3, 100]) func `delta strings: the specification's example`(
    step: Int
  ) throws {
    let words = ["axis", "axle", "babble", "babyhood"].map { Array($0.utf8) }
    let bytes =
      packDeltas([0, 2, 0, 3]) + packDeltas([4, 2, 6, 5]) + Array("axislebabbleyhood".utf8)
    #expect(try decodePrefixes(bytes, count: 4, step: step) == words)
    for count in 0..<bytes.count {
      #expect(throws: DecodingFault.self) {
        try decodePrefixes(Array(bytes[0..<count]), count: 4, step: step)
      }
    }
  }

  @Test func `a prefix longer than the value before throws`() {
    let bytes = packDeltas([0, 5]) + packDeltas([4, 0]) + Array("abcd".utf8)
    #expect(throws: DecodingFault.self) { try decodePrefixes(bytes, count: 2, step: 2) }
    let first = packDeltas([1]) + packDeltas([4]) + Array("abcd".utf8)
    #expect(throws: DecodingFault.self) { try decodePrefixes(first, count: 1, step: 2) }
  }

  @Test func `prefixes that multiply stop at the limit`() {
    let count = 100
    let bytes =
      packDeltas([0] + [Int64](repeating: 1000, count: count))
      + packDeltas([1000] + [Int64](repeating: 0, count: count))
      + [UInt8](repeating: 65, count: 1000)
    #expect(throws: DecodingFault.self) {
      try decodePrefixes(bytes, count: count + 1, step: 1000, sizeMaxBytes: 50_000)
    }
  }
}
