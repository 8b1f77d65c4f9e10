import ArgumentParser
import Grebe

/// `grebe verify`: what is not as it must be, with a status that says whether there is any.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a table's log and files, and with --deep every byte of them.",
    discussion: """
      Every finding is printed, with its version, file and column; exit status 65 if
      there is one.

      EXAMPLE:
        grebe verify lake/orders
        grebe verify lake/orders --deep --format json
        grebe verify lake/orders --repair
      """)

  @OptionGroup var source: TableArgument

  @Flag(
    name: .long,
    help: "Read every file: checksums, row counts, statistics, nulls, all checkpoints.")
  var deep = false

  @Flag(
    name: .long,
    help: "Move a newest commit that ends early aside: the version before is the newest then.")
  var repair = false

  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let reference = try source.reference()
    if repair && !reference.isLatest {
      throw ExitError(
        status: .usage, message: "only the latest version can be repaired", place: source.table)
    }
    let result = try Table.verify(
      reference, deep: deep, repairing: repair, environment: global.environment)
    try report.print(text: text(result), json: json(result))
    guard result.findings.isEmpty else {
      throw ExitError(
        status: .badData, message: counted(result.findings.count, "finding"), place: source.table,
        hint: hint(result))
    }
    if result.version == nil {
      throw ExitError(
        status: .noInput, message: "no version of the table is left", place: source.table,
        hint: "the torn commit was to create it, and nothing can make it whole: load the sources "
          + "again")
    }
  }

  /// What gives a table back that cannot be opened.
  private func hint(_ result: VerificationReport) -> String? {
    if result.findings.contains(where: { $0.kind == "commit_torn" }) {
      return "grebe verify \(source.table) --repair moves the torn commit aside"
    }
    guard let unreadable = result.unreadableVersion else {
      let kinds = Set(result.findings.map(\.kind))
      return kinds == ["checkpoint_damaged"]
        ? "readers pass it over; grebe checkpoint \(source.table) writes one of the latest version"
        : kinds.contains("file_missing") || kinds.contains("data_damaged")
          ? "restore the files from a copy, or go back with `grebe restore` to a version without "
            + "them" : nil
    }
    let readable = result.version.map { "; until then TABLE@v\($0) can be read" } ?? ""
    return "version \(unreadable) needs its log file back, from a copy: --repair moves only a "
      + "newest commit that ends early" + readable
  }

  private func text(_ result: VerificationReport) -> String {
    var lines: [String] = []
    if let repair = result.repair {
      lines.append(
        "moved the torn commit of version \(repair.version) to \(repair.movedTo): "
          + (repair.operation.map { "a \($0), " } ?? "")
          + "\(byteText(repair.sizeBytes)), of which \(counted(repair.actionCount, "action")) "
          + "could be read")
      lines += repair.lostFiles.map { "not in the table: \($0)" }
    }
    lines += result.findings.map(line)
    lines += result.unreadableHints.map {
      "\($0) cannot be read; readers do without it"
    }
    var looked =
      "\(counted(result.commitsChecked, "commit")), "
      + "\(counted(result.checkpointsChecked, "checkpoint")), "
      + "\(counted(result.filesChecked, "file")) (\(byteText(result.bytesChecked)))"
    if deep {
      looked += ", \(counted(Int(result.rowsChecked - result.rowsDeleted), "row"))"
      if result.rowsDeleted > 0 {
        looked += " (and \(countText(Int(result.rowsDeleted))) deleted)"
      }
    }
    if result.findings.isEmpty && result.version == nil {
      return (lines + ["\(source.table): no version is left"]).joined(separator: "\n")
    }
    var version = result.version.map { "version \($0)" } ?? "no version can be read"
    if result.version != nil, let unreadable = result.unreadableVersion {
      version += ", as version \(unreadable) cannot be read"
    }
    lines.append(
      "\(source.table): \(version): \(looked): "
        + (result.findings.isEmpty ? "all is well" : counted(result.findings.count, "finding")))
    return lines.joined(separator: "\n")
  }

  private func line(_ finding: VerificationReport.Finding) -> String {
    let place = [
      finding.version.map { "version \($0)" }, finding.file, finding.column.map { "column \($0)" },
    ].compactMap { $0 }.joined(separator: ", ")
    return "\(finding.kind): \(finding.message)" + (place.isEmpty ? "" : " (\(place))")
  }

  private func json(_ result: VerificationReport) -> ReportValue {
    let repair: ReportValue =
      if let repair = result.repair {
        .object([
          ("version", .integer(repair.version)), ("moved_to", .string(repair.movedTo)),
          ("size_bytes", .integer(repair.sizeBytes)), ("actions", .count(repair.actionCount)),
          ("operation", .optional(repair.operation)), ("lost_files", .strings(repair.lostFiles)),
        ])
      } else {
        .null
      }
    return .object([
      ("ok", .boolean(result.findings.isEmpty && result.version != nil)),
      ("version", .optional(result.version)),
      ("unreadable_version", .optional(result.unreadableVersion)),
      ("deep", .boolean(deep)), ("commits_checked", .count(result.commitsChecked)),
      ("checkpoints_checked", .count(result.checkpointsChecked)),
      ("files_checked", .count(result.filesChecked)),
      ("bytes_checked", .integer(result.bytesChecked)),
      ("rows_checked", .integer(result.rowsChecked)),
      ("rows_deleted", .integer(result.rowsDeleted)), ("repaired", repair),
      ("unreadable_hints", .strings(result.unreadableHints)),
      (
        "findings",
        .list(
          result.findings.map {
            .object([
              ("kind", .string($0.kind)), ("message", .string($0.message)),
              ("version", .optional($0.version)), ("file", .optional($0.file)),
              ("column", .optional($0.column)),
            ])
          })
      ),
    ])
  }
}
