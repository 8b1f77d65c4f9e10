import ArgumentParser
import Base
import Columns
import Grebe
import Store

/// `grebe convert`: detect, parse, write, commit, account for every row. All work is in `Grebe`.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract:
      "Load CSV, JSON and Parquet files into a table, in one commit, accounting for every row.",
    discussion: """
      Format, dialect and types are detected; every guess is verified on every row
      and can be overridden. Text may be compressed (gzip, zstd, lz4, bzip2, xz) and
      in any encoding that iconv knows.

      SOURCES:
        A source the table already holds is not loaded twice, nor read again: options
        on how to read it have no effect then. It is known by its path: a file that
        was renamed or copied is another source, and is loaded; a note says so. If
        it changed, the load is refused; --reload-changed replaces its rows, --force
        adds them again.

      DELIMITED TEXT:
        How it is written is found out: --dry-run says what and why, and notes tell
        of guesses that may be wrong, with the options that say otherwise. Lines that
        are neither header nor rows (comments, titles) are left out; the report
        counts them (lines_skipped).

      JSON:
        A record a line, values one after another, or the elements of an array: the
        text's own, or a member's of the one object that the text is. Objects become
        structs, arrays lists, objects with too many different keys maps; what is of
        several kinds stays JSON text. Numbers keep every digit.

      PARQUET FILES:
        Columns, and fields of structs, go by name. Appending takes a column only if
        every value of its type is exactly one of the table's column (an integer goes
        into a wider one, never a double into a long), and a field only if the table
        has it. With --on-type-conflict widen or quarantine each value is looked at:
        a long goes into a double if it is one exactly, and its row is bad if not.
        Types that tables lack become ones they have:
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
        grebe convert --watch landing --into lake/orders --on-bad-row quarantine
        grebe convert --replay-quarantine lake/orders
      """)

  @Argument(help: "Files, directories, quoted patterns, or - for standard input.")
  var sources: [String] = []

  @Option(name: .long, help: "The table: a path or URL. Created if it is missing.")
  var into: String?

  @OptionGroup(title: "Table") var target: ConversionTargetOptions
  @OptionGroup(title: "Files") var files: FileFormatOptions
  @OptionGroup(title: "Types") var types: ConversionTypeOptions
  @OptionGroup(title: "Sources (told from their content where not given)")
  var input: InputFormatOptions
  @OptionGroup(title: "CSV dialect (detected where not given)") var dialect: DialectOptions
  @OptionGroup(title: "Bad rows") var badRows: BadRowOptions
  @OptionGroup(title: "Columns that differ") var evolution: EvolutionOptions
  @OptionGroup(title: "Again") var reload: ReloadOptions
  @OptionGroup(title: "Watching") var watch: WatchOptionGroup

  @Flag(name: .long, help: "Show dialect, schema, partitions and the first rows; write nothing.")
  var dryRun = false

  @OptionGroup var commit: CommitOptions
  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func validate() throws {
    if reload.replayQuarantine != nil {
      if let useless = sources.isEmpty ? uselessInReplay : "sources" {
        throw ValidationError("--replay-quarantine goes without \(useless)")
      }
    } else if watch.watch != nil {
      guard sources.isEmpty, !dryRun, target.mode == .append, target.ifVersion == nil else {
        throw ValidationError("--watch goes without sources, --dry-run, --mode and --if-version")
      }
    } else if let useless = uselessWithoutWatch {
      throw ValidationError("\(useless) goes with --watch")
    } else if sources.isEmpty {
      throw ValidationError("Missing expected argument '<sources> ...'")
    }
    if reload.reloadChanged && (target.force || target.mode == .overwrite) {
      throw ValidationError("--reload-changed goes without --force and --mode overwrite")
    }
  }

  private func options() throws -> ConversionOptions {
    var options = ConversionOptions()
    try target.apply(to: &options)
    options.fileFormat = try files.format()
    try types.apply(to: &options)
    try input.apply(to: &options)
    dialect.apply(to: &options)
    badRows.apply(to: &options)
    evolution.apply(to: &options)
    options.reloadChanged = reload.reloadChanged
    options.userMetadata = commit.userMetadata
    return options
  }

  func run() throws {
    let options = try options()
    // An `@v1` would be a part of the new table's name otherwise.
    if let table = into ?? reload.replayQuarantine, !(try TableReference(table).isLatest) {
      throw ExitError(
        status: .usage, message: "a pinned version of a table cannot be written", place: table,
        hint: "leave out what follows the @: rows go into the latest version")
    }
    if let table = reload.replayQuarantine {
      let result = try QuarantineReplay(
        into: table, options: options, environment: global.environment
      ).run()
      return try report.print(
        text: ReplayText.text(result, table: table), json: ReplayText.json(result))
    }
    // Not in `validate`, which comes before options that are not known are told of.
    guard let into else {
      throw ExitError(
        status: .usage, message: "Missing expected argument '--into <into>'",
        hint: "see grebe convert --help")
    }
    if badRows.maxBadRows != nil, badRows.onBadRow == .fail,
      evolution.onTypeConflict != .quarantine
    {
      global.note(
        "note: --max-bad-rows has no effect, as the first bad row fails the load; "
          + "--on-bad-row quarantine or skip goes with it")
    }
    if let directory = watch.watch { return try run(watching: directory, into, options) }
    let conversion = Conversion(
      sources: sources, into: into, options: options, environment: global.environment)
    if dryRun {
      let preview = try conversion.preview()
      return try report.print(
        text: ConversionReportText.text(preview), json: ConversionReportText.json(preview))
    }
    let start = platformSeconds()
    let line = progressLine()
    // An error's line starts on a clean one as well.
    defer { line?.finish() }
    let result = try conversion.run(
      note: { text in line?.note(text, global) ?? global.note(text) },
      detail: global.verbose
        ? { found in global.detail(ConversionReportText.findings(found)) } : nil,
      progress: { progress in line?.show(progress) })
    line?.finish()
    if let advice = result.partitionAdvice { global.note(ConversionReportText.text(advice)) }
    let cost = RunCost(
      seconds: platformSeconds() - start, peakMemoryBytes: platformPeakMemoryBytes())
    try report.print(
      text: ConversionReportText.text(result, table: into, cost: cost),
      json: ConversionReportText.json(result, cost: cost))
  }

  private func progressLine() -> ProgressLine? {
    guard global.progress.isOn, !global.quiet else { return nil }
    // Whoever wants the report as data gets the way there as data, too.
    return ProgressLine(isData: report.format == .json && global.progress == .always)
  }

  /// A line an event: what was loaded on standard output, what was not on standard error. A file
  /// that is set aside is an error, which `--quiet` does not keep back.
  private func run(
    watching directory: String, _ into: String, _ options: ConversionOptions
  ) throws {
    var failure: ExitError?
    try WatchedConversion(
      directory: directory, into: into, options: options, watch: watch.options,
      environment: global.environment
    ).run(note: global.note) { event in
      do throws(ExitError) {
        switch (report.format, event) {
        case (.json, _):
          try Console.output.line(JSONText.render(WatchText.json(event), indent: nil))
        case (.text, .loaded): try Console.output.line(WatchText.text(event, table: into))
        case (.text, .retrying): global.note(WatchText.text(event, table: into))
        case (.text, .failed): Console.error.note(WatchText.text(event, table: into))
        }
      } catch {
        // Nobody reads on: stop at the next look.
        failure = error
        interruption.cancel()
      }
    }
    if let failure { throw failure }
  }
}

/// What the run cost, as the process saw it.
struct RunCost {
  let seconds: Double
  let peakMemoryBytes: Int64
}
