import ArgumentParser
import Grebe

/// `grebe history`: the commits of a table, newest first.
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Print the commits of a table, newest first.",
    discussion: """
      With --format json, everything that a commit says of itself.

      EXAMPLE:
        grebe history lake/orders
        grebe history lake/orders --limit 1 --format json
      """)

  @OptionGroup var source: TableArgument

  @Option(name: .long, help: "Only the newest so many commits.")
  var limit: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
  }

  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let entries = try source.open(global).history(limit: limit)
    try report.print(
      text: TextTable.render(
        names: ["version", "time", "operation", "what", "engine"],
        rows: entries.map { entry in
          [
            String(entry.version), entry.timestamp, entry.operation, what(entry),
            entry.engine ?? "",
          ]
        }, numeric: [0]),
      json: .list(entries.map(json)))
  }

  /// What was done, in the words of the commit: its conditions and changes, its numbers, its note.
  private func what(_ entry: TableCommit) -> String {
    let shown = [
      "numOutputRows", "numFiles", "numAddedFiles", "numRemovedFiles", "numDeletedRows",
    ]
    let shownIfAny = [
      "numQuarantinedRows", "numSkippedRows", "numReplacedFiles", "numReplacedRows",
      "backlog_files", "seconds_behind",
    ].filter { entry.metrics[$0].flatMap(Double.init) != 0 }
    var names = (shown + shownIfAny).filter { entry.metrics[$0] != nil }
    if names.isEmpty {
      // Of another engine, which has other names.
      names = entry.metrics.filter { $0.key.hasPrefix("num") && $0.value != "0" }.keys.sorted()
    }
    let numbers = names.compactMap { name in entry.metrics[name].map { "\(name) \($0)" } }
    let text = entry.userMetadata?.split(whereSeparator: \.isNewline).joined(separator: " ") ?? ""
    let note = text.isEmpty ? [] : ["note: \(text)"]
    return (circumstances(entry) + numbers + note).joined(separator: ", ")
  }

  private func circumstances(_ entry: TableCommit) -> [String] {
    var parts: [String] = entry.changes
    if entry.parameters["mode"] == "Overwrite" { parts.append("overwrites") }
    if entry.operation == "RESTORE" {
      let target = entry.parameters["version"] ?? entry.parameters["timestamp"]
      parts += target.map { ["to \($0)"] } ?? []
    }
    if let condition = entry.parameters["predicate"], !["", "[]"].contains(condition) {
      parts.append("where \(condition)")
    }
    return parts
  }

  private func json(_ entry: TableCommit) -> ReportValue {
    .object([
      ("version", .integer(entry.version)), ("timestamp", .string(entry.timestamp)),
      ("timestamp_millis", .integer(entry.timestampMillis)),
      ("operation", .string(entry.operation)),
      ("parameters", object(entry.parameters) { .string($0) }),
      ("metrics", object(entry.metrics) { .metric($0) }),
      ("engine", .optional(entry.engine)), ("user_metadata", .optional(entry.userMetadata)),
      ("read_version", .optional(entry.readVersion)),
      ("isolation_level", .optional(entry.isolationLevel)),
      ("is_blind_append", entry.isBlindAppend.map { .boolean($0) } ?? .null),
      ("transaction_id", .optional(entry.transactionID)), ("others", .object(entry.others)),
    ])
  }

  private func object(
    _ map: [String: String], _ value: (String) -> ReportValue
  ) -> ReportValue {
    .object(map.sorted { $0.key < $1.key }.map { ($0.key, value($0.value)) })
  }
}
