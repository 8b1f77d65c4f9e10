import ArgumentParser
import Base
import Columns
import Grebe

/// `grebe convert`: detect, parse, write, commit, account for every row. All work is in `Grebe`.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract:
      "Load CSV, JSON and Parquet files into a table, in one commit, accounting for every row.",
    discussion: """
      Format, dialect and types are detected; every guess is verified on every row and can be
      overridden. A source the table already holds is not loaded twice. Text may be compressed
      (gzip, zstd, lz4, bzip2, xz) and in any encoding that iconv knows.

      JSON:
        A record a line, values one after another, or the elements of an array: the text's
        own, or a member's of the one object that the text is. Objects become structs, arrays
        lists, objects with too many different keys maps; what is of several kinds stays JSON
        text. Numbers keep every digit.

      PARQUET FILES:
        Columns, and fields of structs, go by name. Appending takes a column only if
        every value of its type is exactly one of the table's column (an integer goes
        into a wider one, never a double into a long), and a field only if the table
        has it. Types that tables lack become ones they have:
          time, UUID, interval          string
          enum, JSON                    string
          variant                       string: its JSON text
          void (nothing but nulls)      string
          timestamp in nanoseconds      timestamp; the nanoseconds are cut off
          uint8, uint16, uint32         the next wider of short, integer, long
          uint64                        decimal(20,0)
          float16                       float
          fixed binary, BSON, geometry  binary

      EXAMPLE:
        grebe convert orders.csv --into lake/orders --dry-run
        grebe convert 'dumps/*.csv' --into lake/orders --partition-by 'day(at)'
        grebe convert events.ndjson.gz --into lake/events
        grebe convert export.parquet --into lake/orders
      """)

  @Argument(help: "Files, directories, quoted patterns, or - for standard input.")
  var sources: [String]

  @Option(name: .long, help: "The table: a path or URL. Created if it is missing.")
  var into: String

  @OptionGroup(title: "Table") var target: ConversionTargetOptions
  @OptionGroup(title: "Files") var files: FileFormatOptions
  @OptionGroup(title: "Types") var types: ConversionTypeOptions
  @OptionGroup(title: "Sources (told from their content where not given)")
  var input: InputFormatOptions
  @OptionGroup(title: "CSV dialect (detected where not given)") var dialect: DialectOptions
  @OptionGroup(title: "Bad rows") var badRows: BadRowOptions

  @Flag(name: .long, help: "Show dialect, schema, partitions and the first rows; write nothing.")
  var dryRun = false

  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func run() throws {
    var options = ConversionOptions()
    try target.apply(to: &options)
    options.fileFormat = try files.format()
    try types.apply(to: &options)
    try input.apply(to: &options)
    dialect.apply(to: &options)
    badRows.apply(to: &options)
    let conversion = Conversion(
      sources: sources, into: into, options: options, environment: global.environment)
    if dryRun {
      let preview = try conversion.preview()
      return try report.print(
        text: ConversionReportText.text(preview), json: ConversionReportText.json(preview))
    }
    let start = platformSeconds()
    let line = global.progress.isOn && !global.quiet ? ProgressLine() : nil
    let result = try conversion.run(
      note: global.note,
      detail: global.verbose
        ? { found in global.detail(ConversionReportText.findings(found)) } : nil,
      progress: { progress in line?.show(progress) })
    line?.finish()
    let cost = RunCost(
      seconds: platformSeconds() - start, peakMemoryBytes: platformPeakMemoryBytes())
    try report.print(
      text: ConversionReportText.text(result, table: into, cost: cost),
      json: ConversionReportText.json(result, cost: cost))
  }
}

/// What the run cost, as the process saw it.
struct RunCost {
  let seconds: Double
  let peakMemoryBytes: Int64
}
