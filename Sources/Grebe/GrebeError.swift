public import Base

/// The one error the public face throws: what happened, where, and how to go on.
public struct GrebeError: DiagnosableError {
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

  /// The same failure, told from the outside.
  package init(_ cause: any DiagnosableError) {
    self.init(cause.code, cause.message, place: cause.place, hint: cause.hint)
  }
}

/// Runs `body`, turning its module's error into `GrebeError`.
func exposing<R: ~Copyable, E: DiagnosableError>(_ body: () throws(E) -> R) throws(GrebeError) -> R
{
  do {
    return try body()
  } catch {
    throw GrebeError(error)
  }
}
