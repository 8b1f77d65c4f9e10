import Base
public import Delta

/// A table and which version of it: `lake/orders`, `lake/orders@v12`,
/// `lake/orders@2026-11-23T10:00:00Z`.
public struct TableReference: Sendable {
  public var location: String
  public var selector: TableVersion

  public init(location: String, selector: TableVersion = .latest) {
    self.location = location
    self.selector = selector
  }

  /// Whether it names no version, so that it means whichever is the latest.
  public var isLatest: Bool { selector == .latest }

  /// Parses the forms above. An `@` that neither a version nor a time follows belongs to the path.
  public init(_ text: String) throws(GrebeError) {
    guard !text.isEmpty else { throw GrebeError(.invalidArgument, "the table's path is empty") }
    self.init(location: text)
    guard let at = text.lastIndex(of: "@"), at != text.startIndex else { return }
    let suffix = text[text.index(after: at)...]
    if suffix.first == "v", let version = Int64(suffix.dropFirst()), version >= 0 {
      self.init(location: String(text[..<at]), selector: .version(version))
    } else if let micros = parseTimestamp(String(suffix)) {
      self.init(location: String(text[..<at]), selector: .timestamp(millis: micros / 1000))
    }
  }

  /// The same table at this version.
  public func at(version: Int64) -> TableReference {
    TableReference(location: location, selector: .version(version))
  }

  /// The same table at this time; see `selector(timestamp:)`.
  public func at(timestamp: String) throws(GrebeError) -> TableReference {
    TableReference(
      location: location, selector: try TableReference.selector(timestamp: timestamp))
  }

  /// The version that was current at `timestamp`; without a zone it is UTC.
  public static func selector(timestamp: String) throws(GrebeError) -> TableVersion {
    guard let micros = parseTimestamp(timestamp) else {
      throw GrebeError(
        .invalidArgument, "not a time", place: timestamp,
        hint: "write it as 2026-11-23T10:00:00Z, 2026-11-23 10:00 or 2026-11-23")
    }
    return .timestamp(millis: micros / 1000)
  }
}
