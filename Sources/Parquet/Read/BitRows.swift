import Base
import Encodings

/// Bits of rows that are collected over batches, levels and pages.
struct BitRows: ~Copyable {
  private var storage = BufferBuilder<UInt64>()
  private(set) var count = 0
  private(set) var oneCount = 0

  var zeroCount: Int { count - oneCount }

  /// Words up to the last bit; bits past it are zero.
  var words: Span<UInt64> {
    @_lifetime(borrow self)
    borrowing get { storage.span }
  }

  /// Appends the low `extra` bits of `bits`, whose others are zero.
  @inline(__always)
  mutating func append(_ bits: UInt64, count extra: Int) {
    if extra == 0 { return }
    let inWord = UInt64(count & 63)
    if inWord == 0 {
      storage.append(bits)
    } else {
      storage[storage.count - 1] |= bits &<< inWord
      // Bits that did not fit; a shift by 64 is one by 0 in wrapping arithmetic, but not here.
      if Int(inWord) + extra > 64 { storage.append(bits &>> (64 &- inWord)) }
    }
    count &+= extra
    oneCount &+= bits.nonzeroBitCount
  }

  mutating func append(repeating bit: Bool, count extra: Int) {
    let first = count
    grow(extra)
    guard bit, extra > 0 else { return }
    // SAFETY: `grow` made the words up to the last new bit.
    unsafe setBits(storage.unsafeElements(), firstBit: first, count: extra)
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
    let ones = try unsafe body(storage.unsafeElements(), first)
    oneCount += ones
    return ones
  }

  private mutating func grow(_ extra: Int) {
    count += extra
    storage.append(repeating: 0, count: (count + 63) / 64 - storage.count)
  }

  /// Calls `body` with the words.
  @unsafe
  mutating func withWords(_ body: (UnsafePointer<UInt64>) -> Void) {
    // SAFETY: the builder does not grow meanwhile.
    unsafe body(storage.unsafeElements())
  }

  /// The bits; nil when all are ones. Nothing is left.
  mutating func take() -> Bitmap? {
    defer { removeAll() }
    return zeroCount == 0 ? nil : Bitmap(words: storage.take(), count: count)
  }

  /// Forgets the bits and keeps the memory.
  mutating func removeAll() {
    storage.removeAll()
    count = 0
    oneCount = 0
  }
}
