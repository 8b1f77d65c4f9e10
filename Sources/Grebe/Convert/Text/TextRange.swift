import Base

/// A stretch of one source's text that starts and ends at record boundaries.
struct TextRange: Sendable, Equatable {
  let source: Int
  /// Offset in the text. That is the file's own offset unless the file is compressed or in another
  /// encoding.
  let start: Int64
  /// Nil: the text ends where it ends, as decompressing it will tell.
  let end: Int64?
  /// 1-based line on which `start` is; nil: it is not known, nor whether a record begins and ends
  /// where the range does (`TextUnits.firstLine`).
  let firstLine: Int64?
  /// Whether it holds the source's last record.
  let isLast: Bool
  /// The text itself, where it cannot be read from the file once more.
  var text: Buffer<UInt8>?
  /// Bytes of the file that this range accounts for. Those of a source account for all of it: the
  /// first for what lies before the first record, too.
  var fileBytes: Int64
}

/// What one worker converts at a time: a stretch of a large source, or several small sources.
struct TextUnit: Sendable, Equatable {
  let ordinal: Int
  let ranges: [TextRange]
}
