public import Base
package import Store

/// What is wrong with a table or a commit, and where in its log.
public struct DeltaError: DiagnosableError {
  public let code: ErrorCode
  public let message: String
  /// The table, as the user named it.
  public var table: String
  public var version: Int64?
  /// Relative to the table.
  public var file: String?
  /// 1-based.
  public var line: Int?
  public var hint: String?

  package init(
    _ code: ErrorCode, _ message: String, table: String = "", version: Int64? = nil,
    file: String? = nil, line: Int? = nil, hint: String? = nil
  ) {
    self.code = code
    self.message = message
    self.table = table
    self.version = version
    self.file = file
    self.line = line
    self.hint = hint
  }

  /// The store's refusal, as the table's.
  package init(_ error: StoreError) {
    self.init(error.code, error.message, table: error.path, hint: error.hint)
  }

  public var place: String {
    var place = table
    func add(_ part: String) { place += place.isEmpty ? part : ", " + part }
    if let version { add("version \(version)") }
    if let file { add(file) }
    if let line { add("line \(line)") }
    return place
  }

  /// The choke point for bytes that a log may not hold.
  static func corrupt(
    _ message: String, table: String = "", version: Int64? = nil, file: String? = nil,
    line: Int? = nil, hint: String? = nil
  ) -> DeltaError {
    DeltaError(
      .corrupt, message, table: table, version: version, file: file, line: line, hint: hint)
  }

  /// Refuses a table feature by its name in the protocol.
  static func unsupported(
    feature: String, to purpose: String, table: String = "", version: Int64? = nil
  ) -> DeltaError {
    DeltaError(
      .unsupported, "the table needs the feature \(feature), which this build cannot \(purpose)",
      table: table, version: version)
  }
}

/// Runs store calls whose failure is the table's.
func storing<R: ~Copyable>(_ body: () throws(StoreError) -> R) throws(DeltaError) -> R {
  do { return try body() } catch { throw DeltaError(error) }
}
