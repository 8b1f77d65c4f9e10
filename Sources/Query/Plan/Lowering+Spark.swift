import Base
import Columns
import Compute

// Where Spark's SQL and that of queries have the same words and do not mean the same.

extension Lowering {
  /// A call of a function as Spark computes it.
  static func sparkCall(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression {
    switch name {
    case "substring", "substr":
      guard arguments.count > 1 else { return try Binder.call(name, arguments) }
      var arguments = arguments
      arguments[1] = try sparkPosition(arguments[1])
      return try Binder.call(name, arguments)
    case "dayofweek":
      // Spark counts the days of a week from 1.
      return try Binder.arithmetic(.add, Binder.call(name, arguments), .integer(1))
    case "date_part":
      if case .string(let part)? = arguments.first?.literal, let field = CalendarField(name: part),
        let fault = sparkFault(field)
      {
        throw ComputeError(.unsupported, fault)
      }
      return try Binder.call(name, arguments)
    default: return try Binder.call(name, arguments)
    }
  }

  /// Position 0 of a text counts as 1.
  private static func sparkPosition(
    _ position: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    guard position.type.isInteger else { return position }
    if let literal = position.literal { return literal == .integer(0) ? .integer(1) : position }
    return try Binder.choose(
      [.init(condition: Binder.compare(.equal, position, .integer(0)), value: .integer(1))],
      otherwise: position)
  }

  /// Parts of dates and times that Spark's EXTRACT counts in another way.
  private static func sparkFault(_ field: CalendarField) -> String? {
    switch field {
    case .second: "EXTRACT of seconds with their fraction is not supported"
    case .dayOfWeek: "EXTRACT of days of the week is not supported"
    default: nil
    }
  }

  func checkSparkPart(_ field: CalendarField, _ expression: SQLExpression) throws(QueryError) {
    guard let fault = Lowering.sparkFault(field) else { return }
    throw QueryError(.unsupported, fault, at: statement.position(expression.range))
  }

  /// Spark's LIKE escapes wildcards and the escape character, and refuses any other.
  func checkSparkPattern(
    _ pattern: String, _ escape: Character?, _ expression: SQLExpression
  ) throws(QueryError) {
    guard let escape = escape?.unicodeScalars.first else { return }
    var scalars = pattern.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == escape else { continue }
      let escaped = scalars.next()
      if let escaped, escaped == "%" || escaped == "_" || escaped == escape { continue }
      throw QueryError(
        .unsupported, "the LIKE pattern '\(pattern)' escapes what is no wildcard",
        at: statement.position(expression.range))
    }
  }
}

extension BoundExpression {
  fileprivate static func integer(_ value: Int64) -> BoundExpression {
    BoundExpression(.literal(.integer(value)), .long)
  }
}
