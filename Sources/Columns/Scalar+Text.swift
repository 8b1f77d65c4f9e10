import Base

extension Scalar: CustomStringConvertible {
  /// As a person or a CSV file writes it. Null is empty; instants end in `Z`; structs, arrays and
  /// maps are JSON.
  public var description: String { text(as: nil) }

  /// The value as JSON (RFC 8259). What JSON has no number for is text: NaN and the infinities,
  /// dates, times, binaries (hexadecimal). Keys of maps are text; they may repeat.
  public var jsonText: String { jsonText(as: nil) }
}

extension Scalar {
  /// The description of a value of a column of `type`. A scalar holds a float as a double; the
  /// type tells that fewer digits are enough.
  public func text(as type: DataType?) -> String {
    switch self {
    case .null: ""
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .double(let value) where type == .float: floatText(Float(value))
    case .double(let value): doubleText(value)
    case .decimal(let unscaled, let scale): decimalText(unscaled, scale: scale)
    case .string(let value): value
    case .binary(let bytes): hexText(bytes)
    case .date(let days): CivilDate(daysSinceEpoch: Int(days)).text
    case .timestamp(let micros): CivilTime(microsSinceEpoch: micros).text(separator: "T", zone: "Z")
    case .timestampNtz(let micros): CivilTime(microsSinceEpoch: micros).text(separator: "T")
    case .timestampNanos(let nanos): nanosText(nanos) + "Z"
    case .timestampNtzNanos(let nanos): nanosText(nanos)
    case .time(let micros): timeText(nanos: micros.multipliedSaturated(by: 1000))
    case .timeNanos(let nanos): timeText(nanos: nanos)
    case .uuid(let bytes): uuidText(bytes)
    case .interval(let months, let days, let millis):
      intervalText(months: months, days: days, millis: millis)
    case .structure, .array, .map: jsonText(as: type)
    }
  }

  /// The JSON text of a value of a column of `type`.
  public func jsonText(as type: DataType?) -> String {
    switch self {
    case .null: "null"
    case .double(let value) where !value.isFinite: jsonQuoted(doubleText(value))
    case .boolean, .integer, .double, .decimal: text(as: type)
    case .structure(let fields): structureText(fields, type)
    case .array(let elements):
      "[" + elements.map { $0.jsonText(as: type?.element) }.joined(separator: ",") + "]"
    case .map(let entries): mapText(entries, type)
    default: jsonQuoted(text(as: type))
    }
  }

  private func structureText(_ values: [NamedScalar], _ type: DataType?) -> String {
    var types: [DataType?] = values.map { _ in nil }
    if case .structure(let fields) = type, fields.count == values.count {
      types = fields.map(\.type)
    }
    let members = zip(values, types).map { value, type in
      jsonQuoted(value.name) + ":" + value.value.jsonText(as: type)
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  private func mapText(_ entries: [ScalarEntry], _ type: DataType?) -> String {
    var types: (key: DataType?, value: DataType?) = (nil, nil)
    if case .map(let key, let value, _) = type { types = (key, value) }
    let members = entries.map { entry in
      jsonQuoted(entry.key.text(as: types.key)) + ":" + entry.value.jsonText(as: types.value)
    }
    return "{" + members.joined(separator: ",") + "}"
  }
}

extension DataType {
  /// Of an array.
  fileprivate var element: DataType? {
    if case .array(let element, _) = self { element } else { nil }
  }
}

extension Scalar {
  /// Months, days and milliseconds, each a little-endian UInt32; null unless there are 12 bytes.
  package init(intervalBytes bytes: [UInt8]) {
    guard bytes.count == 12 else {
      self = .null
      return
    }
    func part(_ index: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[index * 4 + $1]) << UInt32(8 * $1) }
    }
    self = .interval(months: part(0), days: part(1), millis: part(2))
  }

  package static func intervalBytes(months: UInt32, days: UInt32, millis: UInt32) -> [UInt8] {
    [months, days, millis].flatMap { part in
      (0..<4).map { UInt8(truncatingIfNeeded: part >> UInt32(8 * $0)) }
    }
  }
}

private func hexText(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`: RFC 9562, section 4.
package func uuidText(_ bytes: [UInt8]) -> String {
  guard bytes.count == 16 else { return hexText(bytes) }
  return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { hexText(bytes[$0]) }.joined(separator: "-")
}

/// `hh:mm:ss[.fffffffff]`, without trailing zeros.
private func timeText(nanos: Int64) -> String {
  let seconds = Int(nanos / 1_000_000_000)
  let time =
    padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
  return time + fractionText(Int(nanos % 1_000_000_000))
}

private func nanosText(_ nanos: Int64) -> String {
  let (seconds, rest) = nanos.quotientAndRemainder(dividingBy: 1_000_000_000)
  let fraction = Int(rest < 0 ? rest + 1_000_000_000 : rest)
  // No overflow: seconds are a billionth of the range.
  let micros = (seconds - (rest < 0 ? 1 : 0)) * 1_000_000
  return CivilTime(microsSinceEpoch: micros).text(separator: "T") + fractionText(fraction)
}

private func fractionText(_ nanos: Int) -> String {
  if nanos == 0 { return "" }
  var digits = padded(nanos, 9)
  while digits.hasSuffix("0") { digits.removeLast() }
  return "." + digits
}

/// ISO 8601: `P14M3DT1.5S`, `P0D`.
private func intervalText(months: UInt32, days: UInt32, millis: UInt32) -> String {
  var text = "P"
  if months > 0 { text += "\(months)M" }
  if days > 0 { text += "\(days)D" }
  if millis > 0 {
    text += "T\(millis / 1000)" + fractionText(Int(millis % 1000) * 1_000_000) + "S"
  }
  return text == "P" ? "P0D" : text
}

/// `text` as a JSON string, RFC 8259, section 7: quotes, backslashes and control characters
/// escaped, the rest as it is.
package func jsonQuoted(_ text: String) -> String {
  var output = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": output += "\\\""
    case "\\": output += "\\\\"
    case "\n": output += "\\n"
    case "\r": output += "\\r"
    case "\t": output += "\\t"
    case _ where scalar.value < 0x20:
      output += "\\u00" + hexText([UInt8(truncatingIfNeeded: scalar.value)])
    default: output.unicodeScalars.append(scalar)
    }
  }
  return output + "\""
}
