import Base
import Columns
import Testing

@testable import Encodings

@Suite("DELTA_BYTE_ARRAY and DELTA_LENGTH_BYTE_ARRAY: whole pages") struct DeltaByteArrayEncodeTests
{
  /// The values as a column holds them.
  private func column(_ values: [[UInt8]]) -> (slices: Buffer<ValueSlice>, data: Buffer<UInt8>) {
    var slices: [ValueSlice] = []
    var data: [UInt8] = []
    for value in values {
      slices.append(ValueSlice(offset: UInt32(data.count), count: UInt32(value.count)))
      data += value
    }
    return (Buffer(slices), Buffer(data))
  }

  private func decode(_ page: Buffer<UInt8>, count: Int, step: Int) throws -> [[UInt8]] {
    // SAFETY: the tail takes a step.
    var decoder = try DeltaByteArrayDecoder(page)
    var output: [[UInt8]] = []
    while output.count < count {
      let size = min(step, count - output.count)
      var slots = BufferBuilder<ValueSlice>(capacity: size)
      var data = BufferBuilder<UInt8>()
      let tail = unsafe slots.unsafeTail(size)
      unsafe try decoder.decode(count: size, into: tail, data: &data, sizeMaxBytes: 1 << 24)
      unsafe slots.advance(by: size)
      output += slices(slots.freeze(), in: data.freeze())
    }
    return output
  }

  @Test func `the specification's example`() {
    let (slices, data) = column(["axis", "axle", "babble", "babyhood"].map { Array($0.utf8) })
    var writer = ByteWriter()
    appendDeltaByteArray(slices.span, of: data, to: &writer)
    let expected =
      packDeltas([0, 2, 0, 3]) + packDeltas([4, 2, 6, 5]) + Array("axislebabbleyhood".utf8)
    #expect(Array(writer.take()) == expected)
  }

  @Test(arguments: [0, 1, 2, 31, 33, 128, 129, 1000], [0, 1, 2] as [UInt64])
  func `random values come back at every split`(_ count: Int, _ seed: UInt64) throws {
    var random = SeededGenerator(seed)
    var values = (0..<count).map { _ in
      (0..<random.next() % 40).map { _ in UInt8(97 + random.next() % 2) }
    }
    if seed > 0 { values.sort { $0.lexicographicallyPrecedes($1) } }
    let (slices, data) = column(values)
    var writer = ByteWriter()
    appendDeltaByteArray(slices.span, of: data, to: &writer)
    let page = writer.take()
    for step in [1, 30, 5000] { #expect(try decode(page, count: count, step: step) == values) }
    appendDeltaLengthByteArray(slices.span, of: data, to: &writer)
    #expect(
      Array(writer.take())
        == packDeltas(values.map { Int64($0.count) }) + values.flatMap { $0 })
  }

  @Test(arguments: [1, 2, 7, 16], [0, 1, 40, 300])
  func `fixed values come back`(_ valueBytes: Int, _ count: Int) throws {
    var random = SeededGenerator(UInt64(valueBytes))
    let values = (0..<count).map { _ in
      (0..<valueBytes).map { $0 < valueBytes / 2 ? 7 : UInt8(truncatingIfNeeded: random.next()) }
    }
    var writer = ByteWriter()
    let plain = Buffer(values.flatMap { $0 })
    appendDeltaByteArray(fixed: plain.bytes, valueBytes: valueBytes, to: &writer)
    #expect(try decode(writer.take(), count: count, step: 17) == values)
  }
}
