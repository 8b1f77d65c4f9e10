import ArgumentParser
import Grebe

/// `grebe files`: the data files of one version.
struct FilesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "files",
    abstract: "Print the data files of a table's version.",
    discussion: """
      EXAMPLE:
        grebe files lake/orders
        grebe files lake/orders@v0 --format json
        grebe files lake/orders --where "country = 'NL'"
      """)

  @OptionGroup var source: TableArgument

  @Option(name: .customLong("where"), help: "Only files of partitions for which this holds.")
  var predicate: String?

  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let table = try source.open(global)
    let files = try predicate.map { try table.files(where: $0) } ?? table.files
    try report.print(
      text: TextTable.render(
        names: ["path", "rows", "size"],
        rows: files.map {
          [$0.path, $0.rowCount.map { countText(Int($0)) } ?? "?", byteText($0.sizeBytes)]
        }, numeric: [1, 2]),
      json: .list(files.map(json)))
  }

  private func json(_ file: TableFile) -> ReportValue {
    .object([
      ("path", .string(file.path)), ("rows", .optional(file.rowCount)),
      ("size_bytes", .integer(file.sizeBytes)),
      ("modified_millis", .integer(file.modifiedMillis)),
      (
        "partition_values",
        .object(
          file.partitionValues.sorted { $0.key < $1.key }.map { ($0.key, .optional($0.value)) })
      ),
    ])
  }
}
