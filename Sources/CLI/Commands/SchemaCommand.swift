import ArgumentParser
import Columns
import Grebe

/// `grebe schema`: the columns of a table.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the columns of a table: names, types, nullability.",
    discussion: """
      EXAMPLE:
        grebe schema lake/orders
        grebe schema lake/orders@v3 --format json
      """)

  @OptionGroup var source: TableArgument
  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let table = try source.open(global)
    let partitions = table.partitionColumns
    try report.print(
      text: TextTable.render(
        names: ["column", "type", "nullable", "partition"],
        rows: table.schema.fields.map {
          [
            $0.name, $0.type.description, $0.nullable ? "yes" : "no",
            partitions.contains($0.name) ? "yes" : "",
          ]
        }),
      json: .object([
        ("version", .integer(table.version)),
        ("fields", SchemaText.json(table.schema)),
        ("partition_columns", .strings(partitions)),
      ]))
  }
}
