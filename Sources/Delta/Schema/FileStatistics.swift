// A file's statistics as the log holds them, one JSON text a file: Delta protocol
// (PROTOCOL.md), "Per-file Statistics".
//
//   {"numRecords":N,"minValues":{"a":V},"maxValues":{"a":V},"nullCount":{"a":N},"tightBounds":true}
//
// Writers cut strings to a prefix and time stamps to milliseconds, so those bounds are widened here
// before anything is pruned by them.
public import Columns
import JSON

/// What is known about a file without opening it. Top-level columns only.
public struct FileStatistics: Sendable, Equatable {
  /// Rows in the file, deleted ones included.
  public var rowCount: Int64?
  /// By column name; a column that is missing is unknown.
  public var columns: [String: ColumnStatistics]

  public init(rowCount: Int64? = nil, columns: [String: ColumnStatistics] = [:]) {
    self.rowCount = rowCount
    self.columns = columns
  }
}

extension AddFile {
  /// The statistics of the columns of `schema`; nil where there are none or they make no sense,
  /// which only costs pruning. O(statistics).
  package func statistics(_ schema: Schema) -> FileStatistics? {
    guard let statistics = StatisticsReader(self) else { return nil }
    var result = FileStatistics(rowCount: statistics.rowCount)
    for field in schema.fields {
      let column = statistics.column([field.name], field)
      if column != ColumnStatistics() { result.columns[field.name] = column }
    }
    return result
  }
}

/// A file's statistics, to be asked for one column after the other.
struct StatisticsReader {
  private let root: JSONValue
  private let isTight: Bool
  let rowCount: Int64?

  /// Nil where there are none or they make no sense.
  init?(_ file: AddFile) {
    guard let text = file.statisticsJSON, let document = try? JSONDocument(utf8: text),
      document.root.kind == .object
    else { return nil }
    root = document.root
    rowCount = statedRowCount(root)
    isTight = root["tightBounds"]?.boolean ?? true
  }

  /// What is known of a column, or of a field of a struct.
  ///
  /// - Parameters:
  ///   - path: physical names from the column to the field.
  ///   - field: the column or field at the end of the path.
  func column(_ path: [String], _ field: Field) -> ColumnStatistics {
    var column = ColumnStatistics()
    column.nullCount = value("nullCount", path)?.int64.flatMap { count in
      guard let count = Int(exactly: count), count >= 0 else { return nil }
      // With deleted rows only "none" and "all" still say something.
      return isTight || count == 0 || rowCount == Int64(count) ? count : nil
    }
    let wasFloat = field.metadata[TypeChange.key]?.contains("\"float\"") ?? false
    if let bound = value("minValues", path).flatMap({ parseStatistic($0, field.type) }) {
      (column.min, column.minIsExact) = widened(
        wasFloat ? bound.lowered : bound, isMax: false, isTight: isTight)
    }
    if let bound = value("maxValues", path).flatMap({ parseStatistic($0, field.type) }) {
      (column.max, column.maxIsExact) = widened(
        wasFloat ? bound.raised : bound, isMax: true, isTight: isTight)
    }
    return column
  }

  private func value(_ kind: String, _ path: [String]) -> JSONValue? {
    var value = root[kind]
    for name in path { value = value?[name] }
    return value
  }
}

extension Scalar {
  /// The shortest text of a float may be above or below it once it is read as a double.
  fileprivate var lowered: Scalar {
    guard case .double(let value) = self else { return self }
    return .double(min(value, Double(Float(value))))
  }

  fileprivate var raised: Scalar {
    guard case .double(let value) = self else { return self }
    return .double(max(value, Double(Float(value))))
  }
}

/// Characters of a string after which writers cut it.
private let prefixCharacters = 32

/// The bound with what its writer may have cut off given back, and whether the file has it.
private func widened(_ bound: Scalar, isMax: Bool, isTight: Bool) -> (Scalar, Bool) {
  switch bound {
  case .string(let text):
    return (bound, isTight && text.unicodeScalars.count < prefixCharacters)
  case .timestamp(let micros) where isMax:
    return (.timestamp(min(micros, Int64.max - 999) + 999), false)
  case .timestampNtz(let micros) where isMax:
    return (.timestampNtz(min(micros, Int64.max - 999) + 999), false)
  case .timestamp, .timestampNtz, .double: return (bound, false)
  default: return (bound, isTight)
  }
}

/// The bound that a member of `minValues` or `maxValues` states; nil if it is none of the type.
func parseStatistic(_ json: JSONValue, _ type: DataType) -> Scalar? {
  switch type {
  case .boolean: return json.boolean.map { .boolean($0) }
  case .byte, .short, .integer, .long: return json.int64.map { .integer($0) }
  case .float, .double:
    guard let value = json.double ?? json.string.flatMap(parseDouble) else { return nil }
    return .double(type == .float ? Double(Float(value)) : value)
  case .decimal(let precision, let scale):
    // Some writers go through a double: past its precision the text may be off by a rounding.
    guard let text = json.numberText ?? json.string, text.utf8.count(where: isDigit) <= 15 else {
      return nil
    }
    return parseDecimal(text, precision: precision, scale: scale)
      .map { .decimal(unscaled: $0, scale: scale) }
  case .string:
    // Half a character, cut by a writer that counts UTF-16, cannot be compared.
    guard let text = json.string, !text.unicodeScalars.contains("\u{FFFD}") else { return nil }
    return .string(text)
  case .date: return json.string.flatMap(parseDate).map { .date($0) }
  case .timestamp: return json.string.flatMap(parseTimestamp).map { .timestamp($0) }
  case .timestampNtz: return json.string.flatMap(parseTimestamp).map { .timestampNtz($0) }
  default: return nil
  }
}

private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
