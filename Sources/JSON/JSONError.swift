package import Base

/// Why bytes are not JSON, and where.
package struct JSONError: DiagnosableError, Equatable {
  package enum Reason: Sendable {
    case endsEarly
    case unexpectedByte
    case badNumber
    case badEscape
    /// A byte below 0x20 inside a string.
    case controlCharacter
    case badUTF8
    /// More after the value.
    case trailingBytes
    case tooDeep
    case tooLong
  }

  package let reason: Reason
  /// From the start of the parsed bytes.
  package let offset: Int

  package init(reason: Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  package var code: ErrorCode {
    reason == .tooDeep || reason == .tooLong ? .resourceLimit : .corrupt
  }

  package var message: String {
    switch reason {
    case .endsEarly: "the JSON ends early"
    case .unexpectedByte: "unexpected character in JSON"
    case .badNumber: "not a JSON number"
    case .badEscape: "not a JSON escape"
    case .controlCharacter: "a control character in a JSON string must be escaped"
    case .badUTF8: "the JSON string is not UTF-8"
    case .trailingBytes: "more text after the JSON value"
    case .tooDeep: "the JSON is nested too deeply"
    case .tooLong: "the JSON is too long"
    }
  }

  package var place: String { "byte \(offset)" }
}
