import Base
import Encodings

/// Validity bits that are collected over levels, pages and rows.
struct BitRows: ~Copyable {
  /// Words up to the last bit; bits past it are zero.
  private var words = BufferBuilder<UInt64>()
  private(set) var count = 0
  private(set) var oneCount = 0

  var zeroCount: Int { count - oneCount }

  /// Appends the low `extra` bits of `bits`, whose others are zero.
  @inline(__always)
  mutating func append(_ bits: UInt64, count extra: Int) {
    if extra == 0 { return }
    let inWord = UInt64(count & 63)
    if inWord == 0 {
      words.append(bits)
    } else {
      words[words.count - 1] |= bits &<< inWord
      // Bits that did not fit; a shift by 64 is one by 0 in wrapping arithmetic, but not here.
      if Int(inWord) + extra > 64 { words.append(bits &>> (64 &- inWord)) }
    }
    count &+= extra
    oneCount &+= bits.nonzeroBitCount
  }

  mutating func append(repeating bit: Bool, count extra: Int) {
    let first = count
    grow(extra)
    guard bit, extra > 0 else { return }
    // SAFETY: `grow` made the words up to the last new bit.
    unsafe setBits(words.unsafeElements(), firstBit: first, count: extra)
    oneCount += extra
  }

  /// Appends `extra` bits through `body`, which gets the words, zero where the bits go, and the
  /// first bit, and returns how many of them are ones.
  @unsafe
  mutating func append(
    count extra: Int,
    _ body: (UnsafeMutablePointer<UInt64>, Int) throws(DecodingFault) -> Int
  ) throws(DecodingFault) -> Int {
    let first = count
    grow(extra)
    // SAFETY: as above.
    let ones = try unsafe body(words.unsafeElements(), first)
    oneCount += ones
    return ones
  }

  private mutating func grow(_ extra: Int) {
    count += extra
    words.append(repeating: 0, count: (count + 63) / 64 - words.count)
  }

  /// Calls `body` with the words.
  @unsafe
  mutating func withWords(_ body: (UnsafePointer<UInt64>) -> Void) {
    // SAFETY: the builder does not grow meanwhile.
    unsafe body(words.unsafeElements())
  }

  /// The bits; nil when all are ones. Nothing is left.
  mutating func take() -> Bitmap? {
    defer {
      count = 0
      oneCount = 0
      words.removeAll()
    }
    return zeroCount == 0 ? nil : Bitmap(words: words.take(), count: count)
  }
}
