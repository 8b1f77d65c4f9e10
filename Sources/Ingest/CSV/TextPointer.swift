import Base

/// The text of a batch for kernels: unchecked loads by offset.
///
/// Any offset from `-64` up to 64 bytes past the end may be loaded (`bufferPaddingBytes`); the
/// bytes out there mean nothing. Whoever makes one keeps the storage alive.
// SAFETY: every kernel takes its offsets from the structural index or the record scanner, which
// yield offsets within the text; SWAR loads reach at most 16 bytes beyond a field.
@safe
struct TextPointer {
  let base: UnsafePointer<UInt8>

  @inline(__always)
  func byte(_ offset: Int) -> UInt8 { unsafe base[offset] }

  /// The 8 bytes from `offset`, the first in the lowest byte.
  @inline(__always)
  func word(_ offset: Int) -> UInt64 {
    let raw = unsafe UnsafeRawPointer(base + offset)
    return unsafe UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  func halfWord(_ offset: Int) -> UInt16 {
    let raw = unsafe UnsafeRawPointer(base + offset)
    return unsafe UInt16(littleEndian: raw.loadUnaligned(as: UInt16.self))
  }

  /// - Precondition: the range lies within the text.
  func string(_ range: Range<Int>) -> String {
    unsafe String(
      decoding: UnsafeBufferPointer(start: base + range.lowerBound, count: range.count),
      as: UTF8.self)
  }

  func bytes(_ range: Range<Int>) -> [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
  }

  /// Offset of the first `wanted` in `range`, or its end.
  func firstOffset(of wanted: UInt8, in range: Range<Int>) -> Int {
    var offset = range.lowerBound
    while offset < range.upperBound && byte(offset) != wanted { offset &+= 1 }
    return offset
  }

  /// The same, eight bytes a step. Reads up to 7 bytes past `end`.
  @inline(__always)
  func firstOffsetFast(of wanted: UInt8, from start: Int, to end: Int) -> Int {
    let pattern = UInt64(wanted) &* 0x0101_0101_0101_0101
    var offset = start
    while offset < end {
      let zeroed = word(offset) ^ pattern
      let found = (zeroed &- 0x0101_0101_0101_0101) & ~zeroed & 0x8080_8080_8080_8080
      if found != 0 { return min(offset &+ found.trailingZeroBitCount &>> 3, end) }
      offset &+= 8
    }
    return end
  }

  /// Copies `range` to `output` from `start` on; returns its length. Stores up to 7 bytes more.
  @inline(__always)
  func copy(_ range: Range<Int>, to output: Slots<UInt8>, at start: Int) -> Int {
    var done = 0
    while done < range.count {
      let raw = unsafe UnsafeMutableRawPointer(output.base + start + done)
      // SAFETY: the output has a word more than is copied; a text can be read as far past its end.
      unsafe raw.storeBytes(of: word(range.lowerBound &+ done), as: UInt64.self)
      done &+= 8
    }
    return range.count
  }

  /// Whether the three bytes from `start` are the mark of UTF-8.
  func hasByteOrderMark(_ start: Int) -> Bool {
    byte(start) == 0xEF && byte(start &+ 1) == 0xBB && byte(start &+ 2) == 0xBF
  }

  /// O(n).
  func count(of wanted: UInt8, in range: Range<Int>) -> Int {
    var total = 0
    var offset = range.lowerBound
    while offset < range.upperBound {
      total &+= byte(offset) == wanted ? 1 : 0
      offset &+= 1
    }
    return total
  }
}

/// Slots a kernel fills: unchecked stores by row.
// SAFETY: whoever makes one has asked a builder for the tail that it covers, and kernels store at
// rows below the frame's `rowCount` or at separators the index counted.
@safe
struct Slots<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>

  @inline(__always)
  subscript(row: Int) -> Element {
    get { unsafe base[row] }
    nonmutating set { unsafe base[row] = newValue }
  }
}
