package import Base
package import Columns

extension BoundExpression {
  /// The rows of `batch` (of `selection` only, if given) for which this condition is true: not
  /// false, and not unknown. O(rows * nodes), each part of an AND only on what the ones before
  /// left.
  ///
  /// - Precondition: the expression is a condition (`Binder.condition`).
  package func select(
    from batch: ColumnBatch, among selection: Selection? = nil
  ) throws(ComputeError) -> Selection {
    precondition(type == .boolean)
    return try rows(where: true, of: batch, among: selection ?? .all(count: batch.rowCount))
  }

  /// The rows of `input` for which the condition is `wanted`; those where it is unknown never are.
  private func rows(
    where wanted: Bool, of batch: ColumnBatch, among input: Selection
  ) throws(ComputeError) -> Selection {
    if input.isEmpty { return input }
    switch node {
    case .literal(let scalar): return scalar == .boolean(wanted) ? input : Selection.none
    case .not(let part): return try part.rows(where: !wanted, of: batch, among: input)
    case .and(let parts):
      return try wanted
        ? chain(parts, wanted, batch, input) : union(parts, wanted, batch, input)
    case .or(let parts):
      return try wanted
        ? union(parts, wanted, batch, input) : chain(parts, wanted, batch, input)
    case .isNull(let part):
      return try nulls(part, wanted: wanted, batch, input)
    case .isNotNull(let part):
      return try nulls(part, wanted: !wanted, batch, input)
    case .known(let value, let part):
      return value == wanted ? try nulls(part, wanted: false, batch, input) : Selection.none
    case .compare(let op, let left, let right):
      let op = wanted ? op : op.negated
      if let literal = right.literal {
        return try test(left, .compare(op, literal), wanted: true, batch, input)
      }
      if let a = left.columnIndex, let b = right.columnIndex {
        return selectRows(
          batch.columns[a], op, batch.columns[b], among: input)
      }
      return try generic(where: wanted, batch, input)
    case .inList(let part, let values, let hasNull):
      if !wanted && hasNull { return Selection.none }
      return try test(part, .oneOf(values), wanted: wanted, batch, input)
    case .like(let part, let pattern):
      return try test(part, .like(pattern), wanted: wanted, batch, input)
    case .column(let index):
      return selectRows(
        batch.columns[index], .compare(.equal, .boolean(wanted)), wanted: true, among: input,
        isAligned: false)
    default: return try generic(where: wanted, batch, input)
    }
  }

  /// A test of one value against constants, the common case: no boolean column is written.
  private func test(
    _ part: BoundExpression, _ test: ValueTest, wanted: Bool, _ batch: ColumnBatch,
    _ input: Selection
  ) throws(ComputeError) -> Selection {
    if let index = part.columnIndex {
      return selectRows(
        batch.columns[index], test, wanted: wanted, among: input, isAligned: false)
    }
    let column = try part.evaluate(on: batch, input)
    return selectRows(column, test, wanted: wanted, among: input, isAligned: true)
  }

  private func chain(
    _ parts: [BoundExpression], _ wanted: Bool, _ batch: ColumnBatch, _ input: Selection
  ) throws(ComputeError) -> Selection {
    var left = input
    for part in parts where !left.isEmpty {
      left = try part.rows(where: wanted, of: batch, among: left)
    }
    return left
  }

  /// Rows that any part takes; each part only looks at what no earlier part took.
  private func union(
    _ parts: [BoundExpression], _ wanted: Bool, _ batch: ColumnBatch, _ input: Selection
  ) throws(ComputeError) -> Selection {
    var taken = Selection.none
    var open = input
    for part in parts where !open.isEmpty {
      let more = try part.rows(where: wanted, of: batch, among: open)
      if more.isEmpty { continue }
      taken = taken.merging(more)
      open = open.removing(more)
    }
    return taken.count == input.count ? input : taken
  }

  private func nulls(
    _ part: BoundExpression, wanted: Bool, _ batch: ColumnBatch, _ input: Selection
  ) throws(ComputeError) -> Selection {
    if let index = part.columnIndex {
      return selectNulls(
        batch.columns[index].validity, wanted: wanted, among: input, isAligned: false)
    }
    let column = try part.evaluate(on: batch, input)
    return selectNulls(column.validity, wanted: wanted, among: input, isAligned: true)
  }

  private func generic(
    where wanted: Bool, _ batch: ColumnBatch, _ input: Selection
  ) throws(ComputeError) -> Selection {
    let column = try evaluate(on: batch, input)
    return selectRows(
      column, .compare(.equal, .boolean(wanted)), wanted: true, among: input, isAligned: true)
  }
}

extension Selection {
  package static var none: Selection { .rows(Buffer()) }

  /// Both, in order. - Precondition: they have no row in common.
  func merging(_ other: Selection) -> Selection {
    guard case .rows(let a) = self, case .rows(let b) = other else {
      return isEmpty ? other : self
    }
    if a.count == 0 { return other }
    var output = BufferBuilder<UInt32>(capacity: a.count + b.count)
    let left = a.span
    let right = b.span
    var i = 0
    var j = 0
    while i < left.count && j < right.count {
      if left[i] < right[j] {
        output.append(left[i])
        i += 1
      } else {
        output.append(right[j])
        j += 1
      }
    }
    output.append(contentsOf: left.extracting(i..<left.count))
    output.append(contentsOf: right.extracting(j..<right.count))
    return .rows(output.freeze())
  }

  /// Without the rows of `other`, which are all among these.
  func removing(_ other: Selection) -> Selection {
    if other.count == count { return .none }
    guard case .rows(let gone) = other else { return self }
    if gone.count == 0 { return self }
    var output = BufferBuilder<UInt32>(capacity: count - gone.count)
    var next = 0
    func keep(_ row: UInt32, _ output: inout BufferBuilder<UInt32>) {
      if next < gone.count && gone[next] == row { next += 1 } else { output.append(row) }
    }
    switch self {
    case .all(let count): for row in 0..<count { keep(UInt32(row), &output) }
    case .rows(let rows): for index in 0..<rows.count { keep(rows[index], &output) }
    }
    return .rows(output.freeze())
  }

  /// The row indices, written out.
  package var rowIndices: Buffer<UInt32> {
    switch self {
    case .all(let count):
      var output = BufferBuilder<UInt32>(capacity: count)
      for row in 0..<count { output.append(UInt32(row)) }
      return output.freeze()
    case .rows(let rows): return rows
    }
  }
}
