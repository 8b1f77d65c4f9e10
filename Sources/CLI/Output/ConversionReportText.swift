import Base
import Columns
import Grebe

/// A conversion's closing report and preview, as lines and as data.
enum ConversionReportText {
  /// `note: 10,000 partitions hold 24 KB each …`.
  static func text(_ advice: PartitionAdvice) -> String {
    "note: half of the \(countText(advice.partitionCount)) partitions got "
      + "\(byteText(advice.medianBytes)) or less; queries will open many small files: "
      + (advice.suggestion.map { "partition by \($0), or not at all" }
        ?? "partition by something coarser, or not at all")
  }

  static func text(_ report: ConversionReport, table: String, cost: RunCost) -> String {
    var lines: [String] = []
    let loaded = report.sources.filter { $0.status != .alreadyLoaded }
    let reloaded = loaded.count { $0.status == .reloaded }
    let known = report.sources.count - loaded.count
    if loaded.isEmpty && known > 0 {
      lines.append("\(table): nothing to do, \(sourceCount(known)) already loaded")
    } else {
      lines.append(
        "\(table): version \(report.version.map(String.init) ?? "-"), "
          + "\(counted(report.rowsWritten, "row")) in \(counted(report.filesWritten, "file"))"
          + (report.partitionCount > 0 ? ", \(counted(report.partitionCount, "partition"))" : ""))
    }
    lines.append(
      "rows:    \(countText(report.rowsRead)) read = \(countText(report.rowsWritten)) written"
        + " + \(countText(report.rowsQuarantined)) quarantined"
        + " + \(countText(report.rowsSkipped)) skipped")
    lines += report.skippedRows.map { badRows("skipped", $0) }
    if report.linesSkipped > 0 {
      lines.append("lines:   \(countText(report.linesSkipped)) skipped, neither header nor rows")
    }
    lines.append(
      "bytes:   \(byteText(report.bytesRead)) read, \(byteText(report.bytesWritten)) written")
    lines.append(
      "sources: \(loaded.count - reloaded) loaded"
        + (reloaded > 0 ? ", \(reloaded) reloaded" : "")
        + (known > 0 ? ", \(known) already loaded" : ""))
    if report.filesReplaced > 0 {
      lines.append(
        "replaced: \(counted(report.filesReplaced, "file"))"
          + (report.rowsReplaced.map { " with \(counted($0, "row"))" } ?? ""))
    }
    if report.rowsCleared > 0 {
      lines.append(
        "cleared: \(counted(report.rowsCleared, "row")) of reloaded sources out of quarantine")
    }
    if !report.addedColumns.isEmpty { lines.append("added:   " + added(report.addedColumns)) }
    if !report.ignoredColumns.isEmpty {
      lines.append("ignored: " + ignored(report.ignoredColumns, more: report.ignoresMoreColumns))
    }
    if report.restarts > 0 {
      lines.append("passes:  \(report.restarts + 1), for what the notes above say")
    }
    if report.rowsQuarantined > 0 {
      lines.append("bad rows: \(table)/_quarantine, load \(report.loadID)")
    }
    lines.append(
      "cost:    \(secondsText(cost.seconds)), peak memory \(byteText(cost.peakMemoryBytes))")
    return lines.joined(separator: "\n")
  }

  static func json(_ report: ConversionReport, cost: RunCost) -> ReportValue {
    .object([
      ("rows_read", .count(report.rowsRead)),
      ("rows_written", .count(report.rowsWritten)),
      ("rows_quarantined", .count(report.rowsQuarantined)),
      ("rows_skipped", .count(report.rowsSkipped)),
      ("lines_skipped", .count(report.linesSkipped)),
      ("files_written", .count(report.filesWritten)),
      ("files_replaced", .count(report.filesReplaced)),
      ("rows_replaced", .optional(report.rowsReplaced.map { Int64($0) })),
      ("rows_cleared", .count(report.rowsCleared)),
      ("partitions", .count(report.partitionCount)),
      ("bytes_read", .integer(report.bytesRead)),
      ("bytes_written", .integer(report.bytesWritten)),
      ("version", .optional(report.version)),
      ("load_id", .string(report.loadID)),
      ("restarts", .count(report.restarts)),
      ("sources", sources(report.sources)),
      ("skip_reasons", badRows(report.skippedRows)),
      ("added_columns", added(report.addedColumns)),
      ("renamed_columns", renamed(report.renamedColumns)),
      ("ignored_columns", ignored(report.ignoredColumns)),
      ("more_ignored_columns", .boolean(report.ignoresMoreColumns)),
      ("notes", notes(report.notes + [report.partitionAdvice.map(text)].compactMap { $0 })),
      ("seconds", .number(cost.seconds)),
      ("peak_memory_bytes", .integer(cost.peakMemoryBytes)),
    ])
  }

  /// What was found out about the text, a line each.
  static func findings(_ preview: ConversionPreview) -> [String] {
    var lines = preview.dialect
    lines.append("schema:")
    lines += preview.schema.fields.map {
      "  \($0.name) \($0.type)\($0.nullable ? "" : " not null")"
    }
    if !preview.partitionColumns.isEmpty {
      lines.append("partitioned by: " + preview.partitionColumns.joined(separator: ", "))
    }
    let known = preview.sources.count { $0.status == .alreadyLoaded }
    lines.append(
      "sources: \(sourceCount(preview.sources.count))"
        + (known > 0 ? ", \(countText(known)) already loaded" : ""))
    if !preview.addedColumns.isEmpty { lines.append("added: " + added(preview.addedColumns)) }
    if !preview.ignoredColumns.isEmpty {
      lines.append("ignored: " + preview.ignoredColumns.joined(separator: ", "))
    }
    if let bad = preview.firstBadRow {
      lines.append(
        "bad rows: \(countText(preview.badRowCount)) of the first "
          + "\(countText(preview.rowsRead)); \(bad)")
    }
    return lines
  }

  static func text(_ preview: ConversionPreview) -> String {
    var lines = findings(preview) + preview.notes
    lines.append("first rows:")
    lines.append(TextTable.render(preview.rows))
    lines.append("nothing was written (--dry-run)")
    return lines.joined(separator: "\n")
  }

  static func json(_ preview: ConversionPreview) -> ReportValue {
    .object([
      ("dialect", .strings(preview.dialect)),
      ("schema", SchemaText.json(preview.schema)),
      ("partition_columns", .strings(preview.partitionColumns)),
      ("sources", sources(preview.sources)),
      ("sample_rows", .count(preview.rowsRead)),
      ("sample_bad_rows", .count(preview.badRowCount)),
      ("first_bad_row", .optional(preview.firstBadRow)),
      ("added_columns", added(preview.addedColumns)),
      ("renamed_columns", renamed(preview.renamedColumns)),
      (
        "ignored_columns",
        .list(preview.ignoredColumns.map { .object([("name", .string($0))]) })
      ),
      ("notes", notes(preview.notes)),
      (
        "first_rows",
        .list((0..<preview.rows.rowCount).map { CellText.object(preview.rows, row: $0) })
      ),
    ])
  }

  /// Without what says to a person that they are notes.
  static func notes(_ texts: [String]) -> ReportValue {
    .strings(texts.map { String($0.trimmingPrefix("note: ")) })
  }

  /// Columns that a person is told of; data has all of them.
  private static let columnsMax = 20

  /// `note string, who.age long`
  private static func added(_ columns: [AddedColumn]) -> String {
    let rest = columns.count - columnsMax
    return columns.prefix(columnsMax).map { "\($0.name) \($0.type)" }.joined(separator: ", ")
      + (rest > 0 ? " and \(counted(rest, "more column"))" : "")
  }

  static func added(_ columns: [AddedColumn]) -> ReportValue {
    .list(
      columns.map { .object([("name", .string($0.name)), ("type", .string("\($0.type)"))]) })
  }

  static func renamed(_ columns: [RenamedColumn]) -> ReportValue {
    .list(
      columns.map {
        .object([
          ("source", .string($0.source)), ("header", .string($0.header)),
          ("name", .string($0.name)),
        ])
      })
  }

  /// `note (2 sources, 30 rows), who.age (1 source, 4 rows)`
  static func ignored(_ columns: [IgnoredColumn], more: Bool) -> String {
    let shown = columns.prefix(columnsMax).map { column in
      "\(column.name) (\(sourceCount(column.sourceCount)), \(counted(column.rowCount, "row")))"
    }
    let rest = columns.count - shown.count
    return shown.joined(separator: ", ")
      + (rest > 0 ? " and \(counted(rest, "more column"))" : "") + (more ? " and others" : "")
  }

  static func ignored(_ columns: [IgnoredColumn]) -> ReportValue {
    .list(
      columns.map {
        .object([
          ("name", .string($0.name)), ("sources", .count($0.sourceCount)),
          ("rows", .count($0.rowCount)),
        ])
      })
  }

  /// `skipped: 2 rows, invalid_value; first: "x" in column n is not … (a.csv: line 3)`
  ///
  /// - Parameter fate: what became of them.
  static func badRows(_ fate: String, _ rows: BadRows) -> String {
    let message = rows.message.split(whereSeparator: \.isNewline).joined(separator: " ")
    return "\(fate): \(counted(rows.rowCount, "row")), \(rows.reason); first: \(message)"
      + " (\(rows.place))"
  }

  static func badRows(_ reasons: [BadRows]) -> ReportValue {
    .list(
      reasons.map { rows in
        .object([
          ("reason", .string(rows.reason)), ("rows", .count(rows.rowCount)),
          (
            "first",
            .object([
              ("source", .string(rows.source)), ("line", .integer(rows.line)),
              ("column", .optional(rows.column)), ("message", .string(rows.message)),
            ])
          ),
        ])
      })
  }

  static func sources(_ sources: [ConversionReport.Source]) -> ReportValue {
    .list(
      sources.map {
        .object([
          ("path", .string($0.path)), ("size_bytes", .integer($0.sizeBytes)),
          ("status", .string($0.status.rawValue)),
        ])
      })
  }

  private static func sourceCount(_ count: Int) -> String {
    counted(count, "source")
  }
}

/// `0.58 s`, `12 min 3 s`.
func secondsText(_ seconds: Double) -> String {
  if seconds >= 120 { return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s" }
  let hundredths = Int((seconds * 100).rounded())
  let fraction = hundredths % 100
  return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
}
