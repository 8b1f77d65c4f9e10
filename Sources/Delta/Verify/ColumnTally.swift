import Base
import Columns

/// What the rows of a column are, batch by batch: nulls, and the smallest and the largest value,
/// NaN left out as statistics do. Of a struct, its fields' are told one by one.
struct ColumnTally {
  let field: Field
  private(set) var rowCount = 0
  /// Rows that are null themselves, and rows of null structs, which have no value here either.
  private(set) var nullCount = 0
  private(set) var absentCount = 0
  private(set) var min: Scalar?
  private(set) var max: Scalar?
  private(set) var fields: [ColumnTally] = []

  init(_ field: Field) {
    self.field = field
    if case .structure(let fields) = field.type { self.fields = fields.map(ColumnTally.init) }
  }

  /// - Parameter parents: 1 where every struct above has a value; nil where all have.
  /// - Complexity: O(rows).
  mutating func add(_ column: Column, within parents: Bitmap? = nil) {
    let valid = intersection(parents, column.validity)
    let absent = parents?.zeroCount ?? 0
    rowCount += column.count
    absentCount += absent
    nullCount += (valid?.zeroCount ?? 0) - absent
    if case .structure(let columns, _) = column.values {
      for index in fields.indices { fields[index].add(columns[index], within: valid) }
      return
    }
    guard let (low, high) = column.extremeRows(valid) else { return }
    let (lowest, highest) = (column[low], column[high])
    if min.flatMap({ Scalar.compare(lowest, $0) }).map({ $0 < 0 }) ?? true { min = lowest }
    if max.flatMap({ Scalar.compare(highest, $0) }).map({ $0 > 0 }) ?? true { max = highest }
  }

  private func intersection(_ a: Bitmap?, _ b: Bitmap?) -> Bitmap? {
    guard let a else { return b }
    guard let b else { return a }
    return Bitmap((0..<a.count).lazy.map { a[$0] && b[$0] })
  }
}

extension Column {
  /// Rows with the smallest and the largest value; nil where there is none, or no order.
  ///
  /// - Parameter valid: 1 for the rows that count; nil for all.
  fileprivate func extremeRows(_ valid: Bitmap?) -> (Int, Int)? {
    switch values {
    case .boolean(let slots): extremes(slots, valid) { _ in true }
    case .int32(let slots): extremes(slots, valid) { _ in true }
    case .int64(let slots): extremes(slots, valid) { _ in true }
    case .int128(let slots): extremes(slots, valid) { _ in true }
    case .float(let slots): extremes(slots, valid) { !$0.isNaN }
    case .double(let slots): extremes(slots, valid) { !$0.isNaN }
    case .bytes(let slots, let data): extremes(slots, data, valid)
    case .structure, .list: nil
    }
  }

  private func extremes<T: BitwiseCopyable & Comparable>(
    _ slots: Buffer<T>, _ valid: Bitmap?, counts: (T) -> Bool
  ) -> (Int, Int)? {
    let slots = slots.span
    var found: (low: Int, high: Int)?
    for row in 0..<slots.count where valid?[row] ?? true && counts(slots[row]) {
      guard let (low, high) = found else {
        found = (row, row)
        continue
      }
      if slots[row] < slots[low] { found = (row, high) }
      if slots[row] > slots[high] { found = (low, row) }
    }
    return found.map { ($0.low, $0.high) }
  }

  private func extremes(
    _ slots: Buffer<ValueSlice>, _ data: Buffer<UInt8>, _ valid: Bitmap?
  ) -> (Int, Int)? {
    var found: (low: Int, high: Int)?
    for row in 0..<slots.count where valid?[row] ?? true {
      guard let (low, high) = found else {
        found = (row, row)
        continue
      }
      if precedes(slots[row], slots[low], data) { found = (row, high) }
      if precedes(slots[high], slots[row], data) { found = (low, row) }
    }
    return found.map { ($0.low, $0.high) }
  }

  /// By unsigned bytes.
  private func precedes(_ a: ValueSlice, _ b: ValueSlice, _ data: Buffer<UInt8>) -> Bool {
    let bytes = data.span
    let (a, b) = (a.range, b.range)
    for index in 0..<Swift.min(a.count, b.count) {
      let (x, y) = (bytes[a.lowerBound + index], bytes[b.lowerBound + index])
      if x != y { return x < y }
    }
    return a.count < b.count
  }
}
