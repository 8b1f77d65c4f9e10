public import Delta

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
