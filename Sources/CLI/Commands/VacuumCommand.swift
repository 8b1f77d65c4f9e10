import ArgumentParser
import Base
import Grebe

/// `grebe vacuum`: deletes the files that only versions older than the retention need.
struct VacuumCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vacuum",
    abstract: "Delete files that the table no longer needs. Versions that need them are gone then.",
    discussion: """
      A file goes when no version within the retention has it and it is older than
      the retention itself, so that files of a load that is going on stay. Whatever
      starts with _ or . is left alone, but for change data and partitions. The
      history records a vacuum as VACUUM START and VACUUM END.

      EXAMPLE:
        grebe vacuum lake/orders --dry-run
        grebe vacuum lake/orders --retain 30d
      """)

  @Argument(help: "Path or URL of the table.")
  var table: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How long files stay that are no longer in the table, such as 36h, 7d or 2w "
        + "(default: what the table says, else 7d).", valueName: "duration"),
    transform: TimeSpan.parse)
  var retain: TimeSpan?

  @Flag(name: .long, help: "Print what would be deleted and delete nothing.")
  var dryRun = false

  @Flag(
    name: .long,
    help: "Only files whose removal the log still tells: no directory is listed.")
  var lite = false

  @Flag(
    name: .long,
    help: "Allow a retention shorter than the table's: only while nobody reads or writes it.")
  var noRetentionCheck = false

  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    var settings = VacuumSettings()
    settings.retentionMillis = retain?.millis
    settings.checksRetention = !noRetentionCheck
    settings.isLite = lite
    settings.isDryRun = dryRun
    let result: VacuumReport
    do throws(GrebeError) {
      result = try Table.vacuum(
        try TableReference(table), settings, environment: global.environment)
    } catch {
      var failure = ExitError(error)
      if error.code == .invalidArgument, retain != nil {
        failure.hint = (failure.hint ?? "") + " (--no-retention-check)"
      }
      throw failure
    }
    if report.format == .text { try Console.output.lines(result.paths) }
    try report.print(text: text(result), json: json(result))
  }

  private func text(_ result: VacuumReport) -> String {
    let amount = "\(counted(result.filesDeleted, "file")), \(byteText(result.bytesDeleted))"
    let kept =
      "\(countText(result.filesKept)) kept"
      + (result.filesYoung > 0 ? ", \(countText(result.filesYoung)) too young" : "")
    if dryRun {
      return "\(table): \(amount) would be deleted, \(kept); nothing was changed (--dry-run)"
    }
    let directories =
      result.directoriesDeleted == 0
      ? ""
      : " and " + counted(result.directoriesDeleted, "directory", plural: "directories")
    return "\(table): \(amount)\(directories) deleted, \(kept)"
  }

  private func json(_ result: VacuumReport) -> ReportValue {
    var members: [(name: String, value: ReportValue)] = [
      ("dry_run", .boolean(dryRun)), ("mode", .string(lite ? "lite" : "full")),
      ("version", .integer(result.version)),
      ("retention_millis", .integer(result.retentionMillis)), ("cutoff", .string(result.cutoff)),
      ("files_deleted", .count(result.filesDeleted)),
      ("bytes_deleted", .integer(result.bytesDeleted)),
      ("directories_deleted", .count(result.directoriesDeleted)),
      ("files_kept", .count(result.filesKept)), ("files_young", .count(result.filesYoung)),
    ]
    if dryRun { members.append(("files", .paths(result.paths))) }
    return .object(members)
  }
}
