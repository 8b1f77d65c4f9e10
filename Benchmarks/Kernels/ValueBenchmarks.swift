import Base
import BenchmarkSupport
import Columns
import Encodings

// SAFETY: every output was made with a slot a value (`slots`), and every input lives in a `Buffer`.

/// DELTA_BINARY_PACKED, by the width of the differences.
func measureDeltas(_ runner: BenchmarkRunner) throws {
  let count = runner.size(65_536)
  for width in [0, 3, 8, 19, 40, 64] {
    let limit: UInt64 = width == 64 ? .max : 1 << UInt64(width)
    let steps = randomValues(count, below: limit, seed: 8, as: Int64.self)
    var sum: Int64 = 0
    let values = Buffer(
      (0..<count).map { index in
        sum &+= steps[index]
        return sum
      })
    var writer = ByteWriter(capacity: count * 9)
    runner.measure(
      "DELTA_BINARY_PACKED encode i64, w=\(width)", valueCount: count
    ) {
      writer.removeAll()
      appendDeltaBinaryPacked(values.span, to: &writer)
    } check: {
      hash(writer)
    }
    if writer.count == 0 { appendDeltaBinaryPacked(values.span, to: &writer) }
    let bytes = writer.take()
    let output = slots(count, Int64.self)
    try runner.measure(
      "DELTA_BINARY_PACKED decode i64, w=\(width)", valueCount: count,
      best: width == 19 ? 0.45 : nil
    ) {
      var decoder = try DeltaBinaryDecoder(bytes)
      unsafe try decoder.decode(count: count, into: output.unsafeStart)
    } check: {
      hash(output, ifEqualTo: values)
    }
  }
}

/// BYTE_STREAM_SPLIT, both ways.
func measureStreams(_ runner: BenchmarkRunner) {
  let count = runner.size(32_768)
  for valueBytes in [4, 8] {
    let bytes = randomValues(count * valueBytes, below: 256, seed: 9, as: UInt8.self)
    var split = ByteWriter(capacity: bytes.count + 64)
    runner.measure("BYTE_STREAM_SPLIT encode, \(valueBytes) bytes", valueCount: count) {
      split.removeAll()
      appendByteStreams(bytes.bytes, valueBytes: valueBytes, to: &split)
    } check: {
      hash(split)
    }
    if split.count == 0 { appendByteStreams(bytes.bytes, valueBytes: valueBytes, to: &split) }
    let source = split.take()
    let output = slots(bytes.count, UInt8.self)
    runner.measure("BYTE_STREAM_SPLIT decode, \(valueBytes) bytes", valueCount: count) {
      unsafe source.withUnsafePointer {
        unsafe joinByteStreams(
          $0, valueCount: count, sizeBytes: valueBytes, index: 0, count: count,
          into: output.unsafeStart)
      }
    } check: {
      hash(output, ifEqualTo: bytes)
    }
  }
}

/// ALP, prices as doubles and as floats.
func measureALP(_ runner: BenchmarkRunner) throws {
  let count = runner.size(65_536)
  let cents = randomValues(count, below: 10_000_000, seed: 14, as: Int64.self)
  let doubles = Buffer((0..<count).map { Double(cents[$0]) / 100 }).asBytes()
  let floats = Buffer((0..<count).map { Float(cents[$0] % 100_000) / 4 }).asBytes()
  for (name, bytes, valueBytes) in [("f64", doubles, 8), ("f32", floats, 4)] {
    var page = ByteWriter(capacity: bytes.count * 2)
    runner.measure("ALP encode \(name)", valueCount: count) {
      page.removeAll()
      appendALP(bytes.bytes, valueBytes: valueBytes, to: &page)
    } check: {
      hash(page)
    }
    if page.count == 0 { appendALP(bytes.bytes, valueBytes: valueBytes, to: &page) }
    let source = page.take()
    let output = slots(bytes.count, UInt8.self)
    try runner.measure("ALP decode \(name)", valueCount: count) {
      var decoder = try ALPDecoder(source, valueBytes: valueBytes)
      unsafe try decoder.decode(count: count, into: output.unsafeStart)
    } check: {
      hash(output, ifEqualTo: bytes)
    }
  }
}

/// PLAIN byte arrays and booleans.
func measurePlain(_ runner: BenchmarkRunner) throws {
  let count = runner.size(32_768)
  let words = Words(count, distinct: 5000, longest: 40)
  var page = ByteWriter()
  appendPlainBytes(words.slices.span, of: words.data, to: &page)
  let bytes = page.take()
  var slices = BufferBuilder<ValueSlice>(capacity: count)
  slices.append(repeating: ValueSlice(offset: 0, count: 0), count: count)
  try runner.measure("PLAIN byte arrays, scan", valueCount: count, best: 1.7) {
    _ = unsafe try scanByteArrays(bytes, at: 0, count: count, into: slices.unsafeStart)
  } check: {
    var sum = AnswerHash()
    for index in 0..<count { sum.add(UInt64(slices[index].count)) }
    return sum.value
  }
  var output = ByteWriter(capacity: bytes.count + 64)
  runner.measure("PLAIN byte arrays, append", valueCount: count) {
    output.removeAll()
    appendPlainBytes(words.slices.span, of: words.data, to: &output)
  } check: {
    hash(output)
  }
}

/// Strings of up to `longest` bytes, `distinct` of them, drawn at random.
struct Words {
  let data: Buffer<UInt8>
  let slices: Buffer<ValueSlice>

  init(_ count: Int, distinct: Int, longest: Int, lowest: UInt8 = 97, seed: UInt64 = 10) {
    var random = BenchmarkRandom(seed: seed)
    var bytes = BufferBuilder<UInt8>()
    var known: [ValueSlice] = []
    for _ in 0..<distinct {
      let size = Int(truncatingIfNeeded: random.next() % UInt64(longest)) + 1
      known.append(ValueSlice(offset: UInt32(bytes.count), count: UInt32(size)))
      for _ in 0..<size {
        bytes.append(lowest &+ UInt8(truncatingIfNeeded: random.next() % 26))
      }
    }
    slices = Buffer(
      (0..<count).map { _ in known[Int(truncatingIfNeeded: random.next() % UInt64(distinct))] })
    data = bytes.freeze()
  }
}

/// Whether strings are UTF-8: ASCII, and text with two bytes a letter.
func measureText(_ runner: BenchmarkRunner) {
  let count = runner.size(32_768)
  let text = String(
    repeating: "Zwölf Boxkämpfer jagen Viktor quer über den großen Deich. ", count: 4096)
  let bytes = Buffer(Array(text.utf8.prefix(runner.size(131_072))))
  let ascii = Buffer([UInt8](repeating: 97, count: bytes.count))
  runner.measure("UTF-8, ASCII (per byte)", valueCount: bytes.count) {
    _ = isUTF8(ascii)
  } check: {
    isUTF8(ascii) ? 1 : nil
  }
  runner.measure("UTF-8, German (per byte)", valueCount: bytes.count) {
    _ = isUTF8(bytes)
  } check: {
    isUTF8(bytes) ? 1 : nil
  }
  let words = Words(count, distinct: 5000, longest: 40)
  runner.measure("UTF-8 of slices, ASCII", valueCount: count) {
    unsafe words.slices.withUnsafePointer {
      _ = unsafe firstInvalidUTF8($0, count: count, in: words.data)
    }
  } check: {
    unsafe words.slices.withUnsafePointer {
      unsafe firstInvalidUTF8($0, count: count, in: words.data) == nil ? 1 : nil
    }
  }
  let pieces = Buffer(
    (0..<bytes.count / 59).map { ValueSlice(offset: UInt32($0 * 62), count: 30) }
      .filter { $0.range.upperBound < bytes.count })
  let whole = wholeCharacters(pieces, bytes)
  runner.measure("UTF-8 of slices, German", valueCount: whole.count) {
    unsafe whole.withUnsafePointer {
      _ = unsafe firstInvalidUTF8($0, count: whole.count, in: bytes)
    }
  } check: {
    unsafe whole.withUnsafePointer {
      unsafe firstInvalidUTF8($0, count: whole.count, in: bytes) == nil ? 1 : nil
    }
  }
}

/// The slices, begun and ended where a character does.
private func wholeCharacters(
  _ slices: Buffer<ValueSlice>, _ bytes: Buffer<UInt8>
) -> Buffer<ValueSlice> {
  Buffer(
    (0..<slices.count).map { index in
      var range = slices[index].range
      while bytes[range.lowerBound] & 0xC0 == 0x80 {
        range = range.lowerBound + 1..<range.upperBound
      }
      while bytes[range.upperBound] & 0xC0 == 0x80 {
        range = range.lowerBound..<range.upperBound - 1
      }
      return ValueSlice(offset: UInt32(range.lowerBound), count: UInt32(range.count))
    })
}
