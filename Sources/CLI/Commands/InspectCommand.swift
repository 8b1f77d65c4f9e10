import ArgumentParser
import Grebe
import Parquet

/// `grebe inspect`: what a Parquet file says about itself.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Print what a Parquet file says about itself: schema, row groups, pages, statistics.",
    discussion: """
      Nothing is decoded, so that files of unknown codecs and encrypted columns are
      shown too.

      EXAMPLE:
        grebe inspect orders.parquet
        grebe inspect lake/orders/part-00000.parquet --pages
        grebe inspect orders.parquet --format json
      """)

  @Argument(help: "Path or URL of the file; grebe files TABLE names those of a table.")
  var file: String

  @Flag(name: .long, help: "List the pages of every column chunk.")
  var pages = false

  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    let inspection = try FileInspection.open(file, pages: pages, environment: global.environment)
    try report.print(
      text: InspectionText.render(inspection, file: file),
      json: InspectionJSON.render(inspection, file: file))
  }
}
