import Delta

/// Files ready to commit, and the account of the rows.
struct ConvertedFiles {
  /// What was read, each with the checksum of its bytes.
  var sources: [(file: SourceFile, checksum: UInt32)] = []
  /// Which of `sources` have rows in the files.
  var filled: Set<Int> = []
  /// For each of `files`, which of `sources` it may hold rows of.
  var ordinals: [ClosedRange<Int>] = []
  var files: [AddFile]
  var quarantineFiles: [AddFile]
  /// Files of the table that had to be written again, for wider types.
  var rewritten: [RewrittenFile] = []
  var counts: RowCounts
  var ignored = IgnoredColumns()
  var skipped = SkippedTally()
}

extension ConvertedFiles {
  /// What to say of sources that have the same bytes, as far as size and checksum tell; nil if no
  /// two with rows do.
  var twinsNote: String? {
    var known: [Int64: [UInt32: Int]] = [:]
    var first: (file: SourceFile, original: SourceFile)?
    var count = 0
    for (index, source) in sources.enumerated() where filled.contains(index) {
      guard let other = known[source.file.sizeBytes]?[source.checksum] else {
        known[source.file.sizeBytes, default: [:]][source.checksum] = index
        continue
      }
      count += 1
      first = first ?? (source.file, sources[other].file)
    }
    guard let (file, original) = first else { return nil }
    return "note: \(file.name) has the size and checksum of \(original.name)"
      + (count > 1 ? ", and so on for \(count) sources" : "")
      + ": if it is a copy, its rows are in the table twice"
  }
}

/// `read == written + bad`; of the bad ones, some are quarantined.
struct RowCounts: Sendable {
  var read = 0
  var written = 0
  var bad = 0
  /// Lines that seem to be comments, and headers among the rows: they are not bad, and skipped.
  var noRows = 0
  var quarantined = 0
  /// Lines among the rows that are none by what the user says.
  var skippedLines = 0
  /// Rows of text that are the header again.
  var headerRows = 0
  var bytesRead: Int64 = 0
  /// Rows whose text in a partition column was empty and became null, by column.
  var emptyTexts: [String: Int] = [:]

  mutating func add(_ other: RowCounts) {
    read += other.read
    written += other.written
    bad += other.bad
    noRows += other.noRows
    quarantined += other.quarantined
    skippedLines += other.skippedLines
    headerRows += other.headerRows
    bytesRead += other.bytesRead
    emptyTexts.merge(other.emptyTexts, uniquingKeysWith: +)
  }
}
