/// An immutable bit per slot, least significant bit of word 0 first. Validity
/// uses 1 for "not null".
@frozen
public struct Bitmap: Sendable {
  /// `ceil(count / 64)` words. Bits past `count` are zero.
  public let words: Buffer<UInt64>
  public let count: Int

  @inlinable
  public init(words: Buffer<UInt64>, count: Int) {
    precondition(words.count == (count + 63) / 64)
    self.words = words
    self.count = count
  }

  public init(_ bits: some Collection<Bool>) {
    var builder = BitmapBuilder(capacity: bits.count)
    for bit in bits { builder.append(bit) }
    self = builder.freeze()
  }

  @inlinable
  public subscript(index: Int) -> Bool {
    precondition(index >= 0 && index < count)
    // SAFETY: index < count, and `init` made sure of `ceil(count / 64)` words.
    return unsafe (words.base[index &>> 6] &>> UInt64(index & 63)) & 1 == 1
  }

  /// Number of ones. O(count / 64).
  public var oneCount: Int {
    var total = 0
    let words = words.span
    for index in words.indices { total &+= words[index].nonzeroBitCount }
    return total
  }
  public var zeroCount: Int { count - oneCount }
}

/// Appends bits; freezes to a `Bitmap`.
@frozen
public struct BitmapBuilder: ~Copyable {
  @usableFromInline var words: BufferBuilder<UInt64>
  @usableFromInline var partial: UInt64 = 0
  @usableFromInline var bitCount = 0

  @inlinable public var count: Int { bitCount }

  @inlinable
  public init(capacity: Int = 0) { words = BufferBuilder(capacity: (capacity + 63) / 64) }

  @inlinable
  public mutating func append(_ bit: Bool) {
    partial |= (bit ? 1 : 0) &<< UInt64(count & 63)
    bitCount &+= 1
    if count & 63 == 0 {
      words.append(partial)
      partial = 0
    }
  }

  public mutating func append(repeating bit: Bool, count extra: Int) {
    var remaining = extra
    while remaining > 0 && (count & 63 != 0 || remaining < 64) {
      append(bit)
      remaining -= 1
    }
    words.append(repeating: bit ? .max : 0, count: remaining / 64)
    bitCount += remaining & ~63
    remaining &= 63
    while remaining > 0 {
      append(bit)
      remaining -= 1
    }
  }

  public mutating func append(contentsOf bitmap: Bitmap) {
    if count & 63 == 0 {  // Word-aligned: whole words copy, the rest goes bit by bit.
      let whole = bitmap.count / 64
      words.append(contentsOf: bitmap.words.slice(0..<whole).span)
      bitCount += whole * 64
      for index in whole * 64..<bitmap.count { append(bitmap[index]) }
    } else {
      for index in 0..<bitmap.count { append(bitmap[index]) }
    }
  }

  public consuming func freeze() -> Bitmap { take() }

  /// The bits so far; the builder is empty afterwards.
  public mutating func take() -> Bitmap {
    let total = count
    if total & 63 != 0 { words.append(partial) }
    partial = 0
    bitCount = 0
    return Bitmap(words: words.take(), count: total)
  }
}
