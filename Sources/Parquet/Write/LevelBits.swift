// The definition levels of the page at hand: a bit a row. While no row is null they are only
// counted.
import Base
import Encodings

struct LevelBits: ~Copyable {
  private var words = BufferBuilder<UInt64>()
  /// Rows, nulls included.
  private(set) var count = 0
  private(set) var nullCount = 0

  /// Adds rows that all have a value.
  mutating func appendValues(_ rowCount: Int) {
    guard nullCount > 0 else {
      count += rowCount
      return
    }
    var remaining = rowCount
    while remaining > 0 {
      let step = min(remaining, 64)
      appendBits(step == 64 ? .max : (1 << UInt64(step)) - 1, count: step)
      remaining -= step
    }
  }

  /// Adds `rows` of `validity`, `nullCount` of which are null.
  mutating func append(_ validity: Bitmap, rows: Range<Int>, nullCount: Int) {
    if nullCount == 0 { return appendValues(rows.count) }
    if self.nullCount == 0 { materialize() }
    self.nullCount += nullCount
    var row = rows.lowerBound
    while row < rows.upperBound {
      let step = min(rows.upperBound - row, 64)
      appendBits(validity.bits(from: row, count: step), count: step)
      row += step
    }
  }

  /// Writes out the ones that were only counted.
  private mutating func materialize() {
    words.removeAll()
    words.append(repeating: .max, count: count / 64)
    if count % 64 > 0 { words.append((1 << UInt64(count % 64)) - 1) }
  }

  private mutating func appendBits(_ bits: UInt64, count added: Int) {
    let used = count & 63
    if used == 0 {
      words.append(bits)
    } else {
      words[words.count - 1] |= bits &<< UInt64(used)
      if used + added > 64 { words.append(bits &>> UInt64(64 - used)) }
    }
    count += added
  }

  /// Appends the levels, without their length.
  func encode(to output: inout ByteWriter) {
    if nullCount == 0 {
      appendRepeated(1, count: count, bitWidth: 1, to: &output)
    } else {
      appendLevels(words.span, rowCount: count, to: &output)
    }
  }

  mutating func removeAll() {
    words.removeAll()
    count = 0
    nullCount = 0
  }
}

extension Bitmap {
  /// Up to 64 bits from `start` on, the first in the lowest place, zeros above.
  @inline(__always)
  func bits(from start: Int, count: Int) -> UInt64 {
    precondition(start >= 0 && count > 0 && start + count <= self.count)
    let shift = UInt64(start & 63)
    var word = words[start >> 6] &>> shift
    if shift > 0 && Int(shift) + count > 64 { word |= words[start >> 6 + 1] &<< (64 - shift) }
    return count == 64 ? word : word & ((1 << UInt64(count)) - 1)
  }

  /// Number of zeros among `rows`. O(rows / 64).
  func zeroCount(in rows: Range<Int>) -> Int {
    var ones = 0
    var row = rows.lowerBound
    while row < rows.upperBound {
      let step = min(rows.upperBound - row, 64)
      ones += bits(from: row, count: step).nonzeroBitCount
      row += step
    }
    return rows.count - ones
  }

  /// The rows up to and including the `count`th one at or after `start`.
  func rowCount(from start: Int, untilOnes count: Int) -> Int {
    var remaining = count
    var row = start
    while remaining > 0 {
      if self[row] { remaining -= 1 }
      row += 1
    }
    return row - start
  }
}
