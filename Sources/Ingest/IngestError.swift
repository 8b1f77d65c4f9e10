public import Base

/// Why text could not be read at all. A bad row is not an error: see `RejectedRow`.
public struct IngestError: DiagnosableError {
  public let code: ErrorCode
  public let message: String
  public let place: String
  public let hint: String?

  package init(_ code: ErrorCode, _ message: String, place: String = "", hint: String? = nil) {
    self.code = code
    self.message = message
    self.place = place
    self.hint = hint
  }
}
