import Base
import Columns
import Testing

@testable import Encodings

/// Bytes from outside may hold anything: every decoder throws or gives values, whatever they are,
/// and stops in time. Lengths and counts are made likely to be near the truth, so that the bytes
/// get far.
@Suite("Random bytes never trap a decoder") struct HostileBytesTests {
  static let seeds = 0..<60 as Range<UInt64>

  /// Bytes of which many are small, as headers are.
  private func randomBytes(_ random: inout SeededGenerator) -> [UInt8] {
    let count = Int(random.next() % 300)
    let kind = random.next() % 3
    return (0..<count).map { _ in
      let byte = UInt8(truncatingIfNeeded: random.next())
      return kind == 0 ? byte : kind == 1 ? byte & 0x0F : byte & 0x83
    }
  }

  /// Calls `body` with random bytes and counts; counts what decodes.
  private func attack(
    _ seed: UInt64, _ body: (Buffer<UInt8>, Int, inout SeededGenerator) throws -> Void
  ) {
    var random = SeededGenerator(seed)
    for _ in 0..<200 {
      let bytes = Buffer(randomBytes(&random))
      let count = Int(random.next() % 2000)
      do {
        try body(bytes, count, &random)
      } catch {
        #expect(error is DecodingFault, "seed \(seed)")
      }
    }
  }

  @Test(arguments: seeds) func `hybrid streams and levels`(_ seed: UInt64) {
    attack(seed) { bytes, count, random in
      // SAFETY: every output takes `count` values.
      let width = Int(random.next() % 34)
      var decoder = try HybridDecoder(bytes, bitWidth: width)
      var output = BufferBuilder<UInt64>(capacity: count + 1)
      let tail = unsafe UnsafeMutableRawPointer(output.unsafeTail(count + 1))
      if width <= 8 {
        var levels = try LevelDecoder(
          bytes, maxLevel: Int(random.next() % 256),
          encoding: random.next() % 2 == 0 ? .rle : .bitPacked)
        _ = try levels.takeRepeated(1, limit: 5)
        _ = unsafe try levels.decode(
          count: count, into: tail.bindMemory(to: UInt8.self, capacity: count))
      }
      let dictionary = Buffer<UInt64>(repeating: 3, count: 100)
      var gatherer = decoder
      unsafe try decoder.decode(
        count: count, into: tail.bindMemory(to: UInt32.self, capacity: count))
      try unsafe dictionary.withUnsafePointer {
        try unsafe gatherer.gatherSlots(
          $0, dictionaryCount: 100, count: count, slotSizeBytes: 8, into: tail)
      }
    }
  }

  @Test(arguments: seeds) func `differences, lengths and prefixes`(_ seed: UInt64) {
    attack(seed) { bytes, count, random in
      // SAFETY: every output takes `count` values.
      let page = random.next() % 2 == 0 ? bytes : Buffer([0x80, 1, 4] + Array(bytes))
      var values = BufferBuilder<Int64>(capacity: count + 1)
      let tail = unsafe values.unsafeTail(count + 1)
      if var decoder = try? DeltaBinaryDecoder(page) {
        _ = try? decoder.endOffset()
        try? unsafe decoder.decode(count: min(count, 7), into: tail)
        try? unsafe decoder.decode(count: count, into: tail)
      }
      var slices = BufferBuilder<ValueSlice>(capacity: count)
      let slots = unsafe slices.unsafeTail(count)
      if var lengths = try? DeltaLengthDecoder(page) {
        try? unsafe lengths.decode(count: count, into: slots)
      }
      var data = BufferBuilder<UInt8>()
      var decoder = try DeltaByteArrayDecoder(page)
      unsafe try decoder.decode(count: count, into: slots, data: &data, sizeMaxBytes: 1 << 20)
    }
  }

  @Test(arguments: seeds) func `ALP and PLAIN byte arrays`(_ seed: UInt64) {
    attack(seed) { bytes, count, random in
      // SAFETY: every output takes `count` values.
      var values = BufferBuilder<UInt64>(capacity: count + 1)
      let tail = unsafe values.unsafeTail(count + 1)
      let logVectorSize = UInt8(random.next() % 13 + 3)
      let low = UInt8(truncatingIfNeeded: count)
      let page = Buffer([0, 0, logVectorSize, low, UInt8(count >> 8), 0, 0] + Array(bytes))
      for valueBytes in [4, 8] {
        if var decoder = try? ALPDecoder(page, valueBytes: valueBytes) {
          try? unsafe decoder.decode(count: count, into: tail)
        }
      }
      var slices = BufferBuilder<ValueSlice>(capacity: count)
      let slots = unsafe slices.unsafeTail(count)
      let end = unsafe try scanByteArrays(bytes, at: 0, count: count, into: slots)
      #expect(end <= bytes.count)
    }
  }

  @Test(arguments: seeds) func `UTF-8`(_ seed: UInt64) {
    attack(seed) { bytes, _, _ in
      let text = Array(bytes)
      #expect(isUTF8(bytes) == (String(validating: text, as: UTF8.self) != nil), "seed \(seed)")
    }
  }
}
