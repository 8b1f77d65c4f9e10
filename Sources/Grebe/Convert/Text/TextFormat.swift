import Base
import Ingest

/// How the records of a text are written.
enum TextFormat: Sendable, Hashable {
  case csv(CSVDialect)
  case json(JSONLayout, JSONRecordKind, DateFormats)

  var isJSON: Bool {
    if case .json = self { true } else { false }
  }

  /// The byte that ends a line, where the text may be cut by it.
  var newline: UInt8 {
    switch self {
    case .csv(let dialect): dialect.newline
    case .json: ASCII.lineFeed
    }
  }

  /// What counts the lines of such a text.
  var lineCounter: LineCounter {
    switch self {
    case .csv(let dialect): LineCounter(dialect)
    case .json: LineCounter()
    }
  }
}

/// How the records of a JSON text fill columns.
enum JSONRecordKind: String, Sendable, Hashable {
  /// A member a column, by name.
  case objects
  /// Arrays, an element a column, by position.
  case tuples
  /// The one column there is.
  case values
}

/// How the user says that JSON strings write dates and time stamps; nil: as their spelling tells.
struct DateFormats: Sendable, Hashable {
  var date: String?
  var timestamp: String?
}

/// Finds where a text can be cut, from a start that is known to be between records.
///
/// The text up to the cut is scanned for what encloses line breaks and separators, at memory speed:
/// the parity of the quotes in delimited text, strings and brackets in JSON.
struct RecordCutter {
  enum Step: Equatable {
    /// The text cannot be cut in the chunk, or must not.
    case passed
    /// After so many bytes of the chunk; this cutter is done.
    case cut(Int)
    /// Quotes mislead: start over with an exact cutter.
    case misled
  }

  private enum State {
    case csv(CSVBoundaryScanner)
    case json(JSONBoundaryScanner)
  }

  private var state: State

  /// Whether every newline passed over ended a record.
  var newlinesSuffice: Bool {
    switch state {
    case .csv(let scanner): !scanner.hasSeenInnerNewlines
    case .json(let scanner): scanner.layout == .lines
    }
  }

  /// - Parameter isExact: whether to read records one by one, through misplaced quotes too.
  init(_ source: PlannedSource, isExact: Bool = false) {
    switch source.format {
    case .csv(let dialect):
      state = .csv(
        CSVBoundaryScanner(
          dialect: dialect, columnCount: source.columnMap.count, isExact: isExact))
    case .json(let layout, _, _): state = .json(JSONBoundaryScanner(layout))
    }
  }

  /// Looks at the next chunk.
  ///
  /// - Parameter isWanted: whether the text may be cut in it; else it is only passed over.
  mutating func advance(over chunk: Buffer<UInt8>, isWanted: Bool) -> Step {
    switch state {
    case .csv(var scanner):
      defer { state = .csv(scanner) }
      let end = scanner.advance(over: chunk, isWanted: isWanted)
      if scanner.isMisled { return .misled }
      return end.map { .cut($0) } ?? .passed
    case .json(var scanner):
      defer { state = .json(scanner) }
      guard isWanted else {
        scanner.skip(chunk)
        return .passed
      }
      return scanner.firstBoundary(in: chunk).map { .cut($0) } ?? .passed
    }
  }
}
