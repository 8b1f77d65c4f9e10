import Base
import Encodings
import TestSupport
import Testing

@Suite("RLE/bit-packed hybrid: encode") struct RLEBitPackedEncodeTests {
  static let counts = [0, 1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 200, 1000]

  /// Values of `bitWidth` bits in shapes that exercise every cut between runs.
  static func shapes(_ bitWidth: Int, count: Int, seed: UInt64) -> [[UInt32]] {
    var random = SeededRandom(seed: seed)
    let mask = bitWidth == 32 ? UInt32.max : (1 << UInt32(bitWidth)) - 1
    func value() -> UInt32 { UInt32(truncatingIfNeeded: random.next()) & mask }
    let constant = [UInt32](repeating: mask, count: count)
    let noise = (0..<count).map { _ in value() }
    var runs: [UInt32] = []
    while runs.count < count {
      let length = Int(random.next() % 40) + 1
      runs += Array(repeating: value(), count: length)
    }
    var tail = noise
    for index in tail.indices.suffix(count / 2) { tail[index] = mask }
    return [constant, noise, Array(runs.prefix(count)), tail]
  }

  static func encode(_ values: [UInt32], _ bitWidth: Int) -> [UInt8] {
    var writer = ByteWriter()
    appendRLEBitPacked(values.span, bitWidth: bitWidth, to: &writer)
    return Array(writer.take())
  }

  static func encode16(_ values: [UInt32], _ bitWidth: Int) -> [UInt8] {
    var writer = ByteWriter()
    let narrow = values.map { UInt16($0) }
    appendRLEBitPacked(narrow.span, bitWidth: bitWidth, to: &writer)
    return Array(writer.take())
  }

  @Test func `a packed run is the specification's own example`() {
    #expect(Self.encode16([0, 1, 2, 3, 4, 5, 6, 7], 3) == [0x03, 0x88, 0xC6, 0xFA])
  }

  @Test(arguments: 0...32, counts)
  func `32-bit values come back at every width`(_ bitWidth: Int, _ count: Int) {
    for values in Self.shapes(bitWidth, count: count, seed: UInt64(bitWidth * 10_007 + count)) {
      let bytes = Self.encode(values, bitWidth)
      let decoded = decodeHybridReference(bytes, bitWidth: bitWidth, count: count)
      #expect(decoded?.values == values)
      #expect(decoded?.sizeBytes == bytes.count)
    }
  }

  @Test(arguments: 0...16, counts)
  func `16-bit values give the same bytes`(_ bitWidth: Int, _ count: Int) {
    for values in Self.shapes(bitWidth, count: count, seed: UInt64(bitWidth * 31 + count)) {
      #expect(Self.encode16(values, bitWidth) == Self.encode(values, bitWidth))
    }
  }

  @Test(arguments: 1...32)
  func `equal values are one run, noise is packed`(_ bitWidth: Int) {
    let shapes = Self.shapes(bitWidth, count: 1000, seed: 5)
    #expect(Self.encode(shapes[0], bitWidth).count == 2 + (bitWidth + 7) / 8)
    #expect(Self.encode(shapes[1], bitWidth).count <= 125 * bitWidth + 2)
  }

  @Test(arguments: 1...16)
  func `runs never take more than packing everything`(_ bitWidth: Int) {
    for count in [64, 200, 1000] {
      for values in Self.shapes(bitWidth, count: count, seed: 99) {
        let packed = 3 + (count + 7) / 8 * bitWidth
        #expect(Self.encode(values, bitWidth).count <= packed)
      }
    }
  }

  @Test(arguments: [0, 1, 2, 3, 255, 256, 65_535])
  func `bit widths`(_ max: UInt32) {
    #expect(bitWidth(ofMax: max) == String(max, radix: 2).count - (max == 0 ? 1 : 0))
  }
}

@Suite("Definition levels: encode") struct LevelsEncodeTests {
  @Test(
    arguments: [0, 1, 2, 31, 63, 64, 65, 127, 128, 129, 500, 4096],
    [0.0, 0.01, 0.5, 0.99, 1.0])
  func `levels come back, whatever the share of nulls`(_ count: Int, _ share: Double) {
    var random = SeededRandom(seed: UInt64(count) + UInt64(share * 100))
    let levels = (0..<count).map { _ in
      Double(random.next() >> 11) / Double(1 << 53) < share ? UInt32(1) : 0
    }
    check(levels)
  }

  @Test(arguments: [1, 64, 65, 200])
  func `long runs of either level come back`(_ length: Int) {
    var levels: [UInt32] = []
    for run in 0..<9 { levels += Array(repeating: UInt32(run % 2), count: length + run) }
    check(levels)
  }

  private func check(_ levels: [UInt32]) {
    let bits = Bitmap(levels.map { $0 == 1 })
    var writer = ByteWriter()
    appendLevels(bits.words.span, rowCount: levels.count, to: &writer)
    let bytes = Array(writer.take())
    let decoded = decodeHybridReference(bytes, bitWidth: 1, count: levels.count)
    #expect(decoded?.values == levels)
    #expect(decoded?.sizeBytes == bytes.count)
    #expect(bytes.count <= maxLevelBytes(rowCount: levels.count))
  }
}
