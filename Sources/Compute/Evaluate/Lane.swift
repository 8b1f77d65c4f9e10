import Base
import Columns

/// One input of a kernel: a slot a row, or the same value for every row.
enum Lane<T: BitwiseCopyable> {
  case many(Buffer<T>)
  case one(T)
}

/// `body` of every slot. Slots of null rows are computed too: `body` must not trap on any value.
@inline(__always)
func map<A: BitwiseCopyable, R: BitwiseCopyable>(
  _ a: Buffer<A>, _ body: (A) -> R
) -> Buffer<R> {
  var output = BufferBuilder<R>(capacity: a.count)
  // SAFETY: the tail has room for a.count results, and all of them are written.
  let target = unsafe output.unsafeTail(a.count)
  unsafe a.withUnsafePointer { source in
    for row in 0..<a.count { unsafe target[row] = unsafe body(source[row]) }
  }
  unsafe output.advance(by: a.count)
  return output.freeze()
}

/// `body` of every pair of slots; a lane of one value goes with each row of the other.
@inline(__always)
func zip<A: BitwiseCopyable, B: BitwiseCopyable, R: BitwiseCopyable>(
  _ a: Lane<A>, _ b: Lane<B>, count: Int, _ body: (A, B) -> R
) -> Buffer<R> {
  switch (a, b) {
  case (.one(let x), .one(let y)): return Buffer(repeating: body(x, y), count: count)
  case (.many(let a), .one(let y)): return map(a) { body($0, y) }
  case (.one(let x), .many(let b)): return map(b) { body(x, $0) }
  case (.many(let a), .many(let b)):
    precondition(a.count == count && b.count == count)
    var output = BufferBuilder<R>(capacity: count)
    // SAFETY: both inputs hold `count` slots, and so does the tail.
    let target = unsafe output.unsafeTail(count)
    unsafe a.withUnsafePointer { left in
      unsafe b.withUnsafePointer { right in
        for row in 0..<count { unsafe target[row] = unsafe body(left[row], right[row]) }
      }
    }
    unsafe output.advance(by: count)
    return output.freeze()
  }
}

/// One, where both have a value. Nil stands for "no nulls".
func intersect(_ a: Bitmap?, _ b: Bitmap?) -> Bitmap? {
  guard let a else { return b }
  guard let b else { return a }
  return Bitmap(
    words: zip(.many(a.words), .many(b.words), count: a.words.count) { $0 & $1 }, count: a.count)
}

extension Bitmap {
  /// A bit per byte that is not zero; nil when all are set.
  init?(nonZero bytes: Buffer<UInt8>) {
    var words = BufferBuilder<UInt64>(capacity: (bytes.count + 63) / 64)
    var ones = 0
    let source = bytes.span
    var word: UInt64 = 0
    for row in source.indices {
      let bit: UInt64 = source[row] != 0 ? 1 : 0
      ones &+= Int(truncatingIfNeeded: bit)
      word |= bit &<< UInt64(row & 63)
      if row & 63 == 63 {
        words.append(word)
        word = 0
      }
    }
    if bytes.count & 63 != 0 { words.append(word) }
    if ones == bytes.count { return nil }
    self.init(words: words.freeze(), count: bytes.count)
  }

  /// One byte a bit: 0 or 1.
  var bytes: Buffer<UInt8> {
    var output = BufferBuilder<UInt8>(capacity: count)
    let words = words.span
    for row in 0..<count {
      output.append(UInt8(truncatingIfNeeded: (words[row &>> 6] &>> UInt64(row & 63)) & 1))
    }
    return output.freeze()
  }
}
