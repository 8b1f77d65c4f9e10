import Columns

// First records that hold values and may be names all the same: `404`, `true` and `2019` are over
// text, and so what they are not.
//
//     id,name,404,joined         a name over numbers: a header
//     0,Ann,low,yes
//     1,Bob,mid,no
//
//     student,1,2                nothing but text below: a row, and a load tells of it
//     Ann,A,B
extension HeaderDetector {
  /// Records below the first that have to be unlike it, at least.
  private static let unlikeRecordsMin = 3

  /// Whether no column below one of the record's values has a value, and all else it has is names.
  func hasUnlikeValues(_ first: Record, _ body: [Record]) -> Bool {
    let cells = first.cells
    let named = cells.indices.filter { !fields.isNull(cells[$0]) && !fields.isTyped(cells[$0]) }
    return cells.count == fieldCount && body.count >= HeaderDetector.unlikeRecordsMin
      && !named.isEmpty
      && named.allSatisfy { isName(cells[$0]) && !isAlike(cells[$0], $0, body) }
      && cells.indices.allSatisfy { !fields.isTyped(cells[$0]) || isText(column: $0, body) }
      && areDifferent(cells.filter { !fields.isNull($0) })
  }

  /// The name that stands over values of a type, if one does, and that type.
  func nameOverValues(_ first: Record, _ body: [Record]) -> (name: String, type: DataType)? {
    for (column, cell) in first.cells.enumerated()
    where !fields.isNull(cell) && !fields.isTyped(cell) {
      if let type = typeOfColumn(column, body), type != .string { return (fields.text(cell), type) }
    }
    return nil
  }

  /// Whether a column has texts, and no values.
  private func isText(column: Int, _ body: [Record]) -> Bool {
    let cells = body.lazy.map { $0.cells[column] }.filter { !fields.isNull($0) }
    return !cells.isEmpty && !cells.contains(where: fields.isTyped)
  }
}
