import Base
import Columns
import Testing

@testable import Encodings

@Suite("DELTA_BYTE_ARRAY and DELTA_LENGTH_BYTE_ARRAY: whole pages") struct DeltaByteArrayEncodeTests
{
  private func page(_ values: [[UInt8]], sharingPrefixes: Bool) -> Buffer<UInt8> {
    var bytes = ByteWriter()
    for value in values { bytes.append(value) }
    let lengths = Buffer(values.map { Int32($0.count) })
    var page = ByteWriter()
    if sharingPrefixes {
      appendDeltaByteArray(lengths.span, of: bytes, to: &page)
    } else {
      appendDeltaLengthByteArray(lengths.span, of: bytes, to: &page)
    }
    return page.take()
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
    let values = ["axis", "axle", "babble", "babyhood"].map { Array($0.utf8) }
    let expected =
      packDeltas([0, 2, 0, 3]) + packDeltas([4, 2, 6, 5]) + Array("axislebabbleyhood".utf8)
    #expect(Array(page(values, sharingPrefixes: true)) == expected)
  }

  @Test(arguments: [0, 1, 2, 31, 33, 128, 129, 1000], [0, 1, 2] as [UInt64])
  func `random values come back at every split`(_ count: Int, _ seed: UInt64) throws {
    var random = SeededGenerator(seed)
    var values = (0..<count).map { _ in
      (0..<random.next() % 40).map { _ in UInt8(97 + random.next() % 2) }
    }
    if seed > 0 { values.sort { $0.lexicographicallyPrecedes($1) } }
    let prefixPage = page(values, sharingPrefixes: true)
    for step in [1, 30, 5000] {
      #expect(try decode(prefixPage, count: count, step: step) == values)
    }
    #expect(
      Array(page(values, sharingPrefixes: false))
        == packDeltas(values.map { Int64($0.count) }) + values.flatMap { $0 })
  }
}
