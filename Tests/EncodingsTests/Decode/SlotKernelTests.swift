import Base
import Columns
import Testing

@testable import Encodings

@Suite("Decode kernels on slots") struct SlotKernelTests {
  private func spread<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ validity: [Bool], firstBit: Int
  ) -> [T] {
    let bits = Bitmap([Bool](repeating: true, count: firstBit) + validity)
    let values = validity.count { $0 }
    var slots = (0..<validity.count).map { $0 < values ? T($0 + 1) : 99 }
    unsafe bits.words.withUnsafePointer { words in
      unsafe slots.withUnsafeMutableBytes { raw in
        unsafe spreadSlots(
          raw.baseAddress!, slotSizeBytes: MemoryLayout<T>.size, valueCount: values,
          rowCount: validity.count, validity: words, firstBit: firstBit)
      }
    }
    return slots
  }

  @Test(arguments: [0, 1, 63, 64, 65], [1, 2, 64, 100])
  func `values move to the rows that have one`(firstBit: Int, rowCount: Int) {
    var generator = SeededGenerator(UInt64(firstBit * 1000 + rowCount))
    for density in [0.0, 0.1, 0.5, 0.9, 1.0] {
      let validity = (0..<rowCount).map { _ in
        Double.random(in: 0..<1, using: &generator) < density
      }
      var next = 0
      let expected = validity.map { isValid in
        if isValid { next += 1 }
        return isValid ? next : 0
      }
      #expect(spread(UInt8.self, validity, firstBit: firstBit).map { Int($0) } == expected)
      #expect(spread(UInt32.self, validity, firstBit: firstBit).map { Int($0) } == expected)
      #expect(spread(UInt64.self, validity, firstBit: firstBit).map { Int($0) } == expected)
      #expect(spread(UInt128.self, validity, firstBit: firstBit).map { Int($0) } == expected)
    }
  }

  @Test(arguments: [[0, 3], [0, UInt32.max], [0x8000_0000]] as [[UInt32]])
  func `an index outside the dictionary throws`(indices: [UInt32]) {
    let dictionary: [UInt64] = [10, 20, 30]
    var output: [UInt64] = [0, 0]
    #expect(throws: DecodingFault.self) {
      try unsafe gatherSlots(
        dictionary, dictionaryCount: 3, indices: indices, count: indices.count, slotSizeBytes: 8,
        into: &output)
    }
  }

  @Test func `indices become the dictionary's slots`() throws {
    let dictionary: [UInt32] = [10, 20, 30]
    let indices: [UInt32] = [2, 0, 1, 2]
    var output: [UInt32] = [0, 0, 0, 0]
    unsafe try gatherSlots(
      dictionary, dictionaryCount: 3, indices: indices, count: 4, slotSizeBytes: 4, into: &output)
    #expect(output == [30, 10, 20, 30])
  }

  @Test(arguments: 0...9) func `booleans unpack from every bit`(index: Int) {
    let bytes: [UInt8] = [0b1010_0101, 0xFF, 0x00, 0b0111_1110, 0x80, 0x01]
    for count in [0, 1, 7, 8, 9, 30] {
      var output = [UInt8](repeating: 9, count: count + 1)
      unsafe unpackBooleans(bytes, index: index, count: count, into: &output)
      let expected = (index..<index + count).map { (bytes[$0 / 8] >> UInt8($0 % 8)) & 1 }
      #expect(output == expected + [9])
    }
  }

  @Test(arguments: [1, 2, 4, 5, 8, 12, 16]) func `byte streams join`(sizeBytes: Int) {
    let count = 37
    let values = (0..<count * sizeBytes).map { UInt8($0 % 251) }
    var streams: [UInt8] = []
    for byte in 0..<sizeBytes {
      for value in 0..<count { streams.append(values[value * sizeBytes + byte]) }
    }
    for (index, part) in [(0, 37), (0, 36), (5, 20), (36, 1)] {
      var output = [UInt64](repeating: 0, count: part * sizeBytes / 8 + 1)
      unsafe output.withUnsafeMutableBytes { raw in
        unsafe joinByteStreams(
          streams, valueCount: count, sizeBytes: sizeBytes, index: index, count: part,
          into: raw.baseAddress!)
        #expect(
          unsafe Array(raw.prefix(part * sizeBytes))
            == Array(values[index * sizeBytes..<(index + part) * sizeBytes]))
      }
    }
  }

  private func scan(_ bytes: [UInt8], count: Int) throws -> ([[UInt8]], Int) {
    let page = Buffer(bytes)
    var slots = BufferBuilder<ValueSlice>(capacity: count)
    let tail = unsafe slots.unsafeTail(count)
    let end = unsafe try scanByteArrays(page, at: 0, count: count, into: tail)
    unsafe slots.advance(by: count)
    return (slices(slots.freeze(), in: page), end)
  }

  @Test func `byte arrays are found behind their lengths`() throws {
    let bytes: [UInt8] = [1, 0, 0, 0, 65, 0, 0, 0, 0, 2, 0, 0, 0, 66, 67]
    let (values, end) = try scan(bytes, count: 3)
    #expect(values == [[65], [], [66, 67]])
    #expect(end == bytes.count)
    for count in 0..<bytes.count {
      #expect(throws: DecodingFault.self) { try scan(Array(bytes[0..<count]), count: 3) }
    }
    #expect(throws: DecodingFault.self) { try scan([0xFF, 0xFF, 0xFF, 0xFF, 1], count: 1) }
  }

  private func checksUTF8(_ bytes: [UInt8]) -> Bool {
    let buffer = Buffer(bytes)
    return isUTF8(buffer.bytes)
  }

  @Test(arguments: [
    ("", true), ("plain", true), ("na\u{EF}ve", true), ("\u{1F426}", true),
  ]) func `text is UTF-8`(text: String, expected: Bool) {
    #expect(checksUTF8(Array(text.utf8)) == expected)
    let long = String(repeating: text + "x", count: 700)
    #expect(checksUTF8(Array(long.utf8)) == expected)
  }

  @Test(arguments: [[0x80], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]])
  func `bytes that are no text are not`(bytes: [UInt8]) {
    for padding in [0, 1, 7, 8, 1023, 1024, 2000] {
      let padded = [UInt8](repeating: 65, count: padding) + bytes
      #expect(!checksUTF8(padded))
    }
  }
}
