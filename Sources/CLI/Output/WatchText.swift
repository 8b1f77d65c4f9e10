import Grebe

/// What a watch tells, a line an event.
enum WatchText {
  static func text(_ event: WatchEvent, table: String) -> String {
    switch event {
    case .loaded(let report, let backlog):
      let loaded = report.sources.count { $0.status != .alreadyLoaded }
      return "\(table): version \(report.version.map(String.init) ?? "-"), "
        + "\(counted(report.rowsWritten, "row")) of \(counted(loaded, "source"))"
        + (report.rowsQuarantined > 0 ? ", \(countText(report.rowsQuarantined)) quarantined" : "")
        + skipped(report)
        + (report.addedColumns.isEmpty
          ? "" : ", \(counted(report.addedColumns.count, "column")) added")
        + (report.ignoredColumns.isEmpty
          ? "" : ", \(counted(report.ignoredColumns.count, "column")) ignored")
        + "; waiting: \(counted(backlog.fileCount, "file")), \(byteText(backlog.sizeBytes))"
        + (backlog.fileCount > 0
          ? ", the oldest for \(secondsText(Double(backlog.behindMillis) / 1000))" : "")
    case .failed(let source, let error):
      // The place begins with the source, as a rule: what comes behind that is to be told.
      let rest =
        error.place.hasPrefix(source.path)
        ? error.place.dropFirst(source.path.count).drop { ": ".contains($0) } : error.place[...]
      return "\(source.path): set aside until it changes: "
        + error.message + (rest.isEmpty ? "" : " (\(rest))")
        + (error.hint.map { "; \($0)" } ?? "")
    case .retrying(let error, let millis):
      return "\(error.message); trying again in \(secondsText(Double(millis) / 1000))"
    }
  }

  /// `, 3 skipped (2 invalid_value, first a.csv: line 3; 1 too_few_fields, first a.csv: line 9)`
  private static func skipped(_ report: ConversionReport) -> String {
    if report.rowsSkipped == 0 { return "" }
    let reasons = report.skippedRows.map { rows in
      "\(countText(rows.rowCount)) \(rows.reason), first \(rows.place)"
    }
    return ", \(countText(report.rowsSkipped)) skipped (\(reasons.joined(separator: "; ")))"
  }

  static func json(_ event: WatchEvent) -> ReportValue {
    switch event {
    case .loaded(let report, let backlog):
      .object([
        ("event", .string("loaded")),
        ("version", .optional(report.version)),
        ("rows_read", .count(report.rowsRead)),
        ("rows_written", .count(report.rowsWritten)),
        ("rows_quarantined", .count(report.rowsQuarantined)),
        ("rows_skipped", .count(report.rowsSkipped)),
        ("lines_skipped", .count(report.linesSkipped)),
        ("rows_cleared", .count(report.rowsCleared)),
        ("files_written", .count(report.filesWritten)),
        ("bytes_read", .integer(report.bytesRead)),
        ("bytes_written", .integer(report.bytesWritten)),
        ("load_id", .string(report.loadID)),
        ("sources", ConversionReportText.sources(report.sources)),
        ("skip_reasons", ConversionReportText.badRows(report.skippedRows)),
        ("added_columns", ConversionReportText.added(report.addedColumns)),
        ("renamed_columns", ConversionReportText.renamed(report.renamedColumns)),
        ("ignored_columns", ConversionReportText.ignored(report.ignoredColumns)),
        ("more_ignored_columns", .boolean(report.ignoresMoreColumns)),
        ("notes", ConversionReportText.notes(report.notes)),
        ("backlog_files", .count(backlog.fileCount)),
        ("backlog_bytes", .integer(backlog.sizeBytes)),
        ("seconds_behind", .number(Double(backlog.behindMillis) / 1000)),
      ])
    case .failed(let source, let error):
      .object([
        ("event", .string("failed")), ("path", .string(source.path)),
        ("sources", ConversionReportText.sources([source])),
        ("error", .string(error.message)), ("place", .string(error.place)),
        ("hint", .optional(error.hint)),
      ])
    case .retrying(let error, let millis):
      .object([
        ("event", .string("retrying")), ("error", .string(error.message)),
        ("seconds", .number(Double(millis) / 1000)),
      ])
    }
  }
}

/// What a replay of the quarantine did.
enum ReplayText {
  static func text(_ report: ReplayReport, table: String) -> String {
    "\(table): version \(report.version), \(counted(report.rowsWritten, "row")) of "
      + "\(countText(report.rowsRead)) in quarantine loaded, \(countText(report.rowsLeft)) left"
      + (report.rowsStale > 0
        ? ", \(countText(report.rowsStale)) of loads that are not in the table" : "")
      + (report.rowsCleared > 0 ? ", \(countText(report.rowsCleared)) cleared away" : "")
      + report.leftRows.map { "\n" + ConversionReportText.badRows("left", $0) }.joined()
      + (report.ignoredColumns.isEmpty
        ? ""
        : "\nignored: "
          + ConversionReportText.ignored(
            report.ignoredColumns, more: report.ignoresMoreColumns))
  }

  static func json(_ report: ReplayReport) -> ReportValue {
    .object([
      ("rows_read", .count(report.rowsRead)),
      ("rows_written", .count(report.rowsWritten)),
      ("rows_left", .count(report.rowsLeft)),
      ("left_reasons", ConversionReportText.badRows(report.leftRows)),
      ("rows_stale", .count(report.rowsStale)),
      ("rows_cleared", .count(report.rowsCleared)),
      ("ignored_columns", ConversionReportText.ignored(report.ignoredColumns)),
      ("more_ignored_columns", .boolean(report.ignoresMoreColumns)),
      ("version", .integer(report.version)),
      ("load_id", .string(report.loadID)),
    ])
  }
}
