import ArgumentParser
import Grebe

/// `grebe restore`: what would change, then one commit that changes it. All work is in `Grebe`.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Make a table what it was at an older version, in one commit.",
    discussion: """
      Rows, schema and properties become those of the older version; versions in
      between stay readable. Sources that were loaded since can be loaded again.

      EXAMPLE:
        grebe restore lake/orders --to 12 --dry-run
        grebe restore lake/orders --to 2026-11-23T10:00:00Z
      """)

  @OptionGroup var latest: LatestTableArgument
  private var table: String { latest.table }

  @Option(
    name: .long,
    help: "The version, such as 12 or v12, or a time: the version that was current then.")
  var to: String

  @Option(name: .long, help: "Commit only if the table is still at this version.")
  var ifVersion: Int64?

  @Flag(name: .long, help: "Print what would change and change nothing.")
  var dryRun = false

  @OptionGroup var commit: CommitOptions
  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let reference = try latest.reference(hint: "--to names the version to go back to")
    let digits = to.hasPrefix("v") ? to.dropFirst() : to[...]
    let target =
      if let version = Int64(digits) {
        reference.at(version: version)
      } else {
        try reference.at(timestamp: to)
      }
    let table = try Table.open(reference, environment: global.environment)
    let summary = try table.planRestore(to: target.selector)
    let version = dryRun ? nil : try table.restore(
      summary, ifVersion: ifVersion, userMetadata: commit.userMetadata)
    try report.print(text: text(table, summary, version), json: json(summary, version))
  }

  private func text(_ table: Table, _ summary: RestoreSummary, _ version: Int64?) -> String {
    let target = "version \(summary.targetVersion) (\(summary.targetTimestamp))"
    guard !summary.isEmpty else {
      let late = summary.lateTimestamp.map {
        "\n\($0) lies after its last version, \(summary.targetVersion) of "
          + "\(summary.targetTimestamp): grebe history tells earlier ones"
      }
      return "\(self.table): nothing to do, the table is as it was at \(target)" + (late ?? "")
    }
    var lines = [
      "\(counted(summary.filesRestored, "file")) (\(byteText(summary.bytesRestored))) back, "
        + "\(countText(summary.filesRemoved)) (\(byteText(summary.bytesRemoved))) out, "
        + "\(countText(summary.filesAfter)) (\(byteText(summary.bytesAfter))) in all"
    ]
    let changes = [
      (summary.changesSchema, "schema"), (summary.changesProperties, "properties"),
      (summary.raisesProtocol, "protocol"),
    ].filter(\.0).map(\.1)
    if !changes.isEmpty { lines.append("changed: " + changes.joined(separator: ", ")) }
    if summary.sourcesForgotten > 0 {
      lines.append(
        counted(summary.sourcesForgotten, "ledger entry", plural: "ledger entries")
          + " of loads since then forgotten: their sources can be loaded again")
    }
    if summary.rowsQuarantined != 0 {
      let rows = summary.rowsQuarantined.map { counted(Int($0), "row") } ?? "the rows"
      lines.append("\(rows) that a replay or a reload has taken out since then back in quarantine")
    }
    lines.append(
      version.map { "\(self.table): version \($0) is \(target)" }
        ?? "\(self.table): would become what it was at \(target); nothing was changed (--dry-run)")
    return lines.joined(separator: "\n")
  }

  private func json(_ summary: RestoreSummary, _ version: Int64?) -> ReportValue {
    .object([
      ("dry_run", .boolean(dryRun)), ("version", .optional(version)),
      ("restored_version", .integer(summary.targetVersion)),
      ("restored_timestamp", .string(summary.targetTimestamp)),
      ("files_restored", .count(summary.filesRestored)),
      ("files_removed", .count(summary.filesRemoved)),
      ("bytes_restored", .integer(summary.bytesRestored)),
      ("bytes_removed", .integer(summary.bytesRemoved)),
      ("files_after", .count(summary.filesAfter)), ("bytes_after", .integer(summary.bytesAfter)),
      ("schema_changed", .boolean(summary.changesSchema)),
      ("properties_changed", .boolean(summary.changesProperties)),
      ("protocol_raised", .boolean(summary.raisesProtocol)),
      ("sources_forgotten", .count(summary.sourcesForgotten)),
      ("sources_known_again", .count(summary.sourcesKnown)),
      ("rows_quarantined", .optional(summary.rowsQuarantined)),
    ])
  }
}
