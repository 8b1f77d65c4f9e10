import ArgumentParser
import Columns
import Grebe

/// `grebe describe`: what a table is and how much it holds.
struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Print what a table is: version, rows, files, sizes, properties, protocol.",
    discussion: """
      EXAMPLE:
        grebe describe lake/orders
        grebe describe lake/orders --format json
      """)

  @OptionGroup var source: TableArgument
  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let description = try source.open(global).describe()
    try report.print(text: text(description), json: json(description))
  }

  private func text(_ table: TableDescription) -> String {
    var lines = [
      ("location", table.location), ("id", table.id),
      ("version", "\(table.version), \(table.timestamp)"),
      ("rows", table.rowCount.map { countText(Int($0)) } ?? "unknown: a file has no statistics"),
      ("files", "\(countText(table.fileCount)), \(byteText(table.sizeBytes))"),
      ("file size", fileSizes(table)),
      ("partitions", partitions(table)),
      ("columns", "\(table.schema.count)"),
      ("protocol", "reader \(table.readerVersion), writer \(table.writerVersion)"),
    ]
    if !table.features.isEmpty {
      lines.append(("features", table.features.joined(separator: ", ")))
    }
    for property in table.properties {
      lines.append(("property", "\(property.key)=\(property.value)"))
    }
    return lines.map { name, value in
      name + String(repeating: " ", count: max(1, 12 - name.count)) + value
    }.joined(separator: "\n")
  }

  private func fileSizes(_ table: TableDescription) -> String {
    guard table.fileCount > 0 else { return "-" }
    return
      "smallest \(byteText(table.smallestFileBytes)), median \(byteText(table.medianFileBytes)), "
      + "largest \(byteText(table.largestFileBytes))"
  }

  private func partitions(_ table: TableDescription) -> String {
    table.partitionColumns.isEmpty
      ? "none"
      : "\(countText(table.partitionCount)) by " + table.partitionColumns.joined(separator: ", ")
  }

  private func json(_ table: TableDescription) -> ReportValue {
    .object([
      ("location", .string(table.location)), ("id", .string(table.id)),
      ("version", .integer(table.version)), ("timestamp", .string(table.timestamp)),
      ("rows", .optional(table.rowCount)), ("files", .count(table.fileCount)),
      ("size_bytes", .integer(table.sizeBytes)),
      ("smallest_file_bytes", .integer(table.smallestFileBytes)),
      ("median_file_bytes", .integer(table.medianFileBytes)),
      ("largest_file_bytes", .integer(table.largestFileBytes)),
      ("partition_columns", .strings(table.partitionColumns)),
      ("partitions", .count(table.partitionCount)),
      ("fields", SchemaText.json(table.schema)),
      ("reader_version", .count(table.readerVersion)),
      ("writer_version", .count(table.writerVersion)),
      ("features", .strings(table.features)),
      ("properties", .object(table.properties.map { ($0.key, .string($0.value)) })),
    ])
  }
}
