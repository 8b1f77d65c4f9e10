package import Base

/// Turns a text of any encoding into UTF-8, front to back, in pieces of any size.
///
/// A byte that is no character of the encoding becomes the byte 0xFF, which is not UTF-8: the row
/// that holds it is a bad row, and nothing else is.
///
/// Not `Sendable`: one a text.
package final class Transcoder {
  /// What stands for a byte that is no character.
  private static let damage: UInt8 = 0xFF
  /// UTF-8 bytes that a byte of input becomes, at most: four for a character of a single byte
  /// (Microsoft's need three; others' no more than four).
  package static let expansionMax = 4

  private let encoding: TextEncoding
  private let library: Iconv?

  /// - Throws: `invalidArgument` for an encoding that the C library does not know.
  package init(_ encoding: TextEncoding) throws(IngestError) {
    self.encoding = encoding
    guard case .named(let name) = encoding else {
      library = nil
      return
    }
    library = Iconv(name)
    guard library != nil else {
      throw IngestError(
        .invalidArgument, "unknown encoding", place: name,
        hint: "names are those of the iconv command: `iconv -l` lists them")
    }
  }

  /// Appends `input` as UTF-8 to `output`; returns how many bytes of it are used up. What is left
  /// is a character that the input cuts off: call again with it and what follows.
  ///
  /// - Parameter isEnd: nothing follows; what is cut off is damage then.
  package func transcode(
    _ input: RawSpan, into output: inout BufferBuilder<UInt8>, isEnd: Bool
  ) -> Int {
    let capacity = input.byteCount * Transcoder.expansionMax + Iconv.heldBytesMax
    // SAFETY: the tail has room for `expansionMax` bytes for every byte of input, and no conversion
    // writes more.
    let target = unsafe output.unsafeTail(capacity)
    let (consumed, written) = unsafe input.withUnsafeBytes { source in
      unsafe transcode(
        source, into: UnsafeMutableRawBufferPointer(start: target, count: capacity), isEnd)
    }
    unsafe output.advance(by: written)
    return consumed
  }

  /// Bytes of the source that are used up, and bytes written.
  @unsafe
  private func transcode(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ isEnd: Bool
  ) -> (Int, Int) {
    // SAFETY: the caller has room for `expansionMax` bytes for every byte of the source.
    guard let start = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
      return (0, 0)
    }
    switch encoding {
    case .utf8:
      unsafe target.copyMemory(from: source)
      return (source.count, source.count)
    case .utf16LittleEndian: return unsafe utf16(source, start, isEnd, isBigEndian: false)
    case .utf16BigEndian: return unsafe utf16(source, start, isEnd, isBigEndian: true)
    case .windows1252: return unsafe singleBytes(source, start)
    case .named: return unsafe convert(source, target, isEnd)
    }
  }

  @unsafe
  private func utf16(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutablePointer<UInt8>, _ isEnd: Bool,
    isBigEndian: Bool
  ) -> (Int, Int) {
    // SAFETY: units are read below `source.count`; a unit becomes at most three bytes, a pair four.
    var offset = 0
    var written = 0
    func unit(_ at: Int) -> UInt32 {
      let raw = unsafe source.loadUnaligned(fromByteOffset: at, as: UInt16.self)
      return UInt32(isBigEndian ? UInt16(bigEndian: raw) : UInt16(littleEndian: raw))
    }
    while offset + 2 <= source.count {
      let first = unit(offset)
      if first & 0xF800 != 0xD800 {
        unsafe written += store(first, target + written)
        offset += 2
        continue
      }
      if first & 0xFC00 == 0xD800 {
        if offset + 4 > source.count && !isEnd { break }
        if offset + 4 <= source.count, case let second = unit(offset + 2),
          second & 0xFC00 == 0xDC00
        {
          let scalar = 0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF)
          unsafe written += store(scalar, target + written)
          offset += 4
          continue
        }
      }
      unsafe target[written] = Transcoder.damage
      written += 1
      offset += 2
    }
    if isEnd && offset < source.count {
      unsafe target[written] = Transcoder.damage
      return (source.count, written + 1)
    }
    return (offset, written)
  }

  @unsafe
  private func singleBytes(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutablePointer<UInt8>
  ) -> (Int, Int) {
    // SAFETY: a byte becomes at most three.
    var written = 0
    for offset in 0..<source.count {
      let byte = unsafe source[offset]
      if byte < 0x80 {
        unsafe target[written] = byte
        written &+= 1
      } else {
        let scalar = byte < 0xA0 ? windows1252[Int(byte) - 0x80] : UInt32(byte)
        unsafe written &+= store(scalar, target + written)
      }
    }
    return (source.count, written)
  }

  @unsafe
  private func convert(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _ isEnd: Bool
  ) -> (Int, Int) {
    // SAFETY: both sides are cut by what was used of them.
    guard let library else { preconditionFailure("an encoding without its conversion") }
    var consumed = 0
    var written = 0
    while consumed < source.count {  // Bounded: every turn uses up input, or is the last.
      let step = unsafe library.convert(
        UnsafeRawBufferPointer(rebasing: source[consumed...]),
        into: UnsafeMutableRawBufferPointer(rebasing: target[written...]))
      consumed += step.consumed
      written += step.written
      switch step.stop {
      case .inputUsedUp: break
      case .outputFull: return (consumed, written)
      case .cutOff where !isEnd: return (consumed, written)
      case .badByte, .cutOff:
        unsafe target[written] = Transcoder.damage
        written += 1
        consumed += 1
      }
    }
    if isEnd && consumed == source.count {
      unsafe written += library.finish(
        UnsafeMutableRawBufferPointer(rebasing: target[written...]))
    }
    return (consumed, written)
  }
}

/// Stores the UTF-8 of a scalar that is no surrogate; returns its length.
@inline(__always) @unsafe
private func store(_ scalar: UInt32, _ target: UnsafeMutablePointer<UInt8>) -> Int {
  // SAFETY: the caller has room for four bytes.
  func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | (scalar >> shift & 0x3F)) }
  switch scalar {
  case 0..<0x80:
    unsafe target[0] = UInt8(truncatingIfNeeded: scalar)
    return 1
  case 0x80..<0x800:
    unsafe target[0] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
    unsafe target[1] = tail(0)
    return 2
  case 0x800..<0x10000:
    unsafe target[0] = UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
    unsafe target[1] = tail(6)
    unsafe target[2] = tail(0)
    return 3
  default:
    unsafe target[0] = UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
    unsafe target[1] = tail(12)
    unsafe target[2] = tail(6)
    unsafe target[3] = tail(0)
    return 4
  }
}

/// The characters at 0x80 to 0x9F (WHATWG Encoding Standard, index windows-1252; the five without
/// one are the control characters of ISO 8859-1).
private let windows1252: [UInt32] = [
  0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
  0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
  0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
]
