package import Base
package import Columns

// Sorting moves (word, row) pairs: the word is a 64-bit digest of the first key that never
// contradicts the order, so that most comparisons touch nothing else. Where two words are equal,
// the columns decide, and last the row number, which makes every order total and stable.

/// The order of a batch's rows under some keys.
package enum RowOrder {
  /// Row indices of `batch` in ascending order of `keys`; rows that tie stay in their order.
  ///
  /// - Parameter limit: how many are wanted; the others are not returned.
  /// - Complexity: O(rows log rows).
  // SAFETY: the entries are sorted in place, while nothing else sees them.
  package static func sorted(
    _ batch: ColumnBatch, by keys: [SortKey], limit: Int = .max
  ) -> Buffer<UInt32> {
    guard let first = keys.first, batch.rowCount > 1 else {
      let rows = Selection.all(count: batch.rowCount).rowIndices
      return rows.slice(0..<min(limit, rows.count))
    }
    let words = digests(batch.columns[first.column], first)
    let comparisons = keys.map { comparison(batch.columns[$0.column], $0) }
    let isDecided = isExact(batch.columns[first.column]) && keys.count == 1
    var entries = BufferBuilder<Entry>(capacity: batch.rowCount)
    for row in 0..<batch.rowCount {
      entries.append(Entry(word: words[row], row: UInt32(truncatingIfNeeded: row)))
    }
    let start = unsafe entries.unsafeElements()
    var slots = unsafe UnsafeMutableBufferPointer(start: start, count: batch.rowCount)
    if isDecided {
      unsafe slots.sort { a, b in a.word != b.word ? a.word < b.word : a.row < b.row }
    } else {
      unsafe slots.sort { a, b in
        if a.word != b.word { return a.word < b.word }
        for compare in comparisons {
          let order = compare(Int(a.row), Int(b.row))
          if order != 0 { return order < 0 }
        }
        return a.row < b.row
      }
    }
    let sorted = entries.freeze()
    return map(sorted.slice(0..<min(limit, sorted.count))) { $0.row }
  }

  /// Not private: see `IntTable.Slot`.
  struct Entry: BitwiseCopyable {
    var word: UInt64
    var row: UInt32
  }

  /// A word a row that orders as the key does, though different values may share one.
  // SAFETY: slices lie within the data.
  package static func digests(_ column: Column, _ key: SortKey) -> Buffer<UInt64> {
    let flip: UInt64 = key.isDescending ? .max : 0
    let top: UInt64 = 1 << 63
    let words: Buffer<UInt64>
    switch column.values {
    case .boolean(let slots): words = map(slots) { UInt64($0) ^ flip }
    case .int32(let slots): words = map(slots) { UInt64(bitPattern: Int64($0)) ^ top ^ flip }
    case .int64(let slots): words = map(slots) { UInt64(bitPattern: $0) ^ top ^ flip }
    case .int128(let slots):
      words = map(slots) { UInt64(truncatingIfNeeded: $0 &>> 64) ^ top ^ flip }
    case .float(let slots):
      words = map(slots) { UInt64(bitPattern: sortable(Double($0))) ^ top ^ flip }
    case .double(let slots): words = map(slots) { UInt64(bitPattern: sortable($0)) ^ top ^ flip }
    case .bytes(let slots, let data):
      words = unsafe data.withUnsafePointer { data in
        map(slots) { slice in unsafe prefixWord(data + Int(slice.offset), slice.count) ^ flip }
      }
    case .structure, .list: preconditionFailure("a sort by \(column.type)")
    }
    guard let validity = column.validity else { return words }
    let null: UInt64 = key.nullsFirst ? 0 : .max
    var output = BufferBuilder<UInt64>(capacity: words.count)
    for row in 0..<words.count { output.append(validity[row] ? words[row] : null) }
    return output.freeze()
  }

  /// The first eight bytes as a number that orders as they do, zeros after a shorter text.
  // SAFETY: eight bytes are loaded wherever a text starts; buffers are padded for that.
  @inline(__always)
  @unsafe
  private static func prefixWord(_ start: UnsafePointer<UInt8>, _ count: UInt32) -> UInt64 {
    if count == 0 { return 0 }
    let word = unsafe loadWord(start).bigEndian
    return count >= 8 ? word : word & ~(UInt64.max &>> UInt64(count &* 8))
  }

  /// Whether equal words mean equal values: fixed width, and no null to share a word with.
  private static func isExact(_ column: Column) -> Bool {
    guard column.validity == nil else { return false }
    switch column.values {
    case .boolean, .int32, .int64, .float, .double: return true
    case .int128, .bytes, .structure, .list: return false
    }
  }

  // MARK: Comparing two rows

  static func comparison(_ column: Column, _ key: SortKey) -> (Int, Int) -> Int {
    let values = valueComparison(column)
    let sign = key.isDescending ? -1 : 1
    guard let validity = column.validity else {
      return sign == 1 ? values : { -values($0, $1) }
    }
    let null = key.nullsFirst ? -1 : 1
    return { a, b in
      switch (validity[a], validity[b]) {
      case (true, true): sign * values(a, b)
      case (false, false): 0
      case (false, true): null
      case (true, false): -null
      }
    }
  }

  // SAFETY: slices lie within the data.
  private static func valueComparison(_ column: Column) -> (Int, Int) -> Int {
    switch column.values {
    case .boolean(let slots): return { order(slots[$0], slots[$1]) }
    case .int32(let slots): return { order(slots[$0], slots[$1]) }
    case .int64(let slots): return { order(slots[$0], slots[$1]) }
    case .int128(let slots): return { order(slots[$0], slots[$1]) }
    case .float(let slots):
      return { order(sortable(Double(slots[$0])), sortable(Double(slots[$1]))) }
    case .double(let slots): return { order(sortable(slots[$0]), sortable(slots[$1])) }
    case .bytes(let slots, let data):
      return { a, b in
        let (x, y) = (slots[a], slots[b])
        return unsafe data.withUnsafePointer { data in
          unsafe compareBytes(
            data + Int(x.offset), Int(x.count), data + Int(y.offset), Int(y.count)
          )
          .signum()
        }
      }
    case .structure, .list: preconditionFailure("a sort by \(column.type)")
    }
  }

  @inline(__always)
  private static func order<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a == b ? 0 : 1 }
}
