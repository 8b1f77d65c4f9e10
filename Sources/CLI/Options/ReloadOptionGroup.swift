import ArgumentParser
import Grebe

/// Sources that the table knows, and rows that it refused.
struct ReloadOptions: ParsableArguments {
  @Flag(
    name: .long,
    help: "Replace the rows of sources that changed since they were loaded, in one commit.")
  var reloadChanged = false

  @Option(
    name: .long,
    help: """
      Load the rows in quarantine that fit this table by now, then stop. Goes with --on-new-column \
      ignore, rescue (if the table has _rescued_data) or fail, --max-bad-rows, and options on files.
      """,
    completion: .directory)
  var replayQuarantine: String?
}

extension ConvertCommand {
  /// The first option given that a replay has no use for: rows in quarantine were read already, and
  /// the table is what it is.
  var uselessInReplay: String? {
    let given: [(option: String, isGiven: Bool)] = [
      ("--mode", target.mode != .append), ("--partition-by", target.partitionBy != nil),
      ("--sort-by", target.sortBy != nil), ("--force", target.force),
      ("--if-version", target.ifVersion != nil), ("--replace-where", target.replaceWhere != nil),
      ("--schema", types.schema != nil), ("--type", !types.typeHints.isEmpty),
      ("--all-strings", types.allStrings), ("--input-format", input.inputFormat != nil),
      ("--json-records", input.jsonRecords != nil), ("--encoding", input.encoding != nil),
      ("--delimiter", dialect.delimiter != nil), ("--quote", dialect.quote != nil),
      ("--escape", dialect.escape != nil), ("--header", dialect.header != .auto),
      ("--skip-rows", dialect.skipRows != 0), ("--comment", dialect.comment != nil),
      ("--null", !dialect.nullTexts.isEmpty), ("--date-format", dialect.dateFormat != nil),
      ("--timestamp-format", dialect.timestampFormat != nil),
      ("--decimal-comma", dialect.decimalComma), ("--ragged", dialect.ragged != .bad),
      ("--match-columns", evolution.matchColumns != .ignoreCase),
      ("--reload-changed", reload.reloadChanged),
    ]
    return given.first(where: \.isGiven)?.option
  }
}
