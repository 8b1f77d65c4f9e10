/// The columns that a scan is to give, and which fields of their structs anybody looks at:
///
///   SELECT id, customer.name, customer.address.city
///
///   positions  [0, 4]
///   fields     [4: [[0], [2, 1]]]    `name` is field 0 of column 4, `address` field 2
package struct ScanColumns: Sendable, Equatable {
  /// In the source's schema, each once.
  package var positions: [Int]
  /// By column, paths of positions of fields. A column that is not in it is needed whole. Fields
  /// that no path leads to or starts with may be given as nulls.
  package var fields: [Int: Set<[Int]>]

  package init(_ positions: [Int], fields: [Int: Set<[Int]>] = [:]) {
    self.positions = positions
    self.fields = fields
  }

  /// What some expressions read, in the order of the schema.
  package init(readBy expressions: [BoundExpression]) {
    var whole: Set<Int> = []
    var fields: [Int: Set<[Int]>] = [:]
    func collect(_ expression: BoundExpression) {
      if let path = expression.fieldPath {
        if path.count == 1 {
          whole.insert(path[0])
        } else {
          fields[path[0], default: []].insert(Array(path.dropFirst()))
        }
        return
      }
      for child in expression.children { collect(child) }
    }
    for expression in expressions { collect(expression) }
    positions = whole.union(fields.keys).sorted()
    self.fields = fields.filter { !whole.contains($0.key) }
  }
}
