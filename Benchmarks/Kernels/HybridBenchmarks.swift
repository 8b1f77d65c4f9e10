import Base
import BenchmarkSupport
import Encodings

// SAFETY: every output was made with a slot a value (`slots`), and every input lives in a `Buffer`.

/// Bit-packed runs of every common width to 32-bit values, as many as are unpacked at a time.
func measureUnpacking(_ runner: BenchmarkRunner) throws {
  let count = runner.size(2048)
  for width in [1, 2, 3, 4, 5, 7, 8, 10, 12, 13, 16, 17, 19, 20, 24, 27, 32] {
    let values = randomValues(count, below: 1 << UInt64(width), seed: 1, as: UInt32.self)
    var packed = ByteWriter()
    appendPacked(values.span, from: 0, groupCount: count / 8, bitWidth: width, to: &packed)
    let bytes = packed.take()
    let output = slots(count, UInt32.self)
    runner.measure(
      "bit-unpack u32, w=\(width)", valueCount: count, best: width <= 20 ? 0.03 : nil
    ) {
      unsafe bytes.withUnsafePointer {
        unsafe unpackBits($0, width: width, index: 0, count: count, into: output.unsafeStart)
      }
    } check: {
      hash(output, ifEqualTo: values)
    }
  }
}

/// Values in runs of every length as dictionary indices come.
func measureHybrid(_ runner: BenchmarkRunner) throws {
  let count = runner.size(65_536)
  for (name, values) in hybridInputs(count) {
    let width = 10
    var writer = ByteWriter()
    appendRLEBitPacked(values.span, bitWidth: width, to: &writer)
    let bytes = writer.take()
    let output = slots(count, UInt32.self)
    try runner.measure("hybrid decode, \(name), w=\(width)", valueCount: count) {
      var decoder = try HybridDecoder(bytes, bitWidth: width)
      unsafe try decoder.decode(count: count, into: output.unsafeStart)
    } check: {
      hash(output, ifEqualTo: values)
    }
  }
}

/// Noise, long runs, and both in turn.
private func hybridInputs(_ count: Int) -> [(String, Buffer<UInt32>)] {
  var random = BenchmarkRandom(seed: 2)
  func runs(_ longest: Int) -> Buffer<UInt32> {
    var values: [UInt32] = []
    while values.count < count {
      let value = UInt32(truncatingIfNeeded: random.next() % 1000)
      let length = Int(truncatingIfNeeded: random.next() % UInt64(longest)) + 1
      values += Array(repeating: value, count: length)
    }
    return Buffer(values.prefix(count))
  }
  return [
    ("noise", randomValues(count, below: 1000, seed: 3, as: UInt32.self)),
    ("runs to 32", runs(32)), ("runs to 1000", runs(1000)),
  ]
}

/// Indices to slots of 8 bytes, and to those of 16 that strings have, by the size of the
/// dictionary; as many as a batch of a scan has.
func measureGather(_ runner: BenchmarkRunner) throws {
  for (distinct, best) in [(50, 0.29), (10_000, 0.33), (200_000, 0.62)] {
    try measureGather("i64", distinct, UInt64.self, best: best, runner)
    try measureGather("strings", distinct, UInt128.self, best: nil, runner)
  }
}

private func measureGather<Slot: FixedWidthInteger & BitwiseCopyable>(
  _ name: String, _ distinct: Int, _ type: Slot.Type, best: Double?, _ runner: BenchmarkRunner
) throws {
  let count = runner.size(8192)
  let dictionary = randomValues(distinct, below: .max, seed: 4, as: Slot.self)
  let indices = randomValues(count, below: UInt64(distinct), seed: 5, as: UInt32.self)
  let expected = Buffer((0..<count).map { dictionary[Int(indices[$0])] })
  let output = slots(count, Slot.self)
  try runner.measure("gather \(name), \(distinct) distinct", valueCount: count, best: best) {
    try unsafe dictionary.withUnsafePointer { base throws(DecodingFault) in
      try unsafe indices.withUnsafePointer { indices throws(DecodingFault) in
        try unsafe gatherSlots(
          base, dictionaryCount: distinct, indices: indices, count: count,
          slotSizeBytes: MemoryLayout<Slot>.size, into: output.unsafeStart)
      }
    }
  } check: {
    hash(output, ifEqualTo: expected)
  }
}

/// Dictionary codes and wider values to packed groups, and whole hybrid streams.
func measurePacking(_ runner: BenchmarkRunner) throws {
  let count = runner.size(65_536)
  for width in [1, 4, 8, 10, 13, 16] {
    let values = randomValues(count, below: 1 << UInt64(width), seed: 6, as: UInt16.self)
    var output = ByteWriter(capacity: count * 2 + 64)
    runner.measure("bit-pack u16, w=\(width)", valueCount: count, best: 0.09) {
      output.removeAll()
      appendPacked(values.span, from: 0, groupCount: count / 8, bitWidth: width, to: &output)
    } check: {
      hash(output)
    }
    runner.measure("hybrid encode u16, noise, w=\(width)", valueCount: count) {
      output.removeAll()
      appendRLEBitPacked(values.span, bitWidth: width, to: &output)
    } check: {
      hash(output)
    }
  }
  for width in [17, 20, 32] {
    let values = randomValues(count, below: 1 << UInt64(width), seed: 7, as: UInt32.self)
    var output = ByteWriter(capacity: count * 4 + 64)
    runner.measure("bit-pack u32, w=\(width)", valueCount: count) {
      output.removeAll()
      appendPacked(values.span, from: 0, groupCount: count / 8, bitWidth: width, to: &output)
    } check: {
      hash(output)
    }
  }
}
