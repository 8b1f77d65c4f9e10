public import Delta
import JSON

/// A report as data: what `--format json` prints, with names that scripts may rely on.
public indirect enum ReportValue: Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case list([ReportValue])
  /// A list of strings that are made while they are printed.
  case paths(PathList)
  /// In the order to print.
  case object([(name: String, value: ReportValue)])

  public static func count(_ value: Int) -> ReportValue { .integer(Int64(value)) }
  public static func optional(_ text: String?) -> ReportValue { text.map { .string($0) } ?? .null }
  public static func optional(_ value: Int64?) -> ReportValue {
    value.map { .integer($0) } ?? .null
  }
  public static func strings(_ values: [String]) -> ReportValue {
    .list(values.map { .string($0) })
  }
}

extension ReportValue {
  /// A value that somebody else wrote. Integers past 64 bits become the nearest double.
  init(_ json: JSONValue) {
    switch json.kind {
    case .null: self = .null
    case .boolean: self = .boolean(json.boolean ?? false)
    case .number: self = json.int64.map { .integer($0) } ?? .number(json.double ?? .nan)
    case .string: self = .string(json.string ?? "")
    case .array: self = .list(json.elements.map { ReportValue($0) })
    case .object: self = .object(json.members.map { ($0.name, ReportValue($0.value)) })
    }
  }

  /// A metric of a commit: writers have numbers as text.
  public static func metric(_ text: String) -> ReportValue {
    if let integer = Int64(text) { return .integer(integer) }
    let isDecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) || [0x2D, 0x2E].contains($0) }
    return isDecimal ? Double(text).map { .number($0) } ?? .string(text) : .string(text)
  }
}
