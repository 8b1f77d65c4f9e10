import ArgumentParser
import Grebe

/// `grebe query`: SQL over one table or file.
struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Answer a SELECT over any version of a table, or over a Parquet file.",
    discussion: """
      A table is a quoted path, or a name given with --table name=path.

      EXAMPLE:
        grebe query "SELECT country, count(*) FROM 'lake/orders' GROUP BY country"
        grebe query "SELECT * FROM 'lake/orders' VERSION AS OF 3 LIMIT 5"
        grebe query "SELECT max(total) FROM o" --table o=lake/orders --format csv
      """)

  @Argument(help: "The SELECT statement.")
  var sql: String

  @Option(name: .customLong("table"), help: "A name for a table, as name=path; repeats.")
  var tables: [String] = []

  @OptionGroup var pinned: VersionOptions

  @Flag(name: .long, help: "Print the plan with what was pruned and read, not the rows.")
  var explain = false

  @OptionGroup(title: "Result") var result: ResultOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    var names: [String: String] = [:]
    for table in tables {
      guard let equals = table.firstIndex(of: "="), equals != table.startIndex else {
        throw ExitError(status: .usage, message: "--table needs name=path", place: table)
      }
      names[String(table[..<equals])] = String(table[table.index(after: equals)...])
    }
    let query = try TableQuery(
      sql: sql, tables: names, version: pinned.version, timestamp: pinned.timestamp,
      environment: global.environment)
    if explain { return try Console.output.line(try query.explain()) }
    try ResultWriter.write(query, options: result, global: global)
  }
}
