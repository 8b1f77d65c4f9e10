import ArgumentParser
import Grebe

/// `grebe delete`: rows out of a table, in one commit. All work is in `Grebe`.
struct DeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete the rows for which a condition holds, in one commit.",
    discussion: """
      Rows for which the condition is null stay. Old versions keep the rows until
      they are vacuumed. With the property delta.enableDeletionVectors the rows are
      only marked; without it the files that hold them are written again.

      EXAMPLE:
        grebe delete lake/orders --where "customer = 'c-17'" --dry-run
        grebe delete lake/orders --where "day < DATE '2020-01-01'"
      """)

  @OptionGroup var latest: LatestTableArgument
  private var table: String { latest.table }

  @Option(name: .customLong("where"), help: "The rows to delete, in SQL; `true` for all.")
  var predicate: String

  @Option(name: .long, help: "Delete only if the table is still at this version (else 75).")
  var ifVersion: Int64?

  @Flag(name: .long, help: "Count the rows and change nothing.")
  var dryRun = false

  @OptionGroup(title: "Files") var files: FileFormatOptions
  @OptionGroup var commit: CommitOptions
  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    var options = DeletionOptions(predicate: predicate)
    options.fileFormat = try files.format()
    options.requiredVersion = ifVersion
    options.userMetadata = commit.userMetadata
    options.dryRun = dryRun
    let table = try latest.open(global)
    let result = try table.delete(options)
    try report.print(text: text(result), json: json(result))
  }

  private func text(_ result: DeletionReport) -> String {
    let rows = counted(Int(result.rowsDeleted), "row")
    if result.rowsDeleted == 0 {
      return "\(table): no row matches; version \(result.version) stays"
    }
    let files = [
      (result.filesRemoved, "removed"), (result.filesRewritten, "written again"),
      (result.deletionVectors, "with a deletion vector"),
    ].filter { $0.0 > 0 }.map { "\(counted($0.0, "file")) \($0.1)" }.joined(separator: ", ")
    return result.isCommitted
      ? "\(table): version \(result.version), \(rows) deleted: \(files)"
      : "\(table): \(rows) would be deleted: \(files); nothing was changed (--dry-run)"
  }

  private func json(_ result: DeletionReport) -> ReportValue {
    .object([
      ("dry_run", .boolean(dryRun)), ("committed", .boolean(result.isCommitted)),
      ("version", .integer(result.version)), ("rows_deleted", .integer(result.rowsDeleted)),
      ("files_removed", .count(result.filesRemoved)),
      ("files_rewritten", .count(result.filesRewritten)),
      ("deletion_vectors", .count(result.deletionVectors)),
    ])
  }
}
