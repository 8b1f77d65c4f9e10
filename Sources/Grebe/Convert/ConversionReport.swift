public import Columns

/// What a conversion did. `rowsRead` is the sum of written, quarantined and skipped.
public struct ConversionReport: Sendable {
  public struct Source: Sendable {
    public enum Status: String, Sendable {
      case loaded
      case alreadyLoaded = "already_loaded"
      /// Its older rows were replaced in the same commit.
      case reloaded
      /// Its rows are not in the table; only where other sources are loaded all the same.
      case failed
    }

    public let path: String
    public let sizeBytes: Int64
    public let status: Status
  }

  public internal(set) var rowsRead = 0
  public internal(set) var rowsWritten = 0
  public internal(set) var rowsQuarantined = 0
  public internal(set) var rowsSkipped = 0
  /// Why they were, the most frequent reason first.
  public internal(set) var skippedRows: [BadRows] = []
  /// Lines of delimited text that are neither names of columns nor rows, nor blank: comments,
  /// titles, a line that names the delimiter, what `--skip-rows` passes over. None of them counts
  /// as a row.
  public internal(set) var linesSkipped = 0
  public internal(set) var filesWritten = 0
  /// Files that the load took out of the table: by an overwrite, or of sources loaded again.
  public internal(set) var filesReplaced = 0
  /// The rows that were in them, rows of other sources that were kept included; nil if the log does
  /// not say.
  public internal(set) var rowsReplaced: Int? = 0
  /// Rows of sources loaded again that left quarantine: what the sources hold now counts.
  public internal(set) var rowsCleared = 0
  public internal(set) var partitionCount = 0
  public internal(set) var bytesRead: Int64 = 0
  public internal(set) var bytesWritten: Int64 = 0
  /// The table's version after the load; nil when there was nothing to commit to.
  public internal(set) var version: Int64?
  public internal(set) var sources: [Source] = []
  /// Columns, and fields of structs, that the table lacked and got; none of a table that is new or
  /// was overwritten.
  public internal(set) var addedColumns: [AddedColumn] = []
  /// Columns that are not called what the headers of their sources say.
  public internal(set) var renamedColumns: [RenamedColumn] = []
  /// Columns of the sources that were left out, by name.
  public internal(set) var ignoredColumns: [IgnoredColumn] = []
  /// There were more of them than are told apart.
  public internal(set) var ignoresMoreColumns = false
  public internal(set) var loadID = ""
  /// What was noted on the way, a line each.
  public internal(set) var notes: [String] = []
  /// How often the load started over: because a later row contradicted a guessed type, or because
  /// text was divided within a quoted line break, which may depend on the number of workers.
  public internal(set) var restarts = 0
  public internal(set) var schema = Schema([])
  /// What is wrong with the choice of partitions; nil if nothing is.
  public internal(set) var partitionAdvice: PartitionAdvice?

  init() {}
}

/// How far one pass over the input is.
public struct ConversionProgress: Sendable {
  public let bytesDone: Int64
  public let bytesTotal: Int64
  public let rowsRead: Int
}

/// What a conversion would do, and why: `--dry-run`.
public struct ConversionPreview: Sendable {
  public internal(set) var schema: Schema
  public internal(set) var partitionColumns: [String]
  /// One line a finding about the text: delimiter, quote, header.
  public internal(set) var dialect: [String]
  public internal(set) var sources: [ConversionReport.Source]
  public internal(set) var rows: ColumnBatch
  /// Rows that were looked at, bad ones among them.
  public internal(set) var rowsRead = 0
  public internal(set) var badRowCount = 0
  /// What is wrong with the first of them, and where.
  public internal(set) var firstBadRow: String?
  /// What the load would note.
  public internal(set) var notes: [String] = []
  /// Columns, and fields of structs, that the table would get; of JSON, those of the rows that were
  /// looked at.
  public internal(set) var addedColumns: [AddedColumn] = []
  /// Columns that are not called what the headers of their sources say.
  public internal(set) var renamedColumns: [RenamedColumn] = []
  /// Columns that would be left out; of JSON, those of the rows that were looked at.
  public internal(set) var ignoredColumns: [String] = []
}
