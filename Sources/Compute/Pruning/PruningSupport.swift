import Columns

extension Column {
  /// One row holding `value`, if it is a value that a column of `type` can hold: statistics come
  /// from files and may be of any type.
  static func one(_ value: Scalar, _ type: DataType) throws(ComputeError) -> Column {
    guard type.physical != nil else { throw .invalid("no values of \(type)") }
    switch LiteralFit.fit(value, into: type) {
    case .exact(let fitted): return Column(type, [fitted])
    case nil where value.isNull: return Column(type, [.null])
    default: throw .overflow(value.description, type)
    }
  }
}

extension BoundExpression {
  /// The same node with one direct part exchanged, for nodes of one or two operands.
  func replacingChild(_ index: Int, with part: BoundExpression) -> BoundExpression {
    let node: Node =
      switch node {
      case .cast(_, let isTry): .cast(part, isTry: isTry)
      case .negate: .negate(part)
      case .field(_, let index): .field(part, index)
      case .arithmetic(let op, let left, let right):
        .arithmetic(op, index == 0 ? part : left, index == 1 ? part : right)
      case .call(let function, var parts):
        { () -> Node in
          parts[index] = part
          return .call(function, parts)
        }()
      default: node
      }
    return BoundExpression(node, type)
  }

  /// The column whose values these are, as they are or as wider integers.
  var plainColumn: Int? {
    if let columnIndex { return columnIndex }
    if case .cast(let part, _) = node, let narrow = part.type.integerRange,
      let wide = type.integerRange, narrow.clamped(to: wide) == narrow
    {
      return part.columnIndex
    }
    return nil
  }

  /// The type of the column at `index`, if the expression reads it.
  func typeOfColumn(_ index: Int) -> DataType? {
    if columnIndex == index { return type }
    for child in children {
      if let type = child.typeOfColumn(index) { return type }
    }
    return nil
  }
}
