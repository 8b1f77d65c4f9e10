import Base
import Columns
import Encodings
import Testing

@Suite("PLAIN: encode") struct PlainEncodeTests {
  @Test(arguments: Array(0...20) + [64, 1001])
  func `booleans are packed low bit first`(_ count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let values = (0..<count).map { _ in UInt8(random.next() & 1) }
    var writer = ByteWriter()
    appendPlainBooleans(values.span, to: &writer)
    var expected = [UInt8](repeating: 0, count: (count + 7) / 8)
    for (index, value) in values.enumerated() { expected[index / 8] |= value << UInt8(index % 8) }
    #expect(Array(writer.take()) == expected)
  }

  @Test(arguments: 1...16)
  func `wide decimals are big endian, with their sign`(_ sizeBytes: Int) {
    let top = Int128.max >> Int128(128 - sizeBytes * 8)
    let values: [Int128] = [0, 1, -1, 100, -100, top, -top - 1]
    var writer = ByteWriter()
    appendPlainBigEndian(values.span, sizeBytes: sizeBytes, to: &writer)
    var expected: [UInt8] = []
    for value in values {
      for byte in stride(from: sizeBytes - 1, through: 0, by: -1) {
        expected.append(UInt8(truncatingIfNeeded: value >> Int128(byte * 8)))
      }
    }
    #expect(Array(writer.take()) == expected)
  }

  @Test func `64-bit slots narrow to 32 bits`() {
    let values: [Int64] = [0, 1, -1, 999_999_999, -999_999_999]
    var writer = ByteWriter()
    appendPlainNarrowed(values.span, to: &writer)
    let expected = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
    }
    #expect(Array(writer.take()) == expected)
  }

  @Test func `byte arrays stand behind their lengths, at every length`() {
    var random = SeededRandom(seed: 3)
    var lengths = Array(0...70) + [255, 256, 257, 1000, 0, 4000, 0, 1]
    lengths.shuffle(using: &random)
    var data: [UInt8] = []
    var slices: [ValueSlice] = []
    for length in lengths {
      slices.append(ValueSlice(offset: UInt32(data.count), count: UInt32(length)))
      data += (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
    slices.reverse()  // Slices need not come in the order of the data.
    var writer = ByteWriter()
    writer.append(0xAB)
    appendPlainBytes(slices.span, of: Buffer(data), to: &writer)
    var expected: [UInt8] = [0xAB]
    for slice in slices {
      expected += (0..<4).map { UInt8(truncatingIfNeeded: slice.count >> ($0 * 8)) }
      expected += data[slice.range]
    }
    #expect(Array(writer.take()) == expected)
  }
}
