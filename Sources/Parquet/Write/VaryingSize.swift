// What rows take in memory before they are encoded, as far as it differs from row to row. Says
// after how many rows the size of a row group has to be looked at, from the rows alone: where a row
// group ends must not depend on how its rows were cut into batches.
import Base
import Columns

extension ColumnBatch {
  /// `Column.varyingBytes` of all columns.
  func varyingBytes(in rows: Range<Int>, limit: Int) -> Int {
    var total = 0
    for column in columns where total < limit {
      total += column.varyingBytes(in: rows, limit: limit - total)
    }
    return total
  }

  /// The first of `rows`: as few as have `limit` varying bytes together. All if they have less.
  func rows(_ rows: Range<Int>, ofVaryingBytes limit: Int) -> (rows: Range<Int>, sizeBytes: Int) {
    let total = varyingBytes(in: rows, limit: limit)
    if total < limit || rows.count <= 1 { return (rows, total) }
    // More than `low` rows are needed, `high` are enough.
    var (low, high) = (0, rows.count)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if varyingBytes(in: rows.prefix(middle), limit: limit) < limit {
        low = middle
      } else {
        high = middle
      }
    }
    return (rows.prefix(high), limit)
  }
}

extension Column {
  /// About the PLAIN bytes of what differs in length from row to row: strings, binaries, lists. At
  /// least `limit` where they are more; nulls count nothing.
  ///
  /// - Complexity: O(rows and elements), less past the limit.
  func varyingBytes(in rows: Range<Int>, limit: Int, isElement: Bool = false) -> Int {
    let validity = validity.flatMap { $0.zeroCount(in: rows) == 0 ? nil : $0 }
    switch values {
    case .bytes(let slices, _):
      return stringBytes(slices, rows, validity)
    case .structure(let children, _):
      var total = 0
      for run in validity?.runs(in: rows) ?? [rows] {
        for child in children where total < limit {
          total += child.varyingBytes(in: run, limit: limit - total, isElement: isElement)
        }
      }
      return total
    case .list(let slices, let element):
      var total = 0
      // Elements of lists that follow each other are counted together.
      var elements = 0..<0
      for row in rows where validity?[row] ?? true {
        total += 4
        let next = slices[row].range
        if next.lowerBound == elements.upperBound {
          elements = elements.lowerBound..<next.upperBound
          continue
        }
        if total >= limit { return total }
        total += element.varyingBytes(in: elements, limit: limit - total, isElement: true)
        elements = next
      }
      if total >= limit { return total }
      return total + element.varyingBytes(in: elements, limit: limit - total, isElement: true)
    default:
      return isElement ? rows.count * 8 : 0
    }
  }
}

private func stringBytes(
  _ slices: Buffer<ValueSlice>, _ rows: Range<Int>, _ validity: Bitmap?
) -> Int {
  slices.withPatterns(of: rows, as: ValueSlice.self) { slices in
    var total = 0
    // SAFETY: indices of the span.
    if let validity {
      for index in slices.indices where validity[rows.lowerBound &+ index] {
        total &+= unsafe 4 &+ Int(slices[unchecked: index].count)
      }
    } else {
      for index in slices.indices { total &+= unsafe 4 &+ Int(slices[unchecked: index].count) }
    }
    return total
  }
}

extension Bitmap {
  /// The ones among `rows`, as runs.
  fileprivate func runs(in rows: Range<Int>) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start: Int?
    for row in rows {
      if self[row] {
        if start == nil { start = row }
      } else if let first = start {
        runs.append(first..<row)
        start = nil
      }
    }
    if let start { runs.append(start..<rows.upperBound) }
    return runs
  }
}
