import ArgumentParser
import Grebe

/// `grebe head`: the first rows of a table.
struct HeadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "head",
    abstract: "Print the first rows of a table or Parquet file.",
    discussion: """
      EXAMPLE:
        grebe head lake/orders -n 5
        grebe head lake/orders@v3 --format csv
        grebe head orders.parquet --format ndjson
      """)

  @OptionGroup var source: TableArgument

  @Option(name: .customShort("n"), help: "Number of rows.")
  var count = 10

  @OptionGroup(title: "Result") var result: ResultOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func validate() throws {
    if count < 0 { throw ValidationError("-n must not be negative") }
  }

  func run() throws {
    let query = try TableQuery(
      head: count, of: try source.reference(), environment: global.environment)
    try ResultWriter.write(query, options: result, global: global)
  }
}
