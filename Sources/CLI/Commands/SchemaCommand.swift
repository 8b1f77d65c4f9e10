import ArgumentParser
import Columns
import Grebe

/// `grebe schema`: the columns of a table or file.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the columns of a table or Parquet file: names, types, nullability.",
    discussion: """
      EXAMPLE:
        grebe schema lake/orders
        grebe schema lake/orders@v3 --format json
        grebe schema orders.parquet
      """)

  @OptionGroup var source: TableArgument
  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let table = try SchemaReport.open(try source.reference(), environment: global.environment)
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
        ("version", .optional(table.version)),
        ("fields", SchemaText.json(table.schema)),
        ("partition_columns", .strings(partitions)),
      ]))
  }
}
