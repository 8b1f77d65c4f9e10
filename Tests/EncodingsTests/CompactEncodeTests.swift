import Base
import Columns
import Encodings
import TestSupport
import Testing

@Suite("DELTA_BINARY_PACKED: encode") struct DeltaBinaryPackedEncodeTests {
  static let counts = [0, 1, 2, 31, 32, 33, 34, 64, 128, 129, 130, 257, 1000]

  @Test(arguments: 0...64, counts)
  func `differences of every width come back`(_ bitWidth: Int, _ count: Int) {
    var random = SeededRandom(seed: UInt64(bitWidth * 1009 + count))
    let mask: UInt64 = bitWidth == 64 ? .max : (1 << UInt64(bitWidth)) - 1
    var value = Int64(truncatingIfNeeded: random.next())
    let values = (0..<count).map { _ in
      value &+= Int64(bitPattern: random.next() & mask) &- 7
      return value
    }
    var writer = ByteWriter()
    appendDeltaBinaryPacked(values.span, to: &writer)
    let bytes = Array(writer.take())
    let decoded = decodeDeltaReference(bytes)
    #expect(decoded?.values == values)
    #expect(decoded?.sizeBytes == bytes.count)
  }

  @Test(arguments: counts) func `32-bit differences wrap and stay narrow`(_ count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let values = (0..<count).map { row in
      row % 3 == 0 ? Int32.min : row % 3 == 1 ? Int32.max : Int32(truncatingIfNeeded: random.next())
    }
    var writer = ByteWriter()
    appendDeltaBinaryPacked(values.span, to: &writer)
    let bytes = Array(writer.take())
    let decoded = decodeDeltaReference(bytes)
    #expect(decoded?.values.map { Int32(truncatingIfNeeded: $0) } == values)
    #expect(bytes.count <= 20 + (count + 127) / 128 * (9 + 128 * 4))
  }

  @Test func `a steady step takes a few bytes a block`() {
    let values = (0..<12_800).map { Int64($0) * 1000 }
    var writer = ByteWriter()
    appendDeltaBinaryPacked(values.span, to: &writer)
    #expect(writer.count < 100 * 7 + 10)
  }
}

@Suite("DELTA_LENGTH_BYTE_ARRAY and BYTE_STREAM_SPLIT: encode") struct SplitEncodeTests {
  @Test func `bytes follow each other and lengths are apart`() {
    var random = SeededRandom(seed: 4)
    let lengths = (0...70).shuffled(using: &random) + [300, 0, 1]
    var data: [UInt8] = []
    var slices: [ValueSlice] = []
    for length in lengths {
      slices.append(ValueSlice(offset: UInt32(data.count), count: UInt32(length)))
      data += (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
    slices.reverse()
    var counts = BufferBuilder<Int32>()
    var writer = ByteWriter()
    appendBytes(slices.span, of: Buffer(data), lengths: &counts, to: &writer)
    #expect(Array(counts.take()) == lengths.reversed().map { Int32($0) })
    #expect(Array(writer.take()) == slices.flatMap { data[$0.range] })
  }

  @Test(arguments: [4, 8], [0, 1, 7, 8, 9, 16, 17, 100])
  func `byte k of every value is stream k`(_ valueBytes: Int, _ count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let plain = (0..<count * valueBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    var writer = ByteWriter()
    let span = plain.span
    unsafe appendByteStreams(span.bytes, valueBytes: valueBytes, to: &writer)
    var expected: [UInt8] = []
    for stream in 0..<valueBytes {
      expected += (0..<count).map { plain[$0 * valueBytes + stream] }
    }
    #expect(Array(writer.take()) == expected)
  }
}
