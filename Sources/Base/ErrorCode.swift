/// What kind of failure it is: how a caller reacts, and which exit status the command ends with.
public enum ErrorCode: String, Sendable, CaseIterable {
  /// The bytes are not what their format allows, or a value breaks a constraint.
  case corrupt
  /// Legal, but needs a feature this build does not have; the message names it.
  case unsupported
  /// The caller asked for something that makes no sense.
  case invalidArgument
  /// No such file, table, version or column.
  case notFound
  /// Something is already there and may not be replaced.
  case alreadyExists
  /// The operating system or the object store refused.
  case io
  /// Another writer won; trying again may succeed.
  case conflict
  /// A limit that protects memory or time was reached.
  case resourceLimit
  /// The work was asked to stop.
  case cancelled
  /// A bug in Grebe.
  case internalError
}

/// What every module's one error type tells: enough for one line that says what,
/// where and how to go on.
public protocol DiagnosableError: Error, CustomStringConvertible {
  var code: ErrorCode { get }
  /// What happened, without the place.
  var message: String { get }
  /// Where, most general first: `orders/part-0.parquet: row group 2, column
  /// "ts"`. Empty if unknown.
  var place: String { get }
  /// How to go on, if there is something to say.
  var hint: String? { get }
}

extension DiagnosableError {
  public var hint: String? { nil }
  public var description: String { place.isEmpty ? message : "\(message) (\(place))" }
}
