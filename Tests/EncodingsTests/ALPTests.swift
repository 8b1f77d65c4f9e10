import Base
import Testing

@testable import Encodings

@Suite("ALP") struct ALPTests {
  private func bytes<T: BitwiseCopyable>(_ values: [T]) -> Buffer<UInt8> {
    Buffer(values).asBytes()
  }

  private func encode<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] {
    var writer = ByteWriter()
    let plain = bytes(values)
    appendALP(plain.bytes, valueBytes: MemoryLayout<T>.size, to: &writer)
    return Array(writer.take())
  }

  /// Bit patterns of the values, in steps of at most `step`.
  private func decode(
    _ page: [UInt8], valueBytes: Int, count: Int, step: Int = .max
  ) throws(DecodingFault) -> [UInt8] {
    // SAFETY: the tail takes a step.
    var decoder = try ALPDecoder(Buffer(page), valueBytes: valueBytes)
    var output: [UInt8] = []
    while output.count < count * valueBytes {
      let size = min(step, count - output.count / valueBytes)
      var slots = BufferBuilder<UInt64>(capacity: size)
      let tail = unsafe slots.unsafeTail(size)
      unsafe try decoder.decode(count: size, into: tail)
      unsafe slots.advance(by: size)
      output += Array(slots.freeze().asBytes()).prefix(size * valueBytes)
    }
    return output
  }

  @Test func `the specification's worked example decodes`() throws {
    // 1500, NaN, 2500, 333.5 with exponent 4, factor 3: 15000, its copy, 25000, 3335.
    let deltas: [UInt64] = [11665, 11665, 21665, 0]
    let nan = 0x7FF8_0000_0000_0000 as UInt64
    var page = ByteWriter()
    page.append([0, 0, 10, 4, 0, 0, 0, 4, 0, 0, 0] as [UInt8])
    page.append([4, 3, 1, 0] as [UInt8])
    page.appendInteger(3335 as Int64)
    page.append(15)
    page.append(packBits(deltas, width: 15))
    page.appendInteger(1 as UInt16)
    page.appendInteger(nan)
    let got = try decode(Array(page.take()), valueBytes: 8, count: 4)
    let expected = [1500, Double(bitPattern: nan), 2500, 333.5]
    #expect(got == Array(bytes(expected)))
  }

  @Test(arguments: [0, 1, 2, 1023, 1024, 1025, 5000])
  func `doubles of every kind come back bit for bit, at every split`(_ count: Int) throws {
    var random = SeededGenerator(UInt64(count))
    let shapes: [(String, () -> Double)] = [
      ("prices", { Double(Int64(random.next() % 10_000_000)) / 100 }),
      ("coordinates", { Double(Int64(random.next() % 3_600_000)) / 10_000 - 180 }),
      ("integers", { Double(Int64(bitPattern: random.next()) >> 12) }),
      ("noise", { Double(bitPattern: random.next()) }),
      ("specials", { [.nan, .infinity, -.infinity, -0.0, 0, 1.5][Int(random.next() % 6)] }),
      ("large", { Double(Int64(random.next() % 1000)) * 1e17 }),
    ]
    for (name, next) in shapes {
      let values = (0..<count).map { _ in next() }
      let page = encode(values)
      for step in [1, 1000, 1024, 9999] where step > 1 || count < 1100 {
        let got = try decode(page, valueBytes: 8, count: count, step: step)
        #expect(got == Array(bytes(values)), "\(name)")
      }
      if name == "prices" && count >= 1024 { #expect(page.count < count * 4) }
    }
  }

  @Test(arguments: [0, 1, 1024, 3000])
  func `floats of every kind come back bit for bit`(_ count: Int) throws {
    var random = SeededGenerator(UInt64(count))
    let shapes: [(String, () -> Float)] = [
      ("prices", { Float(Int64(random.next() % 100_000)) / 100 }),
      ("integers", { Float(Int32(truncatingIfNeeded: random.next())) }),
      ("noise", { Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }),
      ("specials", { [.nan, .infinity, -.infinity, -0.0, 0, 1.5][Int(random.next() % 6)] }),
    ]
    for (name, next) in shapes {
      let values = (0..<count).map { _ in next() }
      let page = encode(values)
      for step in [77, 9999] {
        let got = try decode(page, valueBytes: 4, count: count, step: step)
        #expect(got == Array(bytes(values)), "\(name)")
      }
      if name == "prices" && count >= 1024 { #expect(page.count < count * 4) }
    }
  }

  @Test(arguments: KernelLevel.allCases.filter { $0 <= .best }, 0...64)
  func `every level multiplies alike`(_ level: KernelLevel, _ width: Int) {
    var random = SeededGenerator(UInt64(width))
    let mask = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
    for count in [0, 1, 8, 9, 31, 64, 100] {
      let packed = (0..<count).map { _ in random.next() & mask }
      let source = Buffer(packBits(packed, width: width))
      let base = Int64(bitPattern: random.next()) >> 8
      var doubles = BufferBuilder<Double>(capacity: count)
      var floats = BufferBuilder<Float>(capacity: count)
      // SAFETY: both tails take `count` values.
      let (wide, narrow) = unsafe (doubles.unsafeTail(count), floats.unsafeTail(count))
      unsafe source.withUnsafePointer {
        unsafe Double.decode(
          $0, width: width, count: count, base: base, factor: 1e3, exponent: 1e-7, into: wide,
          level: level)
        if width <= 32 {
          unsafe Float.decode(
            $0, width: width, count: count, base: Int32(truncatingIfNeeded: base), factor: 1e3,
            exponent: 1e-7, into: narrow, level: level)
        }
      }
      for index in 0..<count {
        let integer = Int64(bitPattern: packed[index]) &+ base
        #expect(unsafe wide[index] == Double(integer) * 1e3 * 1e-7)
        if width <= 32 {
          let short = Int32(truncatingIfNeeded: integer)
          #expect(unsafe narrow[index] == Float(short) * 1e3 * 1e-7)
        }
      }
    }
  }

  @Test func `every truncation and many corruptions throw or decode`() throws {
    var random = SeededGenerator(5)
    let values: [Double] = (0..<1500).map { index in
      let number = Double(index)
      return index % 50 == 0 ? number * Double.pi : number / 10
    }
    let page = encode(values)
    for count in 0..<page.count {
      #expect(throws: DecodingFault.self) {
        try decode(Array(page[0..<count]), valueBytes: 8, count: values.count)
      }
    }
    for _ in 0..<2000 {
      var damaged = page
      damaged[Int(random.next() % UInt64(min(page.count, 60)))] = UInt8(
        truncatingIfNeeded: random.next())
      _ = try? decode(damaged, valueBytes: 8, count: values.count)
    }
  }

  @Test(
    arguments: [
      [1, 0, 10, 1, 0, 0, 0], [0, 1, 10, 1, 0, 0, 0], [0, 0, 2, 1, 0, 0, 0],
      [0, 0, 16, 1, 0, 0, 0], [0, 0, 10, 0, 0, 0, 0x80], [0, 0, 10, 1, 0, 0, 0],
      [0, 0, 3, 0xFF, 0xFF, 0xFF, 0x7F],
    ] as [[UInt8]])
  func `headers that lie throw`(_ page: [UInt8]) {
    #expect(throws: DecodingFault.self) { try decode(page, valueBytes: 8, count: 1) }
  }

  @Test(arguments: [[1, 0], [0, 1]] as [[UInt8]])
  func `modes that the format keeps for later are not called damage`(_ mode: [UInt8]) {
    #expect(throws: DecodingFault.unsupported(offset: 0)) {
      try decode(mode + [10, 1, 0, 0, 0], valueBytes: 8, count: 1)
    }
  }

  @Test(arguments: [(19, 0), (3, 4), (255, 255)] as [(UInt8, UInt8)])
  func `scales out of range throw`(_ exponent: UInt8, _ factor: UInt8) {
    var page = encode([1.5, 2.5])
    page[11] = exponent
    page[12] = factor
    #expect(throws: DecodingFault.self) { try decode(page, valueBytes: 8, count: 2) }
  }
}
