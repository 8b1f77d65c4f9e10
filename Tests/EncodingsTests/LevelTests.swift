import Base
import Testing

@testable import Encodings

@Suite("Repetition and definition levels") struct LevelTests {
  /// Levels in shapes that exercise every cut between runs.
  private func levels(_ maxLevel: Int, count: Int, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed)
    var levels: [UInt8] = []
    while levels.count < count {
      let level = UInt8(random.next() % UInt64(maxLevel + 1))
      let run = random.next() % 3 == 0 ? random.next() % 90 : 1
      levels += [UInt8](repeating: level, count: Int(run))
    }
    return Array(levels.prefix(count))
  }

  private func encode(_ levels: [UInt8], _ maxLevel: Int) -> [UInt8] {
    var writer = ByteWriter()
    let width = bitWidth(ofMax: UInt32(maxLevel))
    appendRLEBitPacked(levels.span, bitWidth: width, to: &writer)
    #expect(writer.count <= maxRLEBitPackedBytes(count: levels.count, bitWidth: width))
    return Array(writer.take())
  }

  private func decode(
    _ decoder: LevelDecoder, count: Int, step: Int
  ) throws(DecodingFault) -> (levels: [UInt8], mostCount: Int) {
    // SAFETY: the tail takes a step.
    var decoder = decoder
    var levels: [UInt8] = []
    var mostCount = 0
    while levels.count < count {
      let size = min(step, count - levels.count)
      var output = BufferBuilder<UInt8>(capacity: size)
      let tail = unsafe output.unsafeTail(size)
      mostCount += unsafe try decoder.decode(count: size, into: tail)
      unsafe output.advance(by: size)
      levels += Array(output.freeze())
    }
    return (levels, mostCount)
  }

  private func decodeBits(
    _ decoder: LevelDecoder, count: Int, step: Int, firstBit: Int
  ) throws(DecodingFault) -> (bits: [Bool], ones: Int) {
    // SAFETY: there are words for all bits.
    var decoder = decoder
    var words = BufferBuilder<UInt64>()
    words.append(repeating: 0, count: (firstBit + count) / 64 + 1)
    var (done, ones) = (0, 0)
    while done < count {
      let size = min(step, count - done)
      ones += unsafe try decoder.decodeBits(
        count: size, into: words.unsafeStart, firstBit: firstBit + done)
      done += size
    }
    let bits = (0..<count).map {
      words[(firstBit + $0) / 64] >> UInt64((firstBit + $0) % 64) & 1 == 1
    }
    return (bits, ones)
  }

  @Test(
    arguments: [1, 2, 3, 4, 7, 8, 15, 16, 31, 63, 64, 100, 127, 128, 255], [0, 1, 8, 300, 2000])
  func `levels of any maximum come back at every split`(_ maxLevel: Int, _ count: Int) throws {
    let levels = levels(maxLevel, count: count, seed: UInt64(maxLevel * 10_000 + count))
    let decoder = try LevelDecoder(Buffer(encode(levels, maxLevel)), maxLevel: maxLevel)
    for step in [1, 7, 64, 5000] {
      let got = try decode(decoder, count: count, step: step)
      #expect(got.levels == levels)
      #expect(got.mostCount == levels.count { Int($0) == maxLevel })
      let bits = try decodeBits(decoder, count: count, step: step, firstBit: step % 5 * 13)
      #expect(bits.bits == levels.map { Int($0) == maxLevel })
      #expect(bits.ones == got.mostCount)
    }
  }

  @Test func `the only level of a required column takes no bytes`() throws {
    let decoder = try LevelDecoder(Buffer(), maxLevel: 0)
    let got = try decode(decoder, count: 100, step: 33)
    #expect(got.levels == [UInt8](repeating: 0, count: 100))
    #expect(got.mostCount == 100)
    #expect(try decodeBits(decoder, count: 100, step: 9, firstBit: 3).ones == 100)
  }

  @Test func `BIT_PACKED: the specification's own example`() throws {
    // 0 ... 7 at three bits: 00000101 00111001 01110111.
    let bytes = Buffer<UInt8>([0x05, 0x39, 0x77])
    let decoder = try LevelDecoder(bytes, maxLevel: 7, encoding: .bitPacked)
    #expect(try decode(decoder, count: 8, step: 3).levels == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(LevelDecoder.bitPackedSizeBytes(valueCount: 8, maxLevel: 7) == 3)
  }

  @Test(arguments: 1...8) func `BIT_PACKED of every width`(_ width: Int) throws {
    let maxLevel = 1 << width - 1
    let levels = levels(maxLevel, count: 203, seed: UInt64(width))
    var bits: [Int] = []
    for level in levels {
      for bit in (0..<width).reversed() { bits.append(Int(level) >> bit & 1) }
    }
    while bits.count % 8 != 0 { bits.append(0) }
    let bytes = stride(from: 0, to: bits.count, by: 8).map { start in
      UInt8(bits[start..<start + 8].reduce(0) { $0 << 1 | $1 })
    }
    #expect(
      bytes.count == LevelDecoder.bitPackedSizeBytes(valueCount: 203, maxLevel: maxLevel))
    let decoder = try LevelDecoder(Buffer(bytes), maxLevel: maxLevel, encoding: .bitPacked)
    for step in [1, 50, 203] {
      #expect(try decode(decoder, count: 203, step: step).levels == levels)
    }
    #expect(throws: DecodingFault.self) { try decode(decoder, count: 203 + 8, step: 300) }
  }

  @Test func `a level above the maximum throws, repeated or packed`() throws {
    for bytes in [[16, 3], [3, 0xFF, 0xFF]] as [[UInt8]] {
      let decoder = try LevelDecoder(Buffer(bytes), maxLevel: 2)
      #expect(throws: DecodingFault.self) { try decode(decoder, count: 8, step: 8) }
      #expect(throws: DecodingFault.self) {
        try decodeBits(decoder, count: 8, step: 8, firstBit: 0)
      }
    }
    #expect(throws: DecodingFault.self) { try LevelDecoder(Buffer(), maxLevel: 256) }
    #expect(throws: DecodingFault.self) { try LevelDecoder(Buffer(), maxLevel: -1) }
  }

  @Test func `a repeated run is taken whole`() throws {
    let levels = [UInt8](repeating: 3, count: 100) + [0, 1, 2, 3, 0, 1, 2, 3]
    var decoder = try LevelDecoder(Buffer(encode(levels, 3)), maxLevel: 3)
    #expect(try decoder.takeRepeated(2, limit: 10) == 0)
    #expect(try decoder.takeRepeated(3, limit: 10) == 10)
    #expect(try decoder.takeRepeated(3, limit: 1000) + 10 >= 96)
    #expect(try decoder.takeRepeated(3, limit: 0) == 0)
    var empty = try LevelDecoder(Buffer(), maxLevel: 3)
    #expect(throws: DecodingFault.self) { try empty.takeRepeated(3, limit: 10) }
  }

  @Test(arguments: [0, 1, 8, 9, 100, 1000])
  func `RLE booleans carry their size`(_ count: Int) throws {
    var random = SeededGenerator(UInt64(count))
    let values = (0..<count).map { _ in UInt8(random.next() % 10 < 8 ? 1 : 0) }
    var writer = ByteWriter()
    writer.append(7)
    appendRLEBooleans(values.span, to: &writer)
    let bytes = Array(writer.take())
    let sizeBytes = (0..<4).reduce(0) { $0 | Int(bytes[1 + $1]) << (8 * $1) }
    #expect(sizeBytes == bytes.count - 5)
    var decoder = try HybridDecoder(Buffer(bytes.dropFirst(5)), bitWidth: 1)
    var output = BufferBuilder<UInt8>(capacity: count)
    // SAFETY: the tail takes `count` bytes.
    let tail = unsafe output.unsafeTail(count)
    unsafe try decoder.decode(count: count, into: tail)
    unsafe output.advance(by: count)
    #expect(Array(output.freeze()) == values)
  }
}
