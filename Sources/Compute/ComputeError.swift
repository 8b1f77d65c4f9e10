public import Base
import Columns

/// Why an expression cannot be bound to a schema or cannot be computed.
public struct ComputeError: DiagnosableError, Equatable {
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

extension ComputeError {
  /// The caller combined things that do not go together.
  static func invalid(_ message: String, hint: String? = nil) -> ComputeError {
    ComputeError(.invalidArgument, message, hint: hint)
  }

  /// A value that the result type cannot hold. The data and the expression disagree, so it is the
  /// expression that has to change.
  static func overflow(_ what: String, _ type: DataType) -> ComputeError {
    ComputeError(
      .invalidArgument, "\(what) does not fit \(type)", hint: "cast to a wider type first")
  }
}
