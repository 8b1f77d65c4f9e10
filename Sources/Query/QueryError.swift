public import Base
import Compute

/// Why a query cannot be understood, planned or answered, and where in its text.
public struct QueryError: DiagnosableError {
  public let code: ErrorCode
  public let message: String
  public let place: String
  public let hint: String?

  package init(
    _ code: ErrorCode, _ message: String, at position: TextPosition? = nil, hint: String? = nil
  ) {
    self.init(code, message, place: position?.description ?? "", hint: hint)
  }

  private init(_ code: ErrorCode, _ message: String, place: String, hint: String?) {
    self.code = code
    self.message = message
    self.place = place
    self.hint = hint
  }

  /// Another module's error as this one's: what it says stays, a place in the text is added if it
  /// has none of its own.
  package init(_ error: any Error, at position: TextPosition? = nil) {
    if let error = error as? QueryError {
      self = error
      return
    }
    guard let error = error as? any DiagnosableError else {
      self.init(.internalError, "\(error)", at: position)
      return
    }
    let place = error.place.isEmpty ? position?.description ?? "" : error.place
    self.init(error.code, error.message, place: place, hint: error.hint)
  }

  /// What stopped a run. The text was understood and planned before, so a value that does not fit
  /// its expression is the fault of the data: `corrupt`, not `invalidArgument`.
  init(running error: any Error) {
    guard let error = error as? ComputeError, error.code == .invalidArgument else {
      self.init(error)
      return
    }
    self.init(.corrupt, error.message, place: error.place, hint: error.hint)
  }
}

/// A place in the text of a query: both count from 1, the column in characters.
package struct TextPosition: Sendable, Hashable, CustomStringConvertible {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package var description: String { "line \(line), column \(column)" }

  /// Of the byte at `offset` in UTF-8 text. O(offset).
  init(offset: Int, in text: [UInt8]) {
    var line = 1
    var column = 1
    for byte in text.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    self.init(line: line, column: column)
  }
}
