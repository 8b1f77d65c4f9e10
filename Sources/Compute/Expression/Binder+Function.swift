import Base
import Columns

extension Binder {
  /// Names that `call` knows, for hints and help.
  package static let functionNames: [String] =
    [
      "abs", "ceil", "coalesce", "concat", "contains", "date", "date_part", "date_trunc",
      "ends_with", "floor", "if", "ifnull", "left", "length", "lower", "ltrim", "nullif", "round",
      "rtrim", "starts_with", "substring", "trim", "upper",
    ] + CalendarField.allCases.filter { $0 != .week }.map(\.rawValue)

  /// A call of a scalar function by its name, in any case.
  package static func call(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression {
    let name = name.lowercased()
    if let field = CalendarField(rawValue: name), field != .week {
      try expect(arguments, 1...1, name)
      return try extract(field, arguments[0])
    }
    switch name {
    case "coalesce", "ifnull", "nvl", "nullif", "if", "iff":
      return try conditional(name, arguments)
    case "abs", "floor", "ceil", "ceiling", "round":
      return try numeric(name, arguments)
    case "date_trunc", "date_part", "date":
      return try calendar(name, arguments)
    default: return try text(name, arguments)
    }
  }

  private static func expect(
    _ arguments: [BoundExpression], _ count: ClosedRange<Int>, _ name: String
  ) throws(ComputeError) {
    if count.contains(arguments.count) { return }
    let wanted =
      count.upperBound == .max
      ? "at least \(count.lowerBound)"
      : count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
    throw .invalid(
      "\(name) takes \(wanted) argument\(wanted == "1" ? "" : "s"), not \(arguments.count)")
  }

  private static func conditional(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression {
    switch name {
    case "coalesce", "ifnull", "nvl":
      try expect(arguments, 1...Int.max, name)
      let type = try commonType(arguments, of: name)
      var arms: [ConditionalValue<BoundExpression>] = []
      for argument in arguments.dropLast() {
        let value = try cast(argument, to: type)
        arms.append(try .init(condition: isNotNull(value), value: value))
      }
      let last = try cast(arguments[arguments.count - 1], to: type)
      return arms.isEmpty ? last : BoundExpression(.choose(arms, otherwise: last), type)
    case "nullif":
      try expect(arguments, 2...2, name)
      let equal = try compare(.equal, arguments[0], arguments[1])
      let null = BoundExpression(.literal(.null), arguments[0].type)
      return try choose([.init(condition: equal, value: null)], otherwise: arguments[0])
    default:
      try expect(arguments, 2...3, name)
      return try choose(
        [.init(condition: arguments[0], value: arguments[1])],
        otherwise: arguments.count == 3 ? arguments[2] : nil)
    }
  }

  private static func numeric(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression {
    try expect(arguments, name == "round" ? 1...2 : 1...1, name)
    let value = arguments[0]
    if value.isNullLiteral { return value }
    guard value.type.isNumeric else {
      throw .invalid("\(name) needs a number, and this is a \(value.type)")
    }
    let exact = value.type.isInteger
    let wide = try cast(value, to: exact ? .long : value.type == .float ? .double : value.type)
    switch name {
    case "abs": return try folded(BoundExpression(.call(.absolute, [wide]), wide.type))
    case "floor", "ceil", "ceiling":
      if exact { return wide }
      let function: ScalarFunction = name == "floor" ? .floor : .ceiling
      return try folded(BoundExpression(.call(function, [wide]), rounded(wide.type, to: 0)))
    default:
      var digits: Int64 = 0
      if arguments.count == 2 {
        guard case .integer(let given) = arguments[1].literal, (0...38).contains(given) else {
          throw .invalid("round takes its number of digits as a literal from 0 to 38")
        }
        digits = given
      }
      if exact { return wide }
      let type = rounded(wide.type, to: Int(digits))
      return try folded(BoundExpression(.call(.round(digits: Int(digits)), [wide]), type))
    }
  }

  /// A decimal loses digits after the point and may gain one before it; a double stays one.
  private static func rounded(_ type: DataType, to digits: Int) -> DataType {
    guard case .decimal(let precision, let scale) = type, digits < scale else { return type }
    return .decimal(
      precision: min(DataType.maxDecimalPrecision, precision - scale + digits + 1), scale: digits)
  }

  private static func calendar(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression {
    if name == "date" {
      try expect(arguments, 1...1, name)
      return try cast(arguments[0], to: .date)
    }
    try expect(arguments, 2...2, name)
    guard case .string(let unit) = arguments[0].literal else {
      throw .invalid("\(name) takes its unit as a literal, such as 'month'")
    }
    guard let field = CalendarField(name: unit) else {
      throw ComputeError(
        .invalidArgument, "\(name) has no unit '\(unit)'",
        hint: nameHint(for: unit, among: CalendarField.allCases.map(\.rawValue)))
    }
    if name == "date_part" { return try extract(field, arguments[1]) }
    let value = try temporal(arguments[1], name)
    guard field != .dayOfWeek, field != .dayOfYear else {
      throw .invalid("date_trunc has no unit '\(unit)'")
    }
    if value.type == .date && field.isTimeOfDay { return value }
    return try folded(BoundExpression(.call(.truncate(field), [value]), value.type))
  }

  /// `EXTRACT(field FROM value)`.
  package static func extract(
    _ field: CalendarField, _ value: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    guard field != .week else {
      throw ComputeError(
        .unsupported, "week numbers are not supported", hint: "use date_trunc('week', …)")
    }
    if value.type.isTimeOfDay && field.isTimeOfDay {
      return try folded(BoundExpression(.call(.extract(field), [cast(value, to: .time)]), .long))
    }
    let value = try temporal(value, field.rawValue)
    return try folded(BoundExpression(.call(.extract(field), [value]), .long))
  }

  /// The text of an integer, which one with a point or an exponent is not.
  package static func integerText(
    _ text: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    try folded(BoundExpression(.call(.integerText, [text]), .string))
  }

  /// A date or time stamp as text.
  package static func format(
    _ value: BoundExpression, _ pattern: DatePattern
  ) throws(ComputeError) -> BoundExpression {
    let value = try temporal(value, "date_format")
    let instant = value.type == .date ? try cast(value, to: .timestamp) : value
    return try folded(BoundExpression(.call(.format(pattern), [instant]), .string))
  }

  private static func temporal(
    _ value: BoundExpression, _ name: String
  ) throws(ComputeError) -> BoundExpression {
    if value.isNullLiteral { return BoundExpression(.literal(.null), .date) }
    if case .string(let text) = value.literal {
      return literal(try Scalar.parse(text, as: text.utf8.count > 10 ? .timestamp : .date))
    }
    guard value.type == .date || value.type.isTimestamp else {
      throw .invalid("\(name) needs a date or time stamp, and this is a \(value.type)")
    }
    if value.type.isNanos {  // The functions count microseconds.
      return try cast(value, to: value.type == .timestampNanos ? .timestamp : .timestampNtz)
    }
    return value
  }

  private static func text(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression {
    func build(
      _ function: ScalarFunction, _ count: ClosedRange<Int>, _ type: DataType = .string
    ) throws(ComputeError) -> BoundExpression {
      try expect(arguments, count, name)
      var parts: [BoundExpression] = []
      for argument in arguments { parts.append(try string(argument, name)) }
      return try folded(BoundExpression(.call(function, parts), type))
    }
    switch name {
    case "upper", "ucase": return try build(.upper, 1...1)
    case "lower", "lcase": return try build(.lower, 1...1)
    case "concat", "||":
      var parts: [BoundExpression] = []
      try expect(arguments, 1...Int.max, name)
      for argument in arguments { parts.append(try cast(argument, to: .string)) }
      return try folded(BoundExpression(.call(.concatenate, parts), .string))
    case "trim": return try build(.trim, 1...1)
    case "ltrim": return try build(.trimStart, 1...1)
    case "rtrim": return try build(.trimEnd, 1...1)
    case "starts_with", "startswith", "prefix": return try build(.startsWith, 2...2, .boolean)
    case "ends_with", "endswith", "suffix": return try build(.endsWith, 2...2, .boolean)
    case "contains": return try build(.contains, 2...2, .boolean)
    case "length", "char_length", "len":
      try expect(arguments, 1...1, name)
      if arguments[0].type == .binary {
        return try folded(BoundExpression(.call(.length, arguments), .long))
      }
      return try build(.length, 1...1, .long)
    case "substring", "substr", "left":
      return try substring(name, arguments)
    default:
      throw ComputeError(
        .invalidArgument, "no function \"\(name)\"", hint: nameHint(for: name, among: functionNames)
      )
    }
  }

  private static func substring(
    _ name: String, _ arguments: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression {
    try expect(arguments, name == "left" ? 2...2 : 2...3, name)
    var parts = [try string(arguments[0], name)]
    if name == "left" { parts.append(literal(.integer(1))) }
    parts += arguments.dropFirst()
    for index in 1..<parts.count {
      guard parts[index].type.isInteger else { throw .invalid("\(name) counts in integers") }
      parts[index] = try cast(parts[index], to: .long)
    }
    return try folded(BoundExpression(.call(.substring, parts), .string))
  }

  private static func string(
    _ part: BoundExpression, _ name: String
  ) throws(ComputeError) -> BoundExpression {
    if part.isNullLiteral { return BoundExpression(.literal(.null), .string) }
    guard part.type == .string else {
      throw .invalid(
        "\(name) needs a string, and this is a \(part.type)", hint: "cast it to string")
    }
    return part
  }
}
