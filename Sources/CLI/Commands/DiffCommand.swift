import ArgumentParser
import Grebe

/// `grebe diff`: what changed between two versions of a table.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Print the rows by which two versions of a table differ.",
    discussion: """
      A row that was moved to another file is no difference. With --feed every commit
      is told by itself, from its change files where it has some.

      EXAMPLE:
        grebe diff lake/orders --from 3 --to 5
        grebe diff lake/orders --from 3 --summary
        grebe diff lake/orders --from 2026-11-23T10:00:00Z --feed --format ndjson
      """)

  @Argument(help: "Path or URL of the table.")
  var table: String

  @Option(name: .long, help: "The earlier version, or a time.")
  var from: String

  @Option(name: .long, help: "The later version, or a time (default: the latest).")
  var to: String?

  @Flag(name: .long, help: "Count the rows instead.")
  var summary = false

  @Flag(name: .long, help: "What each commit changed, with its version and time.")
  var feed = false

  @OptionGroup(title: "Result") var result: ResultOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let reference = try TableReference(table)
    guard reference.isLatest else {
      throw ExitError(
        status: .usage, message: "--from and --to say which versions to compare", place: table)
    }
    let first = try version(from, of: reference)
    let last = try to.map { try version($0, of: reference) } ?? reference
    let query =
      feed
      ? try TableQuery(
        feedFrom: first, to: last, counting: summary, environment: global.environment)
      : try TableQuery(
        differencesFrom: first, to: last, counting: summary, environment: global.environment)
    try ResultWriter.write(query, options: result, global: global)
  }

  private func version(_ text: String, of table: TableReference) throws -> TableReference {
    if let version = Int64(text.hasPrefix("v") ? String(text.dropFirst()) : text) {
      return table.at(version: version)
    }
    return try table.at(timestamp: text)
  }
}
