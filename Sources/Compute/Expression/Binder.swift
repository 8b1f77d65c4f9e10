import Base
package import Columns

/// Builds bound expressions node by node, each from parts that are bound already.
///
/// `Expression.bind` walks through here, and so does the SQL planner, which adds the place in the
/// text when a node does not fit.
package struct Binder: Sendable {
  package let schema: Schema

  package init(_ schema: Schema) { self.schema = schema }

  // MARK: Leaves

  package func column(_ name: String) throws(ComputeError) -> BoundExpression {
    guard let index = schema.resolve(name) else {
      let matches = schema.names.filter { $0.lowercased() == name.lowercased() }
      if matches.count > 1 {
        throw .invalid(
          "column \"\(name)\" is ambiguous: " + matches.map { "\"\($0)\"" }.joined(separator: ", "))
      }
      throw ComputeError(
        .invalidArgument, "no column \"\(name)\"", hint: nameHint(for: name, among: schema.names))
    }
    try Binder.checkIsOne(name, schema, "the file", "columns")
    return BoundExpression(.column(index), schema.fields[index].type)
  }

  package static func literal(_ scalar: Scalar) -> BoundExpression {
    BoundExpression(.literal(scalar), scalar.naturalType)
  }

  /// `part.name`, a field of a struct.
  package static func field(
    _ part: BoundExpression, _ name: String
  ) throws(ComputeError) -> BoundExpression {
    guard case .structure(let fields) = part.type else {
      throw .invalid("no field \"\(name)\" in a \(part.type)", hint: "only a struct has fields")
    }
    let schema = Schema(fields)
    guard let index = schema.resolve(name) else {
      throw .invalid("no field \"\(name)\"", hint: nameHint(for: name, among: schema.names))
    }
    try checkIsOne(name, schema, "the struct", "fields")
    return BoundExpression(.field(part, index), fields[index].type)
  }

  /// Refuses a name that several columns of a file share: a table has no such schema, but Parquet
  /// allows it.
  private static func checkIsOne(
    _ name: String, _ schema: Schema, _ owner: String, _ parts: String
  ) throws(ComputeError) {
    let count = schema.fields.count { $0.name == name }
    guard count > 1 else { return }
    throw ComputeError(
      .corrupt, "\(owner) has \(count == 2 ? "two" : "\(count)") \(parts) \"\(name)\"",
      hint: "name the others instead of *: nothing can tell these apart")
  }

  // MARK: Logic

  package static func and(_ parts: [BoundExpression]) throws(ComputeError) -> BoundExpression {
    var flat: [BoundExpression] = []
    for part in parts {
      let part = try condition(part, of: "AND")
      if case .and(let inner) = part.node { flat += inner } else { flat.append(part) }
    }
    flat.removeAll { $0.literal == .boolean(true) }
    if flat.contains(where: { $0.literal == .boolean(false) }) { return .constant(false) }
    if flat.isEmpty { return .constant(true) }
    return flat.count == 1 ? flat[0] : BoundExpression(.and(flat), .boolean)
  }

  package static func or(_ parts: [BoundExpression]) throws(ComputeError) -> BoundExpression {
    var flat: [BoundExpression] = []
    for part in parts {
      let part = try condition(part, of: "OR")
      if case .or(let inner) = part.node { flat += inner } else { flat.append(part) }
    }
    flat.removeAll { $0.literal == .boolean(false) }
    if flat.contains(where: { $0.literal == .boolean(true) }) { return .constant(true) }
    if flat.isEmpty { return .constant(false) }
    return flat.count == 1 ? flat[0] : BoundExpression(.or(flat), .boolean)
  }

  package static func not(_ part: BoundExpression) throws(ComputeError) -> BoundExpression {
    let part = try condition(part, of: "NOT")
    switch part.node {
    case .literal(.boolean(let value)): return .constant(!value)
    case .not(let inner): return inner
    default: return BoundExpression(.not(part), .boolean)
    }
  }

  /// `part` as a truth value.
  package static func condition(
    _ part: BoundExpression, of place: String
  ) throws(ComputeError) -> BoundExpression {
    if part.isNullLiteral || part.type == .void {
      return BoundExpression(.literal(.null), .boolean)
    }
    guard part.type == .boolean else {
      throw .invalid("\(place) is true or false of a row, and this is of type \(part.type)")
    }
    return part
  }

  // MARK: Nulls

  package static func isNull(_ part: BoundExpression) throws(ComputeError) -> BoundExpression {
    if let scalar = part.literal { return .constant(scalar.isNull) }
    return BoundExpression(.isNull(part), .boolean)
  }

  package static func isNotNull(_ part: BoundExpression) throws(ComputeError) -> BoundExpression {
    if let scalar = part.literal { return .constant(!scalar.isNull) }
    return BoundExpression(.isNotNull(part), .boolean)
  }

  // MARK: Choices

  package static func choose(
    _ arms: [ConditionalValue<BoundExpression>], otherwise: BoundExpression?
  ) throws(ComputeError) -> BoundExpression {
    let last = otherwise ?? literal(.null)
    let type = try commonType(arms.map(\.value) + [last], of: "CASE")
    var bound: [ConditionalValue<BoundExpression>] = []
    for arm in arms {
      bound.append(
        try .init(
          condition: condition(arm.condition, of: "WHEN"), value: cast(arm.value, to: type)))
    }
    return BoundExpression(.choose(bound, otherwise: try cast(last, to: type)), type)
  }

  /// The type all of `parts` can be brought to. Literals adapt to the others where they fit.
  static func commonType(
    _ parts: [BoundExpression], of place: String
  ) throws(ComputeError) -> DataType {
    var type: DataType?
    let ordered = parts.filter { $0.literal == nil } + parts.filter { $0.literal != nil }
    for part in ordered where !part.isNullLiteral {
      guard let soFar = type else {
        type = part.type
        continue
      }
      if let scalar = part.literal, case .exact = LiteralFit.fit(scalar, into: soFar) { continue }
      if let scalar = part.literal, case .string(let text) = scalar,
        (try? Scalar.parse(text, as: soFar)) != nil
      {
        continue
      }
      guard let common = DataType.common(soFar, part.type) else {
        throw .invalid("\(place) mixes \(soFar) and \(part.type)", hint: "cast one of them")
      }
      type = common
    }
    return type ?? .integer
  }

  // MARK: Folding

  /// The literal that `expression` amounts to when all its parts are literals.
  static func folded(_ expression: BoundExpression) throws(ComputeError) -> BoundExpression {
    guard expression.literal == nil, expression.children.allSatisfy({ $0.literal != nil }) else {
      return expression
    }
    if case .column = expression.node { return expression }
    let row = ColumnBatch(schema: Schema([]), columns: [], rowCount: 1)
    let value = try expression.evaluate(on: row)[0]
    return BoundExpression(.literal(value), expression.type)
  }
}
