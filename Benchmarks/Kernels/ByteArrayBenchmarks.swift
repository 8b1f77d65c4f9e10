import Base
import BenchmarkSupport
import Columns
import Encodings

// SAFETY: every output was made with a slot a value (`slots`, `slices`), and every input lives in a
// `Buffer`.

/// DELTA_LENGTH_BYTE_ARRAY of short strings, and DELTA_BYTE_ARRAY of sorted paths.
func measureDeltaBytes(_ runner: BenchmarkRunner) throws {
  let count = runner.size(32_768)
  let words = Words(count, distinct: 5000, longest: 40)
  var lengths = BufferBuilder<Int32>(capacity: count)
  var bytes = ByteWriter()
  runner.measure("DELTA_LENGTH_BYTE_ARRAY gather", valueCount: count) {
    lengths.removeAll()
    bytes.removeAll()
    appendBytes(words.slices.span, of: words.data, lengths: &lengths, to: &bytes)
  } check: {
    hash(bytes)
  }
  lengths.removeAll()
  bytes.removeAll()
  appendBytes(words.slices.span, of: words.data, lengths: &lengths, to: &bytes)
  let source = page(
    runner, "DELTA_LENGTH_BYTE_ARRAY encode", count: count, capacity: bytes.count + count * 4
  ) { appendDeltaLengthByteArray(lengths.span, of: bytes, to: &$0) }
  let output = slices(count)
  try runner.measure("DELTA_LENGTH_BYTE_ARRAY decode", valueCount: count) {
    var decoder = try DeltaLengthDecoder(source)
    unsafe try decoder.decode(count: count, into: output.unsafeStart)
  } check: {
    hash(output, lengths)
  }
  try measureSortedPaths(runner)
}

private func measureSortedPaths(_ runner: BenchmarkRunner) throws {
  let count = runner.size(32_768)
  var lengths = BufferBuilder<Int32>(capacity: count)
  var bytes = ByteWriter()
  for index in 0..<count {
    let path = "data/region=\(index / 8192)/part-\(1_000_000 + index * 7).parquet".utf8
    lengths.append(Int32(path.count))
    for byte in path { bytes.append(byte) }
  }
  let source = page(
    runner, "DELTA_BYTE_ARRAY encode, sorted paths", count: count, capacity: bytes.count
  ) { appendDeltaByteArray(lengths.span, of: bytes, to: &$0) }
  let output = slices(count)
  var data = BufferBuilder<UInt8>(capacity: bytes.count * 2)
  let sizeMaxBytes = bytes.count * 2
  try runner.measure("DELTA_BYTE_ARRAY decode, sorted paths", valueCount: count) {
    data.removeAll()
    var decoder = try DeltaByteArrayDecoder(source)
    unsafe try decoder.decode(
      count: count, into: output.unsafeStart, data: &data, sizeMaxBytes: sizeMaxBytes)
  } check: {
    data.count == bytes.count ? hash(output, lengths) : nil
  }
}

/// Booleans, a byte each: PLAIN bits and an RLE page.
func measureBooleans(_ runner: BenchmarkRunner) throws {
  let count = runner.size(65_536)
  let values = randomValues(count, below: 2, seed: 31, as: UInt8.self)
  let plain = page(runner, "PLAIN booleans encode", count: count, capacity: count) {
    appendPlainBooleans(values.span, to: &$0)
  }
  let output = slots(count, UInt8.self)
  runner.measure("PLAIN booleans decode", valueCount: count) {
    unsafe plain.withUnsafePointer {
      unsafe unpackBooleans($0, index: 0, count: count, into: output.unsafeStart)
    }
  } check: {
    hash(output, ifEqualTo: values)
  }
  let bytes = page(runner, "RLE booleans encode", count: count, capacity: count) {
    appendRLEBooleans(values.span, to: &$0)
  }
  let stream = bytes.slice(4..<bytes.count)
  try runner.measure("RLE booleans decode", valueCount: count) {
    var decoder = try HybridDecoder(stream, bitWidth: 1)
    unsafe try decoder.decode(count: count, into: output.unsafeStart)
  } check: {
    hash(output, ifEqualTo: values)
  }
}

/// Levels of encoding BIT_PACKED, which old writers used.
func measureBitPackedLevels(_ runner: BenchmarkRunner) throws {
  let count = runner.size(65_536)
  let levels = randomValues(count, below: 4, seed: 32, as: UInt8.self)
  // Two bits each, the first in the highest of a byte.
  let packed = Buffer(
    (0..<(count + 3) / 4).map { byte in
      (0..<4).reduce(0 as UInt8) { bits, index in
        let level = byte * 4 + index
        return bits << 2 | (level < count ? levels[level] : 0)
      }
    })
  let output = slots(count, UInt8.self)
  try runner.measure("BIT_PACKED levels decode, w=2", valueCount: count) {
    var decoder = try LevelDecoder(packed, maxLevel: 3, encoding: .bitPacked)
    _ = unsafe try decoder.decode(count: count, into: output.unsafeStart)
  } check: {
    hash(output, ifEqualTo: levels)
  }
}

/// The checksum of a page, nanoseconds a byte.
func measureChecksums(_ runner: BenchmarkRunner) {
  let page = randomValues(runner.size(1 << 20), below: 256, seed: 33, as: UInt8.self)
  let crc = CRC32()
  var sum: UInt32 = 0
  runner.measure("CRC-32 of a page (per byte)", valueCount: page.count) {
    sum = crc.checksum(page.bytes)
  } check: {
    UInt64(sum)
  }
}

/// The page that `append` writes, measured.
private func page(
  _ runner: BenchmarkRunner, _ name: String, count: Int, capacity: Int,
  _ append: (inout ByteWriter) -> Void
) -> Buffer<UInt8> {
  var page = ByteWriter(capacity: capacity)
  runner.measure(name, valueCount: count) {
    page.removeAll()
    append(&page)
  } check: {
    hash(page)
  }
  page.removeAll()
  append(&page)
  return page.take()
}

private func slices(_ count: Int) -> BufferBuilder<ValueSlice> {
  var slices = BufferBuilder<ValueSlice>(capacity: count)
  slices.append(repeating: ValueSlice(offset: 0, count: 0), count: count)
  return slices
}

/// The hash of the slices' lengths if they are the expected ones, else nil.
private func hash(
  _ slices: borrowing BufferBuilder<ValueSlice>, _ lengths: borrowing BufferBuilder<Int32>
) -> UInt64? {
  var hash = AnswerHash()
  for index in 0..<lengths.count {
    guard slices[index].count == UInt32(lengths[index]) else { return nil }
    hash.add(UInt64(slices[index].count))
  }
  return hash.value
}
