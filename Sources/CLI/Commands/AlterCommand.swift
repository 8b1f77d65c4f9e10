import ArgumentParser
import Columns
import Grebe

/// `grebe alter`: columns, properties, constraints and features of a table. All work is in `Grebe`.
struct AlterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alter",
    abstract: "Change a table's columns, properties, constraints or features, in one commit.",
    discussion: """
      No data file is touched. To rename or drop columns a table needs column
      mapping, to let types grow delta.enableTypeWidening; both ask more of readers.
      delta.enableRowTracking gives every row an id that it keeps; writers then need
      the feature rowTracking. Changes are made kind by kind in the order in which
      the options are listed here.

      A column may be a field of a struct, given by its path: customer.address.zip;
      through arrays and maps as tags.element.k, counts.key, counts.value.n.

      EXAMPLE:
        grebe alter lake/orders --add-column "note STRING, customer.vat STRING"
        grebe alter lake/orders --set delta.columnMapping.mode=name
        grebe alter lake/orders --rename-column note=comment
        grebe alter lake/orders --add-constraint "positive=amount > 0"
      """)

  @OptionGroup var latest: LatestTableArgument
  private var table: String { latest.table }

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set a property, KEY=VALUE (repeats).", valueName: "key=value"))
  var sets: [NamedValue] = []

  @Option(name: .customLong("unset"), help: "Remove a property (repeats).")
  var unsets: [String] = []

  @Option(name: .customLong("add-feature"), help: "Turn a table feature on (repeats).")
  var features: [String] = []

  @Option(name: .customLong("drop-constraint"), help: "Drop a constraint by its name (repeats).")
  var droppedConstraints: [String] = []

  @Option(name: .customLong("add-column"), help: "Add columns, as DDL (repeats).")
  var addedColumns: [String] = []

  @Option(
    name: .customLong("rename-column"),
    help: ArgumentHelp("Rename a column, OLD=NEW (repeats).", valueName: "old=new"))
  var renamedColumns: [NamedValue] = []

  @Option(name: .customLong("drop-column"), help: "Drop a column (repeats).")
  var droppedColumns: [String] = []

  @Option(
    name: .customLong("type"),
    help: ArgumentHelp(
      "Let a column's type grow, COLUMN=TYPE (repeats).", valueName: "column=type"))
  var types: [NamedValue] = []

  @Option(name: .customLong("drop-not-null"), help: "Allow nulls in a column (repeats).")
  var nullableColumns: [String] = []

  @Option(
    name: .customLong("add-constraint"),
    help: ArgumentHelp(
      "Add a CHECK constraint that holds for every row, NAME=CONDITION (repeats).",
      valueName: "name=condition"))
  var constraints: [NamedValue] = []

  @Option(name: .long, help: "Change it only if it is still at this version (else 75).")
  var ifVersion: Int64?

  @Flag(name: .long, help: "Look whether it can be done and change nothing.")
  var dryRun = false

  @OptionGroup var commit: CommitOptions
  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Everywhere") var global: GlobalOptions

  func validate() throws {
    let lists = [unsets, features, droppedConstraints, addedColumns, droppedColumns]
    let pairs = [sets, renamedColumns, types, constraints]
    guard
      !lists.allSatisfy(\.isEmpty) || !pairs.allSatisfy(\.isEmpty) || !nullableColumns.isEmpty
    else { throw ValidationError("nothing to change") }
  }

  func run() throws {
    let options = try options()
    let opened = try latest.open(global)
    let result = try opened.alter(options)
    try report.print(text: text(result), json: json(result))
  }

  private func options() throws -> AlterOptions {
    var options = AlterOptions()
    for pair in sets { options.setProperty(pair.name, to: pair.value) }
    for key in unsets { options.unsetProperty(key) }
    for name in features { try options.addFeature(name) }
    for name in droppedConstraints { options.dropConstraint(name) }
    for ddl in addedColumns { try options.addColumns(ddl) }
    for pair in renamedColumns { options.renameColumn(pair.name, to: unquoted(pair.value)) }
    for name in droppedColumns { options.dropColumn(name) }
    for pair in types { try options.widenColumn(pair.name, to: pair.value) }
    for name in nullableColumns { options.dropNotNull(name) }
    for pair in constraints { options.addConstraint(pair.name, condition: pair.value) }
    options.requiredVersion = ifVersion
    options.userMetadata = commit.userMetadata
    options.dryRun = dryRun
    return options
  }

  /// A name in backticks, as DDL takes it, without them.
  private func unquoted(_ name: String) -> String {
    let isQuoted = name.count > 2 && name.first == "`" && name.last == "`"
    return isQuoted ? String(name.dropFirst().dropLast()) : name
  }

  private func text(_ result: AlterReport) -> String {
    if !result.isDifferent { return "\(table): nothing to do; version \(result.version) stays" }
    let protocols =
      "readers need protocol \(result.minReaderVersion), writers \(result.minWriterVersion)"
    let last =
      result.isCommitted
      ? "\(table): version \(result.version); \(protocols)"
      : "\(table): can be done, after which \(protocols); nothing was changed (--dry-run)"
    let numbered =
      result.filesNumbered > 0 ? ["rows get ids in \(counted(result.filesNumbered, "file"))"] : []
    return (result.changes + numbered + [last]).joined(separator: "\n")
  }

  private func json(_ result: AlterReport) -> ReportValue {
    .object([
      ("dry_run", .boolean(dryRun)), ("committed", .boolean(result.isCommitted)),
      ("version", .integer(result.version)), ("changes", .strings(result.changes)),
      ("files_numbered", .count(result.filesNumbered)),
      ("columns", .strings(result.schema.fields.map { "\($0.name) \($0.type)" })),
      (
        "properties",
        .object(result.properties.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
      ),
      ("min_reader_version", .count(result.minReaderVersion)),
      ("min_writer_version", .count(result.minWriterVersion)),
      ("features", .strings(result.features)),
    ])
  }
}

/// `NAME=VALUE` on the command line.
struct NamedValue: ExpressibleByArgument {
  let name: String
  let value: String

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
      return nil
    }
    name = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
  }
}
