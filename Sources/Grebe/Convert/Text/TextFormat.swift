import Base
import Ingest

/// How the records of a text are written.
enum TextFormat: Sendable, Hashable {
  case csv(CSVDialect)
  case json(JSONLayout, JSONRecordKind)

  /// Whether the text can be cut between records without parsing it.
  var canBeCut: Bool {
    switch self {
    case .csv(let dialect): dialect.quotesByParity
    case .json: true
    }
  }

  var newline: UInt8 {
    switch self {
    case .csv(let dialect): dialect.newline
    case .json: ASCII.lineFeed
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

/// Finds where a text can be cut, from a start that is known to be between records.
///
/// The text up to the cut is scanned for what encloses line breaks and separators, at memory speed:
/// the parity of the quotes in delimited text, strings and brackets in JSON.
struct RecordCutter {
  private enum State {
    /// `isInside`: whether the text so far ends inside quotes.
    case csv(CSVDialect, isInside: Bool)
    case json(JSONBoundaryScanner)
  }

  private var state: State

  init(_ format: TextFormat) {
    switch format {
    case .csv(let dialect): state = .csv(dialect, isInside: false)
    case .json(let layout, _): state = .json(JSONBoundaryScanner(layout))
    }
  }

  /// Looks at the next chunk.
  ///
  /// - Parameter isWanted: whether the text may be cut in it; else it is only passed over.
  /// - Returns: bytes of the chunk before the cut, after which this cutter is done; nil: none.
  mutating func advance(over chunk: Buffer<UInt8>, isWanted: Bool) -> Int? {
    switch state {
    case .csv(let dialect, let isInside):
      let scan = RangeScan(chunk, dialect: dialect)
      let newline = isInside ? scan.firstNewlineIfInside : scan.firstNewlineIfOutside
      if isWanted, let newline { return newline + 1 }
      state = .csv(dialect, isInside: isInside != scan.flipsQuotes)
      return nil
    case .json(var scanner):
      defer { state = .json(scanner) }
      guard isWanted else {
        scanner.skip(chunk)
        return nil
      }
      return scanner.firstBoundary(in: chunk)
    }
  }
}
