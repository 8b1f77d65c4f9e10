import ArgumentParser
import Grebe

/// `grebe compact`: plan, show the plan, rewrite, commit. All work is in `Grebe`.
struct CompactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Rewrite many small files as fewer large ones, in one commit.",
    discussion: """
      Rows do not change, and old versions stay readable.

      EXAMPLE:
        grebe compact lake/orders --dry-run
        grebe compact lake/orders --where "country = 'NL'" --target-file-size 128MB
      """)

  @OptionGroup var latest: LatestTableArgument
  private var table: String { latest.table }

  @Option(name: .customLong("where"), help: "Only partitions for which this holds.")
  var predicate: String?

  @Option(
    name: .long, help: "Size to aim for, per file. (default: 256 MB)", transform: ByteSize.parse)
  var targetFileSize = ByteSize(argument: "256MB")!

  @Flag(name: .long, help: "Print the plan and change nothing.")
  var dryRun = false

  @OptionGroup(title: "Files") var files: FileFormatOptions
  @OptionGroup var commit: CommitOptions
  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func validate() throws {
    guard targetFileSize.bytes >= 1 << 16 else {
      throw ValidationError("--target-file-size must be at least 64KiB")
    }
  }

  func run() throws {
    let format = try files.format()
    let table = try latest.open(global)
    var options = CompactionOptions(
      targetFileBytes: targetFileSize.bytes, predicate: predicate)
    options.fileFormat = format
    options.userMetadata = commit.userMetadata
    let plan = try table.planCompaction(options)
    if dryRun || plan.isEmpty { return try print(plan, result: nil) }
    try print(plan, result: try table.compact(plan))
  }

  private func print(_ plan: CompactionSummary, result: CompactionReport?) throws {
    try report.print(text: text(plan, result), json: json(plan, result))
  }

  private func text(_ plan: CompactionSummary, _ result: CompactionReport?) -> String {
    guard !plan.isEmpty else {
      let subject = plan.filesTotal == 1 ? "it" : "they"
      return "\(table): nothing to do, \(counted(plan.filesTotal, "file")) as \(subject) should be"
    }
    var lines = plan.tasks.map { task in
      "\(task.partition.isEmpty ? "all" : task.partition): \(counted(task.fileCount, "file")), "
        + "\(byteText(task.sizeBytes)) -> about \(task.outputFileCount)"
    }
    if let result {
      lines.append(
        "\(table): version \(result.version), \(counted(result.filesRemoved, "file")) became "
          + "\(countText(result.filesAdded)), \(byteText(result.bytesRemoved)) became "
          + "\(byteText(result.bytesAdded)), \(counted(Int(result.rowCount), "row")) unchanged")
    } else {
      lines.append(
        "\(table): \(countText(plan.filesSelected)) of \(counted(plan.filesTotal, "file")) "
          + "would become about \(countText(plan.outputFileCount)); nothing was changed (--dry-run)"
      )
    }
    return lines.joined(separator: "\n")
  }

  private func json(_ plan: CompactionSummary, _ result: CompactionReport?) -> ReportValue {
    var members: [(name: String, value: ReportValue)] = [
      ("dry_run", .boolean(dryRun)),
      ("files_total", .count(plan.filesTotal)), ("files_selected", .count(plan.filesSelected)),
      ("bytes_selected", .integer(plan.bytesSelected)),
      ("files_expected", .count(plan.outputFileCount)),
      (
        "tasks",
        .list(
          plan.tasks.map {
            .object([
              ("partition", .string($0.partition)), ("files", .count($0.fileCount)),
              ("size_bytes", .integer($0.sizeBytes)),
              ("files_expected", .count($0.outputFileCount)),
            ])
          })
      ),
    ]
    if let result {
      members += [
        ("version", .integer(result.version)), ("files_removed", .count(result.filesRemoved)),
        ("files_added", .count(result.filesAdded)),
        ("bytes_removed", .integer(result.bytesRemoved)),
        ("bytes_added", .integer(result.bytesAdded)), ("rows", .integer(result.rowCount)),
      ]
    } else {
      members.append(("version", .null))
    }
    return .object(members)
  }
}
