public import Base

/// Why the store could not do it, and for which path.
public struct StoreError: DiagnosableError {
  public let code: ErrorCode
  public let message: String
  public let path: String
  public let hint: String?

  package init(_ code: ErrorCode, _ message: String, path: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.hint = hint
  }

  public var place: String { path }
}
