import Base

/// What a command ends with, as scripts see it (shared with `sysexits.h` where that has a name).
enum ExitStatus: Int32 {
  /// Nobody reads the output any more (`grebe … | head`): the reader has what it wanted.
  case readerGone = 0
  case usage = 64
  case badData = 65
  case noInput = 66
  case unsupported = 69
  case bug = 70
  case cannotCreate = 73
  case io = 74
  case conflict = 75
  case interrupted = 130
}

/// A failure ready to print: one line, a hint, a status.
struct ExitError: Error {
  let status: ExitStatus
  let message: String
  var place = ""
  var hint: String?
}

extension ExitError {
  init(_ cause: any DiagnosableError) {
    let status: ExitStatus =
      switch cause.code {
      case .corrupt: .badData
      case .unsupported: .unsupported
      // A limit that an option can raise, or a query that asks for too much.
      case .invalidArgument, .resourceLimit: .usage
      case .notFound: .noInput
      case .alreadyExists: .cannotCreate
      case .io: .io
      case .conflict: .conflict
      case .cancelled: .interrupted
      case .internalError: .bug
      }
    self.init(status: status, message: cause.message, place: cause.place, hint: cause.hint)
  }

  /// `grebe: error: WHAT (WHERE)`, then `hint: HOW TO GO ON`. Line breaks in
  /// the data become spaces.
  var text: String {
    let what = place.isEmpty ? message : "\(message) (\(place))"
    let line = what.split(whereSeparator: \.isNewline).joined(separator: " ")
    return "grebe: error: \(line)" + (hint.map { "\nhint: \($0)" } ?? "")
  }
}
