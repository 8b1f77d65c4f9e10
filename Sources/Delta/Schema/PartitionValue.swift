// Partition values as text: Delta protocol (PROTOCOL.md), "Partition Value Serialization".
// A null is written as null; null and the empty string are both read as null.
import Base
package import Columns

/// The value that a partition value's text stands for in a column of this type.
///
/// - Throws: `corrupt` if it is not one of the type.
package func partitionScalar(
  _ text: String?, type: DataType, column: String
) throws(DeltaError) -> Scalar {
  guard let text, !text.isEmpty else { return .null }
  if let value = parsePartitionValue(text, type) { return value }
  throw .corrupt("the partition value `\(text)` of column `\(column)` is not a \(type)")
}

private func parsePartitionValue(_ text: String, _ type: DataType) -> Scalar? {
  switch type {
  case .string: return .string(text)
  case .binary: return .binary(Array(text.utf8))
  case .boolean:
    switch text.lowercased() {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default: return nil
    }
  case .byte, .short, .integer, .long:
    guard let value = Int64(text), let range = type.integerRange, range.contains(value) else {
      return nil
    }
    return .integer(value)
  case .float: return parseDouble(text).map { .double(Double(Float($0))) }
  case .double: return parseDouble(text).map { .double($0) }
  case .decimal(let precision, let scale):
    return parseDecimal(text, precision: precision, scale: scale)
      .map { .decimal(unscaled: $0, scale: scale) }
  case .date: return parseDate(text).map { .date($0) }
  case .timestamp: return parseTimestamp(text).map { .timestamp($0) }
  case .timestampNtz: return parseTimestamp(text).map { .timestampNtz($0) }
  default: return nil
  }
}

/// The text that stands for a value; nil for null, and for the empty string, which the format
/// cannot tell from null.
///
/// - Throws: `unsupported` for a binary that is not UTF-8, which the format cannot hold.
package func partitionText(_ value: Scalar) throws(DeltaError) -> String? {
  switch value {
  case .null: return nil
  case .string(let text): return text.isEmpty ? nil : text
  case .binary(let bytes):
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DeltaError(
        .unsupported, "a Delta log can hold a binary partition value only if it is UTF-8")
    }
    return text.isEmpty ? nil : text
  case .timestamp(let micros):
    return fullMicros(CivilTime(microsSinceEpoch: micros), separator: "T") + "Z"
  case .timestampNtz(let micros):
    return fullMicros(CivilTime(microsSinceEpoch: micros), separator: " ")
  default: return value.description
  }
}

/// With six decimals where there is a fraction: readers match the format's examples literally.
private func fullMicros(_ time: CivilTime, separator: String) -> String {
  let whole = CivilTime(date: time.date, microsOfDay: time.microsOfDay / 1_000_000 * 1_000_000)
  let fraction = Int(time.microsOfDay % 1_000_000)
  return whole.text(separator: separator) + "." + padded(fraction, 6)
}

// MARK: Directories

/// What Hive-style directories call the null partition.
package let nullPartitionName = "__HIVE_DEFAULT_PARTITION__"

/// `a=1/b=x%3Ay/`: the directory of a partition by Hive's convention, raw (not URL-encoded), ending
/// with a slash unless there are no columns. Only a convention: readers go by the log.
package func partitionDirectory(_ columns: [String], _ values: [String: String?]) -> String {
  var directory = ""
  for column in columns {
    let value = (values[column] ?? nil) ?? nullPartitionName
    directory += escapedForDirectory(column) + "=" + escapedForDirectory(value) + "/"
  }
  return directory
}

private let escapedInDirectories = Set(" \"#%'*/:=?\\{}[]^".utf8)

/// Control characters, spaces and those that a path or a URI treats specially become `%XX`.
package func escapedForDirectory(_ text: String) -> String {
  percentEncoded(text) { $0 >= 0x20 && $0 != 0x7F && !escapedInDirectories.contains($0) }
}

/// What the path of a URI may hold as it is, beside the unreserved (RFC 3986, `pchar`).
private let unescapedInURIPaths = Set("!$&'()*+,;=:@/".utf8)

/// A raw relative path as the log holds it: a URI, escaped once and no more than it has to be.
/// Engines that name a file again when they remove it, in an escaping of their own, then spell it
/// alike; others compare the spellings. (Sail leaves a space as it is: directories have none.)
package func logPath(_ storePath: String) -> String {
  percentEncoded(storePath) { isUnreservedInURI($0) || unescapedInURIPaths.contains($0) }
}
