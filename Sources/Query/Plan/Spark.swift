import Base
import Columns
import Compute

/// Where Spark's SQL and that of queries have the same words and do not mean the same: the types
/// that Spark gives, its rounding and its functions.
///
/// What would differ in a value is computed as Spark does, or refused. Where Spark has a null or an
/// error, as `spark.sql.ansi.enabled` says, for an overflow or a text that is no number, there is
/// an error.
struct Spark {
  /// Whether the result is stored, and not only compared: then every digit of it has to be Spark's.
  /// Conditions are computed with more digits than Spark has, where it rounds.
  let isStored: Bool

  /// The smallest of `int` and `bigint` that holds an integer.
  func literal(_ scalar: Scalar) -> BoundExpression {
    if case .integer(let value) = scalar, Int32(exactly: value) != nil {
      return BoundExpression(.literal(scalar), .integer)
    }
    return Binder.literal(scalar)
  }

  /// A node that is bound in another way than in queries; nil for the others.
  func bind(
    _ node: SQLExpression.Node, _ parts: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression? {
    switch node {
    case .negate: try Binder.cast(Binder.negate(parts[0]), to: parts[0].type)
    case .arithmetic(let op, let left, let right):
      try arithmetic(op, Operand(left, parts[0]), Operand(right, parts[1]))
    case .concatenate: try call("concat", parts)
    case .cast(_, let type, let isTry): try cast(parts[0], to: type, isTry: isTry)
    case .extract(let field, _): try Binder.cast(Binder.extract(field, parts[0]), to: .integer)
    default: nil
    }
  }

  private func unsupported(_ what: String) -> ComputeError {
    ComputeError(.unsupported, "\(what) is not supported")
  }

  // MARK: Numbers

  /// A part of an arithmetic expression.
  private struct Operand {
    let bound: BoundExpression
    /// Digits of a decimal, or of one that holds an integer; nil for what is neither. Those of the
    /// value for what is written as a literal: of what amounts to one, those of its type.
    let shape: (precision: Int, scale: Int)?

    init(_ node: SQLExpression?, _ bound: BoundExpression) {
      self.bound = bound
      if case .literal(.integer(let value)) = node?.node {
        shape = (String(value.magnitude).count, 0)
      } else {
        // Spark gives a bigint a digit more than it has.
        shape = bound.type == .long ? (20, 0) : bound.type.decimalShape
      }
    }
  }

  private func arithmetic(
    _ op: ArithmeticOperator, _ a: Operand, _ b: Operand
  ) throws(ComputeError) -> BoundExpression {
    let (left, right) = (a.bound, b.bound)
    let types = [left.type, right.type]
    if types.contains(.string) { throw unsupported("arithmetic with texts") }
    if isStored, types.contains(.float), !types.contains(.double) {
      throw unsupported("arithmetic in 32 bits")
    }
    if isStored, types == [.date, .date] {
      throw unsupported("the difference of dates but by datediff")
    }
    if left.type.isInteger && right.type.isInteger && op != .divide {
      return try Binder.cast(
        Binder.arithmetic(op, left, right), to: widest(left.type, right.type))
    }
    if isStored, types.contains(where: isDecimal), let first = a.shape, let second = b.shape {
      if op == .divide { return try quotient(left, first, right, second) }
      try checkDecimal(op, first, second)
    }
    return try Binder.arithmetic(op, left, right)
  }

  private func isDecimal(_ type: DataType) -> Bool {
    if case .decimal = type { true } else { false }
  }

  private func widest(_ left: DataType, _ right: DataType) -> DataType {
    let types: [DataType] = [.byte, .short, .integer, .long]
    return types.last { $0 == left || $0 == right } ?? .long
  }

  /// Of at least 6 digits after the point, which are fewer than the operands would have it where a
  /// decimal has not so many digits (Spark's DecimalPrecision).
  private func quotient(
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
  private func checkDecimal(
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
  /// on are made and read.
  func cast(
    _ part: BoundExpression, to type: DataType, isTry: Bool = false
  ) throws(ComputeError) -> BoundExpression {
    switch (part.type, type) {
    case (.float, .string) where isStored, (.double, .string) where isStored:
      throw unsupported("the text of a double")
    case (.decimal(_, let scale), .string) where isStored && scale > 6:
      throw unsupported("the text of a decimal with more than 6 digits after the point")
    case (let source, .string) where source.isNested: throw unsupported("the text of \(source)")
    case (.timestamp, .string), (.timestampNtz, .string):
      return try Binder.format(part, .timestamp)
    case (.float, .decimal), (.double, .decimal): throw unsupported("the decimal of a double")
    case (.long, .float), (.decimal, .float): throw unsupported("32 bits of a \(part.type)")
    case (.string, let whole) where whole.isInteger:
      if isTry { throw unsupported("try_cast of a text to an integer") }
      return try Binder.cast(Binder.integerText(part), to: type)
    case (.string, .date): return try Binder.cast(dateText(part), to: .date, isTry: isTry)
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

  /// The date that a text begins with, before a blank or a T and whatever comes then.
  private func dateText(_ text: BoundExpression) throws(ComputeError) -> BoundExpression {
    let text = try Binder.call("trim", [text])
    let hasTime = try Binder.or([
      Binder.like(text, pattern: "____-__-__ %", escape: nil),
      Binder.like(text, pattern: "____-__-__T%", escape: nil),
    ])
    let day = try Binder.call("substring", [text, literal(.integer(1)), literal(.integer(10))])
    return try Binder.choose([.init(condition: hasTime, value: day)], otherwise: text)
  }

  // MARK: Comparisons

  /// What a comparison compares: 32 bits are compared as 64 with anything else that has a point.
  func comparable(_ parts: [BoundExpression]) throws(ComputeError) -> [BoundExpression] {
    let hasNumbers = parts.contains { $0.type.isNumeric }
    for part in parts {
      guard hasNumbers, case .string(let text) = part.literal, Int64(text) == nil else { continue }
      throw unsupported("the comparison of a number with the text '\(text)'")
    }
    guard parts.contains(where: { $0.type == .float }),
      parts.contains(where: { $0.type == .double || isDecimal($0.type) })
    else { return parts }
    var compared: [BoundExpression] = []
    for part in parts {
      compared.append(part.type == .float ? try Binder.cast(part, to: .double) : part)
    }
    return compared
  }

  // MARK: Functions

  /// A call of a function as Spark computes it.
  func call(
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
        parts.append(try cast(argument, to: .string))
      }
      return try Binder.call(name, parts)
    case "length", "char_length", "character_length", "len":
      return try Binder.cast(Binder.call("length", arguments), to: .integer)
    default: return try Binder.call(name, arguments)
    }
  }

  /// Position 0 of a text counts as 1.
  private func position(
    _ position: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    guard position.type.isInteger else { return position }
    let one = literal(.integer(1))
    if let known = position.literal { return known == .integer(0) ? one : position }
    return try Binder.choose(
      [.init(condition: Binder.compare(.equal, position, literal(.integer(0))), value: one)],
      otherwise: position)
  }

  private func number(
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
      if isStored, value.type == .float || value.type == .double && arguments.count > 1 {
        throw unsupported("the rounding of a double to digits, or of 32 bits")
      }
      let bound = try Binder.call(name, arguments)
      guard bound.type == .double else { return bound }
      // A negative zero is none then.
      return try Binder.arithmetic(.add, bound, Binder.literal(.double(0)))
    case "nullif":
      if isStored, arguments.count == 2, value.type == .float, arguments[1].type != .float {
        throw unsupported("nullif of 32 bits and others")
      }
      return nil
    default: return nil
    }
  }

  // MARK: Dates

  /// Parts of dates and times that Spark's EXTRACT counts in another way.
  func fault(_ field: CalendarField) -> String? {
    switch field {
    case .second: "EXTRACT of seconds with their fraction is not supported"
    case .dayOfWeek: "EXTRACT of days of the week is not supported"
    default: nil
    }
  }

  private func date(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression? {
    let part = name == "dayofmonth" ? "day" : name
    if let field = CalendarField(rawValue: part), field != .week {
      let number = try Binder.cast(Binder.call(part, arguments), to: .integer)
      // Spark counts the days of a week from 1.
      return field == .dayOfWeek
        ? try arithmetic(.add, Operand(nil, number), Operand(nil, literal(.integer(1)))) : number
    }
    switch (name, arguments.count) {
    case ("date_part", 2):
      guard let field = unit(arguments[0]).flatMap(CalendarField.init(name:)) else { return nil }
      if let fault = fault(field) { throw ComputeError(.unsupported, fault) }
      return try Binder.cast(Binder.call(name, arguments), to: .integer)
    case ("to_date", 1), ("date", 1): return try cast(arguments[0], to: .date)
    case ("to_timestamp", 1): return try Binder.cast(arguments[0], to: .timestamp)
    case ("date_format", 2):
      guard let pattern = unit(arguments[1]) else {
        throw ComputeError(
          .invalidArgument, "date_format takes its pattern as a literal, such as 'yyyy-MM'")
      }
      return try Binder.format(arguments[0], DatePattern(pattern))
    case ("date_trunc", 2): return try start(arguments[0], of: instant(arguments[1]))
    case ("trunc", 2): return try start(arguments[1], of: cast(arguments[0], to: .date))
    case ("date_add", 2), ("date_sub", 2), ("dateadd", 2):
      let op: ArithmeticOperator = name == "date_sub" ? .subtract : .add
      return try arithmetic(
        op, Operand(nil, cast(arguments[0], to: .date)), Operand(nil, arguments[1]))
    case ("datediff", 2), ("date_diff", 2):
      let days = try Binder.arithmetic(
        .subtract, cast(arguments[0], to: .date), cast(arguments[1], to: .date))
      return try Binder.cast(days, to: .integer)
    default: return nil
    }
  }

  private func unit(_ part: BoundExpression) -> String? {
    if case .string(let text) = part.literal { text } else { nil }
  }

  /// What `date_trunc` takes: a time without zone would get that of whoever computes.
  private func instant(_ part: BoundExpression) throws(ComputeError) -> BoundExpression {
    guard part.type == .date || part.type == .timestamp else {
      throw unsupported("date_trunc of a \(part.type)")
    }
    return try Binder.cast(part, to: .timestamp)
  }

  private func start(
    _ unit: BoundExpression, of value: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    guard let name = self.unit(unit)?.uppercased() else {
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
