import Base
import Columns
import Compute

/// Where Spark's SQL and that of queries have the same words and do not mean the same: the types
/// that Spark gives, its rounding and its functions.
///
/// What would differ in a value is computed as Spark does, or refused. Where Spark has a null or an
/// error, as `spark.sql.ansi.enabled` says, for an overflow or a text that is no number, there is
/// an error.
enum Spark {
  /// The smallest of `int` and `bigint` that holds an integer.
  static func literal(_ scalar: Scalar) -> BoundExpression {
    if case .integer(let value) = scalar, Int32(exactly: value) != nil {
      return BoundExpression(.literal(scalar), .integer)
    }
    return Binder.literal(scalar)
  }

  /// A node that is bound in another way than in queries; nil for the others.
  static func bind(
    _ node: SQLExpression.Node, _ parts: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression? {
    switch node {
    case .negate: try Binder.cast(Binder.negate(parts[0]), to: parts[0].type)
    case .arithmetic(let op, _, _): try arithmetic(op, parts[0], parts[1])
    case .concatenate: try call("concat", parts)
    case .cast(_, let type, let isTry): try cast(parts[0], to: type, isTry: isTry)
    case .extract(let field, _): try Binder.cast(Binder.extract(field, parts[0]), to: .integer)
    default: nil
    }
  }

  private static func unsupported(_ what: String) -> ComputeError {
    ComputeError(.unsupported, "\(what) is not supported")
  }

  // MARK: Numbers

  private static func arithmetic(
    _ op: ArithmeticOperator, _ left: BoundExpression, _ right: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    let types = [left.type, right.type]
    if types.contains(.string) {
      throw unsupported("arithmetic with texts")
    }
    if types.contains(.float), !types.contains(.double) {
      throw unsupported("arithmetic in 32 bits")
    }
    if types == [.date, .date] { throw unsupported("the difference of dates but by datediff") }
    if left.type.isInteger && right.type.isInteger && op != .divide {
      return try Binder.cast(
        Binder.arithmetic(op, left, right), to: widest(left.type, right.type))
    }
    if types.contains(where: isDecimal), let a = decimalShape(left), let b = decimalShape(right) {
      if op == .divide { return try quotient(left, a, right, b) }
      try checkDecimal(op, a, b)
    }
    return try Binder.arithmetic(op, left, right)
  }

  private static func isDecimal(_ type: DataType) -> Bool {
    if case .decimal = type { true } else { false }
  }

  private static func widest(_ left: DataType, _ right: DataType) -> DataType {
    let types: [DataType] = [.byte, .short, .integer, .long]
    return types.last { $0 == left || $0 == right } ?? .long
  }

  /// Digits of a decimal, or of one that holds an integer; nil for what is neither.
  private static func decimalShape(_ part: BoundExpression) -> (precision: Int, scale: Int)? {
    if case .integer(let value) = part.literal { return (String(value.magnitude).count, 0) }
    return switch part.type {
    case .decimal(let precision, let scale): (precision, scale)
    case .byte: (3, 0)
    case .short: (5, 0)
    case .integer: (10, 0)
    case .long: (20, 0)
    default: nil
    }
  }

  /// Of at least 6 digits after the point, which are fewer than the operands would have it where a
  /// decimal has not so many digits (Spark's DecimalPrecision).
  private static func quotient(
    _ left: BoundExpression, _ a: (precision: Int, scale: Int),
    _ right: BoundExpression, _ b: (precision: Int, scale: Int)
  ) throws(ComputeError) -> BoundExpression {
    let most = DataType.maxDecimalPrecision
    var scale = max(6, a.scale + b.precision + 1)
    let whole = a.precision - a.scale + b.scale
    if whole + scale > most { scale = max(most - whole, min(scale, 6)) }
    // The dividend has the digits of both, so that integers divide.
    guard a.precision - a.scale + scale + b.scale <= most else {
      throw unsupported("a quotient of so many digits")
    }
    let quotient = try Binder.quotient(left, right, divisorScale: b.scale, scale: scale)
    return try Binder.cast(quotient, to: .decimal(precision: whole + scale, scale: scale))
  }

  /// Spark rounds sums and products of more digits than there are.
  private static func checkDecimal(
    _ op: ArithmeticOperator, _ left: (precision: Int, scale: Int),
    _ right: (precision: Int, scale: Int)
  ) throws(ComputeError) {
    let whole = max(left.precision - left.scale, right.precision - right.scale)
    let digits =
      switch op {
      case .multiply: left.precision + right.precision + 1
      case .add, .subtract: whole + max(left.scale, right.scale) + 1
      case .divide, .remainder: whole + max(left.scale, right.scale)
      }
    if digits > DataType.maxDecimalPrecision { throw unsupported("a decimal that is rounded") }
  }

  /// Numbers are cut off at the point, not rounded, and only texts that the versions of Spark agree
  /// on are made.
  private static func cast(
    _ part: BoundExpression, to type: DataType, isTry: Bool
  ) throws(ComputeError) -> BoundExpression {
    switch (part.type, type) {
    case (.float, .string), (.double, .string): throw unsupported("the text of a double")
    case (.decimal(_, let scale), .string) where scale > 6:
      throw unsupported("the text of a decimal with more than 6 digits after the point")
    case (.timestamp, .string), (.timestampNtz, .string):
      return try Binder.format(part, .timestamp)
    case (.float, _) where type.isInteger, (.double, _) where type.isInteger,
      (.decimal, _) where type.isInteger:
      let isNegative = try Binder.compare(.less, part, literal(.integer(0)))
      let whole = try Binder.choose(
        [.init(condition: isNegative, value: Binder.call("ceil", [part]))],
        otherwise: Binder.call("floor", [part]))
      return try Binder.cast(whole, to: type, isTry: isTry)
    default: return try Binder.cast(part, to: type, isTry: isTry)
    }
  }

  // MARK: Functions

  /// A call of a function as Spark computes it.
  static func call(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression {
    if let bound = try number(name, arguments) { return bound }
    if let bound = try date(name, arguments) { return bound }
    switch name {
    case "substring", "substr":
      guard arguments.count > 1 else { return try Binder.call(name, arguments) }
      var arguments = arguments
      arguments[1] = try position(arguments[1])
      return try Binder.call(name, arguments)
    case "concat":
      var parts: [BoundExpression] = []
      for argument in arguments {
        if argument.type == .binary { throw unsupported("concat of binary values") }
        parts.append(try cast(argument, to: .string, isTry: false))
      }
      return try Binder.call(name, parts)
    case "length", "char_length", "character_length", "len":
      return try Binder.cast(Binder.call("length", arguments), to: .integer)
    default: return try Binder.call(name, arguments)
    }
  }

  /// Position 0 of a text counts as 1.
  private static func position(
    _ position: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    guard position.type.isInteger else { return position }
    let one = literal(.integer(1))
    if let known = position.literal { return known == .integer(0) ? one : position }
    return try Binder.choose(
      [.init(condition: Binder.compare(.equal, position, literal(.integer(0))), value: one)],
      otherwise: position)
  }

  private static func number(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression? {
    guard let value = arguments.first else { return nil }
    switch name {
    case "abs": return try Binder.cast(Binder.call(name, arguments), to: value.type)
    case "floor", "ceil", "ceiling":
      let bound = try Binder.call(name, arguments)
      return bound.type == .double ? try Binder.cast(bound, to: .long) : bound
    case "round":
      if value.type.isInteger {
        return try Binder.cast(Binder.call(name, arguments), to: value.type)
      }
      if value.type == .float || value.type == .double && arguments.count > 1 {
        throw unsupported("the rounding of a double to digits after the point")
      }
      return try Binder.call(name, arguments)
    default: return nil
    }
  }

  // MARK: Dates

  /// Parts of dates and times that Spark's EXTRACT counts in another way.
  static func fault(_ field: CalendarField) -> String? {
    switch field {
    case .second: "EXTRACT of seconds with their fraction is not supported"
    case .dayOfWeek: "EXTRACT of days of the week is not supported"
    default: nil
    }
  }

  private static func date(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression? {
    let part = name == "dayofmonth" ? "day" : name
    if let field = CalendarField(rawValue: part), field != .week {
      let number = try Binder.cast(Binder.call(part, arguments), to: .integer)
      // Spark counts the days of a week from 1.
      return field == .dayOfWeek
        ? try arithmetic(.add, number, literal(.integer(1))) : number
    }
    switch (name, arguments.count) {
    case ("date_part", 2):
      guard let field = unit(arguments[0]).flatMap(CalendarField.init(name:)) else { return nil }
      if let fault = fault(field) { throw ComputeError(.unsupported, fault) }
      return try Binder.cast(Binder.call(name, arguments), to: .integer)
    case ("to_date", 1): return try Binder.cast(arguments[0], to: .date)
    case ("to_timestamp", 1): return try Binder.cast(arguments[0], to: .timestamp)
    case ("date_format", 2):
      guard let pattern = unit(arguments[1]) else {
        throw ComputeError(
          .invalidArgument, "date_format takes its pattern as a literal, such as 'yyyy-MM'")
      }
      return try Binder.format(arguments[0], DatePattern(pattern))
    case ("date_trunc", 2): return try start(arguments[0], of: instant(arguments[1]))
    case ("trunc", 2): return try start(arguments[1], of: Binder.cast(arguments[0], to: .date))
    case ("date_add", 2), ("date_sub", 2), ("dateadd", 2):
      let op: ArithmeticOperator = name == "date_sub" ? .subtract : .add
      return try arithmetic(op, Binder.cast(arguments[0], to: .date), arguments[1])
    case ("datediff", 2), ("date_diff", 2):
      let days = try Binder.arithmetic(
        .subtract, Binder.cast(arguments[0], to: .date), Binder.cast(arguments[1], to: .date))
      return try Binder.cast(days, to: .integer)
    default: return nil
    }
  }

  private static func unit(_ part: BoundExpression) -> String? {
    if case .string(let text) = part.literal { text } else { nil }
  }

  /// What `date_trunc` takes: a time without zone would get that of whoever computes.
  private static func instant(_ part: BoundExpression) throws(ComputeError) -> BoundExpression {
    guard part.type == .date || part.type == .timestamp else {
      throw unsupported("date_trunc of a \(part.type)")
    }
    return try Binder.cast(part, to: .timestamp)
  }

  private static func start(
    _ unit: BoundExpression, of value: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    guard let name = Spark.unit(unit)?.uppercased() else {
      throw ComputeError(
        .invalidArgument, "the start of a unit takes it as a literal, such as 'MONTH'")
    }
    let field: CalendarField? =
      switch name {
      case "YEAR", "YYYY", "YY": .year
      case "QUARTER": .quarter
      case "MONTH", "MM", "MON": .month
      case "WEEK": .week
      case "DAY" where value.type == .timestamp, "DD" where value.type == .timestamp: .day
      case "HOUR" where value.type == .timestamp: .hour
      case "MINUTE" where value.type == .timestamp: .minute
      case "SECOND" where value.type == .timestamp: .second
      default: nil
      }
    guard let field else { throw unsupported("the start of a unit '\(name)'") }
    return try Binder.call("date_trunc", [Binder.literal(.string(field.rawValue)), value])
  }
}
