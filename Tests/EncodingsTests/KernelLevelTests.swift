import Base
import Columns
import Testing

@testable import Encodings

// SAFETY: every output is a builder with room for what the kernel writes, every input a buffer.

/// What a kernel level gives against its scalar twin, or against the definition.
@Suite("Vector kernels agree with their scalar twins") struct KernelLevelTests {
  static let levels = KernelLevel.allCases.filter { $0 <= .best }
  static let counts = [0, 1, 7, 8, 9, 16, 23, 24, 63, 64, 65, 127, 200, 1025]

  /// `count` slots that a kernel fills.
  private func filled<T: BitwiseCopyable & Equatable>(
    _ count: Int, _ blank: T, _ body: (UnsafeMutablePointer<T>) -> Void
  ) -> [T] {
    var builder = BufferBuilder<T>(capacity: count + 1)
    builder.append(repeating: blank, count: count + 1)
    unsafe body(builder.unsafeStart)
    let all = Array(builder.freeze())
    #expect(all[count] == blank, "written past the end")
    return Array(all.prefix(count))
  }

  @Test(arguments: levels, 1...32)
  func `unpacking to 32 bits`(_ level: KernelLevel, _ width: Int) {
    var random = SeededGenerator(UInt64(width))
    let mask = UInt64.max >> UInt64(64 - width)
    let values = (0..<1100).map { _ in random.next() & mask }
    let bytes = Buffer(packBits(values, width: width))
    for count in Self.counts {
      for index in [0, 1, 8, 13, 40] {
        let output = unsafe filled(count, UInt32(0xDEAD_BEEF)) { output in
          unsafe bytes.withUnsafePointer {
            unsafe unpackBits(
              $0, width: width, index: index, count: count, into: output, level: level)
          }
        }
        #expect(output.map(UInt64.init) == Array(values[index..<index + count]))
      }
    }
  }

  @Test(arguments: levels, 1...8)
  func `unpacking to bytes`(_ level: KernelLevel, _ width: Int) {
    var random = SeededGenerator(UInt64(width))
    let mask = UInt64.max >> UInt64(64 - width)
    let values = (0..<1100).map { _ in random.next() & mask }
    let bytes = Buffer(packBits(values, width: width))
    for count in Self.counts {
      for index in [0, 1, 8, 13, 40] {
        let output = unsafe filled(count, UInt8(0xEE)) { output in
          unsafe bytes.withUnsafePointer {
            unsafe unpackBytes(
              $0, width: width, index: index, count: count, into: output, level: level)
          }
        }
        #expect(output.map(UInt64.init) == Array(values[index..<index + count]))
      }
    }
  }

  @Test(arguments: levels, 1...32)
  func `packing`(_ level: KernelLevel, _ width: Int) {
    var random = SeededGenerator(UInt64(width))
    let mask = UInt64.max >> UInt64(64 - width)
    for groupCount in [0, 1, 2, 3, 8, 33] {
      let values = (0..<groupCount * 8 + 8).map { _ in random.next() & mask }
      let expected = packBits(Array(values.dropFirst(8)), width: width)
      #expect(pack32(values, groupCount, width, level) == expected)
      if width <= 16 { #expect(pack16(values, groupCount, width, level) == expected) }
      if width <= 8 { #expect(pack8(values, groupCount, width, level) == expected) }
    }
  }

  private func pack32(
    _ values: [UInt64], _ groupCount: Int, _ width: Int, _ level: KernelLevel
  ) -> [UInt8] {
    let source = Buffer(values.map { UInt32($0) })
    var writer = ByteWriter()
    appendPacked(
      source.span, from: 8, groupCount: groupCount, bitWidth: width, to: &writer, level: level)
    return Array(writer.take())
  }

  private func pack16(
    _ values: [UInt64], _ groupCount: Int, _ width: Int, _ level: KernelLevel
  ) -> [UInt8] {
    let source = Buffer(values.map { UInt16($0) })
    var writer = ByteWriter()
    appendPacked(
      source.span, from: 8, groupCount: groupCount, bitWidth: width, to: &writer, level: level)
    return Array(writer.take())
  }

  private func pack8(
    _ values: [UInt64], _ groupCount: Int, _ width: Int, _ level: KernelLevel
  ) -> [UInt8] {
    let source = Buffer(values.map { UInt8($0) })
    var writer = ByteWriter()
    appendPacked(
      source.span, from: 8, groupCount: groupCount, bitWidth: width, to: &writer, level: level)
    return Array(writer.take())
  }

  @Test(arguments: levels, 0...64)
  func `summing differences`(_ level: KernelLevel, _ width: Int) {
    var random = SeededGenerator(UInt64(width))
    let mask = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
    for count in Self.counts {
      let deltas = (0..<count).map { _ in random.next() & mask }
      let bytes = Buffer(packBits(deltas, width: width))
      let least = Int64(bitPattern: random.next())
      var sum: Int64 = 42
      let expected = deltas.map { delta in
        sum = sum &+ least &+ Int64(bitPattern: delta)
        return sum
      }
      let wide = unsafe filled(count, Int64(-1)) { output in
        unsafe bytes.withUnsafePointer {
          let last = unsafe Int64.sumDeltas(
            $0, width: width, count: count, least: least, last: 42, into: output, level: level)
          #expect(last == sum)
        }
      }
      #expect(wide == expected)
      let narrow = unsafe filled(count, Int32(-1)) { output in
        unsafe bytes.withUnsafePointer {
          _ = unsafe Int32.sumDeltas(
            $0, width: width, count: count, least: Int32(truncatingIfNeeded: least), last: 42,
            into: output, level: level)
        }
      }
      #expect(narrow == expected.map { Int32(truncatingIfNeeded: $0) })
    }
  }

  @Test(arguments: levels, 1...64)
  func `packing 32 words`(_ level: KernelLevel, _ width: Int) {
    var random = SeededGenerator(UInt64(width))
    let mask = UInt64.max >> UInt64(64 - width)
    for _ in 0..<20 {
      let words = (0..<32).map { _ in random.next() & mask }
      let source = Buffer(words)
      var writer = ByteWriter()
      let tail = unsafe writer.buffer.unsafeTail(4 * width)
      unsafe source.withUnsafePointer {
        unsafe packMiniblock($0, bitWidth: width, to: tail, level: level)
      }
      unsafe writer.buffer.advance(by: 4 * width)
      #expect(Array(writer.take()) == packBits(words, width: width))
    }
  }

  @Test(arguments: levels, 0...64)
  func `a stream of differences is the same bytes`(_ level: KernelLevel, _ width: Int) {
    var random = SeededGenerator(UInt64(width))
    let mask = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
    for count in [0, 1, 2, 128, 129, 130, 257, 500] {
      let values = (0..<count).map { _ in Int64(bitPattern: random.next() & mask) }
      let source = Buffer(values)
      var writer = ByteWriter()
      appendDeltaBinaryPacked(source.span, to: &writer, level: level)
      #expect(Array(writer.take()) == packDeltas(values))
      let narrow = Buffer(values.map { Int32(truncatingIfNeeded: $0) })
      appendDeltaBinaryPacked(narrow.span, to: &writer, level: level)
      let bytes = writer.take()
      appendDeltaBinaryPacked(narrow.span, to: &writer, level: .scalar)
      #expect(bytes == writer.take())
    }
  }

  @Test(arguments: levels, [1, 2, 3, 4, 8, 12, 16])
  func `byte streams, split and joined`(_ level: KernelLevel, _ sizeBytes: Int) {
    var random = SeededGenerator(UInt64(sizeBytes))
    for count in Self.counts {
      let bytes = (0..<count * sizeBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      var streams: [UInt8] = []
      for stream in 0..<sizeBytes {
        streams += (0..<count).map { bytes[$0 * sizeBytes + stream] }
      }
      var writer = ByteWriter()
      let plain = Buffer(bytes)
      appendByteStreams(
        plain.bytes, valueBytes: sizeBytes, to: &writer, level: level)
      #expect(Array(writer.take()) == streams)
      let source = Buffer(streams)
      for index in [0, 1, 5] where index <= count {
        let part = count - index
        let joined = unsafe filled(part * sizeBytes, UInt8(0xEE)) { output in
          unsafe source.withUnsafePointer {
            unsafe joinByteStreams(
              $0, valueCount: count, sizeBytes: sizeBytes, index: index, count: part,
              into: output, level: level)
          }
        }
        #expect(joined == Array(bytes[(index * sizeBytes)...]))
      }
    }
  }

  @Test(arguments: levels, [1, 4, 8, 16])
  func `slots, spread and compacted`(_ level: KernelLevel, _ sizeBytes: Int) {
    var random = SeededGenerator(UInt64(sizeBytes))
    for rowCount in Self.counts {
      for density in [0, 1, 5, 9, 10] as [UInt64] {
        for firstBit in [0, 3, 61, 64, 127] {
          let rows = (0..<rowCount).map { _ in random.next() % 10 < density }
          let bits = Bitmap([Bool](repeating: true, count: firstBit) + rows)
          let values = (0..<rowCount * sizeBytes).map { _ in
            UInt8(truncatingIfNeeded: random.next())
          }
          checkSlots(rows, bits, firstBit, values, sizeBytes, level)
        }
      }
    }
  }

  private func checkSlots(
    _ rows: [Bool], _ bits: Bitmap, _ firstBit: Int, _ values: [UInt8], _ sizeBytes: Int,
    _ level: KernelLevel
  ) {
    var spread: [UInt8] = []
    var dense: [UInt8] = []
    for (row, isValid) in rows.enumerated() {
      let slot = values[row * sizeBytes..<(row + 1) * sizeBytes]
      spread += isValid ? Array(slot) : [UInt8](repeating: 0, count: sizeBytes)
      if isValid { dense += slot }
    }
    let valueCount = rows.count { $0 }
    let got = unsafe filled(values.count, UInt8(0xEE)) { output in
      for index in dense.indices { unsafe output[index] = dense[index] }
      unsafe bits.words.withUnsafePointer {
        unsafe spreadSlots(
          output, slotSizeBytes: sizeBytes, valueCount: valueCount, rowCount: rows.count,
          validity: $0, firstBit: firstBit, level: level)
      }
    }
    #expect(got == spread)
    let source = Buffer(values)
    var output = BufferBuilder<UInt8>(capacity: values.count + 1)
    output.append(repeating: 0, count: values.count + 1)
    let count = unsafe bits.words.withUnsafePointer { words in
      unsafe source.withUnsafePointer {
        unsafe compactSlots(
          $0, slotSizeBytes: sizeBytes, rowCount: rows.count, validity: words, firstBit: firstBit,
          into: output.unsafeStart, level: level)
      }
    }
    #expect(count == valueCount)
    #expect(Array(output.freeze()).prefix(dense.count) == dense[...])
  }

  @Test(arguments: levels)
  func `levels to bits, counts and the largest index`(_ level: KernelLevel) {
    var random = SeededGenerator(7)
    for count in Self.counts {
      let levels = (0..<count).map { _ in UInt8(random.next() % 4) }
      let source = Buffer(levels)
      for (least, firstBit) in [(1, 0), (2, 5), (3, 63), (0, 64)] as [(UInt8, Int)] {
        let expected = levels.map { $0 >= least }
        let words = unsafe filled((firstBit + count) / 64 + 1, UInt64(0)) { words in
          unsafe source.withUnsafePointer {
            let ones = unsafe setBits(
              of: $0, count: count, atLeast: least, into: words, firstBit: firstBit, level: level)
            #expect(ones == expected.count { $0 })
            #expect(unsafe countLevels($0, count: count, atLeast: least) == ones)
            let equal = unsafe countLevels($0, count: count, equalTo: least)
            #expect(equal == levels.count { $0 == least })
          }
        }
        let got = (0..<count).map {
          words[(firstBit + $0) / 64] >> UInt64((firstBit + $0) % 64) & 1
        }
        #expect(got == expected.map { $0 ? 1 : 0 })
      }
      let indices = Buffer(levels.map { UInt32($0) &* 0x3FFF_FFFF })
      let most = unsafe indices.withUnsafePointer { unsafe largest($0, count, level: level) }
      #expect(most == (0..<count).map { indices[$0] }.max() ?? 0)
    }
  }

  @Test(arguments: levels, 0..<40 as Range<UInt64>)
  func `UTF-8, whole and cut, right and damaged`(_ level: KernelLevel, _ seed: UInt64) {
    var random = SeededGenerator(seed)
    let letters: [String] = [
      "a", "é", "€", "😀", "z", "\u{7FF}", "\u{800}", "\u{10FFFF}", "\u{FFFF}",
    ]
    var bytes: [UInt8] = []
    while bytes.count < 400 {
      bytes += Array(letters[Int(random.next() % UInt64(letters.count))].utf8)
    }
    for _ in 0..<200 {
      var part = bytes
      for _ in 0..<random.next() % 3 {
        let place = Int(random.next() % UInt64(part.count))
        part[place] =
          [0x80, 0xBF, 0xC0, 0xC1, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, 0xFF, 0x61, 0x9F][
            Int(random.next() % 12)]
      }
      let start = Int(random.next() % 300)
      let count = Int(random.next() % 100)
      let text = Array(part[start..<start + count])
      let isValid = String(validating: text, as: UTF8.self) != nil
      #expect(isUTF8(Buffer(text), level: level) == isValid, "\(text)")
      let slices = Buffer([ValueSlice(offset: UInt32(start), count: UInt32(count))])
      let bad = unsafe slices.withUnsafePointer {
        unsafe firstInvalidUTF8($0, count: 1, in: Buffer(part), level: level)
      }
      #expect((bad == nil) == isValid, "\(text)")
    }
    #expect(isUTF8(Buffer(bytes), level: level))
  }
}
