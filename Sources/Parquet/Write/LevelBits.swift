// The definition levels of the page at hand: a bit a row. While no row is null they are only
// counted.
import Base
import Encodings

struct LevelBits: ~Copyable {
  /// Empty while no row is null.
  private var bits = BitRows()
  /// Rows, nulls included.
  private(set) var count = 0
  private(set) var nullCount = 0

  /// Adds rows that all have a value.
  mutating func appendValues(_ rowCount: Int) {
    count += rowCount
    if nullCount > 0 { bits.append(repeating: true, count: rowCount) }
  }

  /// Adds `rows` of `validity`, `nullCount` of which are null.
  mutating func append(_ validity: Bitmap, rows: Range<Int>, nullCount: Int) {
    if nullCount == 0 { return appendValues(rows.count) }
    if self.nullCount == 0 { bits.append(repeating: true, count: count) }
    self.nullCount += nullCount
    count += rows.count
    var row = rows.lowerBound
    while row < rows.upperBound {
      let step = min(rows.upperBound - row, 64)
      bits.append(validity.bits(from: row, count: step), count: step)
      row += step
    }
  }

  /// Appends the levels, without their length.
  func encode(to output: inout ByteWriter) {
    if nullCount == 0 {
      appendRepeated(1, count: count, bitWidth: 1, to: &output)
    } else {
      appendLevels(bits.words, rowCount: count, to: &output)
    }
  }

  mutating func removeAll() {
    bits.removeAll()
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
