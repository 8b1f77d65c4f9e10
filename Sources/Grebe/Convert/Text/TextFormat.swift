import Base
import Columns
import Ingest

/// How the records of a text are written.
enum TextFormat: Sendable, Hashable {
  case csv(CSVDialect)

  /// Whether the text can be cut between records without parsing it.
  var canBeCut: Bool {
    switch self {
    case .csv(let dialect): dialect.quotesByParity
    }
  }

  var newline: UInt8 {
    switch self {
    case .csv(let dialect): dialect.newline
    }
  }
}

/// Turns text of one source into batches, whatever its format.
enum TextParser {
  case csv(CSVBatchParser)

  init(
    _ source: PlannedSource, schema: Schema, _ inferredColumns: Set<Int>
  ) throws(IngestError) {
    switch source.format {
    case .csv(let dialect):
      self = .csv(
        try CSVBatchParser(
          CSVParserOptions(
            schema: schema, columnMap: source.columnMap, dialect: dialect,
            inferredColumns: inferredColumns)))
    }
  }

  /// The whole records at the front of `text`, which begins at a record's start.
  func parse(
    _ text: consuming BufferBuilder<UInt8>, isEnd: Bool
  ) throws(IngestError) -> ParsedBatch {
    switch self {
    case .csv(let parser): return try parser.parse(text, isEnd: isEnd)
    }
  }
}

/// Finds where a text can be cut, from a start that is known to be between records.
///
/// The text up to the cut is scanned for what encloses line breaks, at memory speed: for delimited
/// text that is the parity of its quotes.
struct RecordCutter {
  private let format: TextFormat
  /// Whether the text so far ends inside quotes.
  private var isInside = false

  init(_ format: TextFormat) { self.format = format }

  /// Looks at the next chunk.
  ///
  /// - Parameter isWanted: whether the text may be cut in it; else it is only passed over.
  /// - Returns: bytes of the chunk before the cut, after which this cutter is done; nil: none.
  mutating func advance(over chunk: Buffer<UInt8>, isWanted: Bool) -> Int? {
    switch format {
    case .csv(let dialect):
      let scan = RangeScan(chunk, dialect: dialect)
      let newline = isInside ? scan.firstNewlineIfInside : scan.firstNewlineIfOutside
      if isWanted, let newline { return newline + 1 }
      if scan.flipsQuotes { isInside.toggle() }
    }
    return nil
  }
}
