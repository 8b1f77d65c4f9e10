import ArgumentParser
import Grebe

/// `grebe checkpoint`: the table's state in one place, so that it opens fast. All work is in
/// `Grebe`.
struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Write the table's state as a checkpoint, and tidy up its log.",
    discussion: """
      Readers then start from the checkpoint instead of every commit. Log entries older than \
      delta.logRetentionDuration (30 days) are removed, unless delta.enableExpiredLogCleanup is \
      false. Commits do the same by themselves, every delta.checkpointInterval versions.

      EXAMPLE:
        grebe checkpoint lake/orders
        grebe checkpoint lake/orders --format json
      """)

  @OptionGroup var latest: LatestTableArgument
  private var table: String { latest.table }

  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let done = try latest.open(global).checkpoint()
    try report.print(text: text(done), json: json(done))
  }

  private func text(_ done: CheckpointReport) -> String {
    var lines = [
      "\(table): \(done.kind) checkpoint of version \(done.version), "
        + "\(counted(done.fileCount, "file")) and \(counted(done.tombstoneCount, "tombstone")), "
        + byteText(done.sizeBytes)
        + (done.sidecarCount > 0 ? ", \(counted(done.sidecarCount, "sidecar"))" : "")
    ]
    if done.logFilesRemoved + done.sidecarsRemoved > 0 {
      lines.append(
        "\(table): \(counted(done.logFilesRemoved, "expired log file")) and "
          + "\(counted(done.sidecarsRemoved, "unused sidecar")) removed")
    }
    return lines.joined(separator: "\n")
  }

  private func json(_ done: CheckpointReport) -> ReportValue {
    .object([
      ("version", .integer(done.version)), ("kind", .string(done.kind)),
      ("path", .string(done.path)), ("actions", .count(done.actionCount)),
      ("files", .count(done.fileCount)), ("tombstones", .count(done.tombstoneCount)),
      ("sidecars", .count(done.sidecarCount)), ("size_bytes", .integer(done.sizeBytes)),
      ("log_files_removed", .count(done.logFilesRemoved)),
      ("sidecars_removed", .count(done.sidecarsRemoved)),
    ])
  }
}
