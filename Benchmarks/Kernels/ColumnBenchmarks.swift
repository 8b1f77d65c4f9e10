import Base
import BenchmarkSupport
import Columns
import Encodings

// SAFETY: every output was made with a slot a value (`slots`), and every input lives in a `Buffer`.

/// Definition levels to validity bits, and slots to their rows.
func measureLevels(_ runner: BenchmarkRunner) throws {
  let count = runner.size(65_536)
  for percent in [1, 50, 90] {
    let validity = validityBits(count, percent: percent)
    var writer = ByteWriter()
    runner.measure("levels of width 1 encode, \(percent) % null", valueCount: count) {
      writer.removeAll()
      appendLevels(validity.span, rowCount: count, to: &writer)
    } check: {
      hash(writer)
    }
    if writer.count == 0 { appendLevels(validity.span, rowCount: count, to: &writer) }
    let bytes = writer.take()
    var words = slots(validity.count, UInt64.self)
    try runner.measure("levels of width 1 to bits, \(percent) % null", valueCount: count) {
      var decoder = try HybridDecoder(bytes, bitWidth: 1)
      words.removeAll()
      words.append(repeating: 0, count: validity.count)
      _ = unsafe try decoder.decodeBits(count: count, into: words.unsafeStart, firstBit: 0)
    } check: {
      hash(words, ifEqualTo: validity)
    }
    let valueCount = (0..<validity.count).reduce(0) { $0 + validity[$1].nonzeroBitCount }
    let values = slots(count, UInt64.self)
    unsafe validity.withUnsafePointer { words in
      runner.measure("spread i64 to rows, \(percent) % null", valueCount: count) {
        unsafe spreadSlots(
          values.unsafeStart, slotSizeBytes: 8, valueCount: valueCount, rowCount: count,
          validity: words, firstBit: 0)
      } check: {
        hash(values)
      }
    }
  }
}

/// Levels of nested columns: bytes, in short and in long runs.
func measureNestedLevels(_ runner: BenchmarkRunner) throws {
  let count = runner.size(65_536)
  for (name, longest) in [("noise", 1), ("runs to 100", 100)] as [(String, UInt64)] {
    var random = BenchmarkRandom(seed: 15)
    var values: [UInt8] = []
    while values.count < count {
      let level = UInt8(truncatingIfNeeded: random.next() % 4)
      values += [UInt8](repeating: level, count: Int(random.next() % longest) + 1)
    }
    let levels = Buffer(values.prefix(count))
    var writer = ByteWriter()
    runner.measure("levels to 3 encode, \(name)", valueCount: count) {
      writer.removeAll()
      appendRLEBitPacked(levels.span, bitWidth: 2, to: &writer)
    } check: {
      hash(writer)
    }
    if writer.count == 0 { appendRLEBitPacked(levels.span, bitWidth: 2, to: &writer) }
    let bytes = writer.take()
    let output = slots(count, UInt8.self)
    try runner.measure("levels to 3 decode and count, \(name)", valueCount: count) {
      var decoder = try LevelDecoder(bytes, maxLevel: 3)
      _ = unsafe try decoder.decode(count: count, into: output.unsafeStart)
    } check: {
      hash(output, ifEqualTo: levels)
    }
  }
}

func validityBits(_ count: Int, percent: Int) -> Buffer<UInt64> {
  var random = BenchmarkRandom(seed: 11)
  var builder = BitmapBuilder()
  for _ in 0..<count { builder.append(random.next() % 100 >= UInt64(percent)) }
  return builder.freeze().words
}

/// Values to codes.
func measureDictionaries(_ runner: BenchmarkRunner) {
  for (distinct, isNear, best) in [
    (50, false, 0.63), (10_000, false, 1.0), (60_000, false, nil), (50, true, 0.30),
    (2526, true, 0.30), (10_000, true, nil),
  ] as [(Int, Bool, Double?)] {
    let count = runner.size(distinct > 10_000 ? 65_536 : 16_384)
    let known = randomValues(
      distinct, below: isNear ? UInt64(2 * distinct) : .max, seed: 12, as: UInt64.self)
    let picks = randomValues(count, below: UInt64(distinct), seed: 13, as: UInt32.self)
    let values = Buffer((0..<count).map { known[Int(picks[$0])] })
    var dictionary = FixedDictionary(valueBytes: 8, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>(capacity: count)
    let name = "\(distinct) distinct\(isNear ? ", close together" : "")"
    runner.measure("dictionary i64, \(name)", valueCount: count, best: best) {
      codes.removeAll()
      _ = dictionary.appendCodes(of: values.span, to: &codes)
    } check: {
      codes.count == count ? hash(codes) : nil
    }
    runner.measure("dictionary i64, built anew, \(name)", valueCount: count) {
      dictionary.removeAll()
      codes.removeAll()
      _ = dictionary.appendCodes(of: values.span, to: &codes)
    } check: {
      codes.count == count ? hash(codes) : nil
    }
  }
  for (distinct, longest, best) in [(50, 8, 2.1), (2526, 16, 3.4), (10_000, 16, 6.3)] {
    let count = runner.size(16_384)
    let words = Words(count, distinct: distinct, longest: longest)
    var dictionary = ByteDictionary(isFixedLength: false, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>(capacity: count)
    runner.measure("dictionary text, \(distinct) distinct", valueCount: count, best: best) {
      codes.removeAll()
      _ = dictionary.appendCodes(of: words.slices.span, in: words.data, to: &codes)
    } check: {
      codes.count == count ? hash(codes) : nil
    }
  }
}
