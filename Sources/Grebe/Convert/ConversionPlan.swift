import Base
import Columns
import Delta
import Ingest
import Store

/// A source, and how its text becomes rows.
struct PlannedSource: Sendable {
  let file: SourceFile
  var layout: TextLayout
  /// Where in the text the first record after the header starts, and on which line (1-based).
  let dataOffset: Int64
  let dataLine: Int64
  /// Place among the sources of the load.
  let ordinal: Int

  var coding: SourceCoding { layout.coding }
  var format: TextFormat { layout.format }
  var columnMap: [Int?] { layout.columnMap }
}

extension PlannedSource {
  /// Name of the column that the field at `index` fills, which the source does not name.
  static func surplusName(_ index: Int) -> String { "column_\(index + 1)" }

  /// The columns that fields beyond the known ones fill, when records have `count` of them.
  func surplusFields(to count: Int) -> [Field] {
    (columnMap.count..<max(count, columnMap.count)).map {
      Field(PlannedSource.surplusName($0), .void)
    }
  }
}

/// What a conversion will do, before it reads the whole input.
struct ConversionPlan: Sendable {
  var sources: [PlannedSource]
  /// Columns that sources fill, as parsers know them: a guessed type may hold `void` where nothing
  /// was seen yet.
  var sourceSchema: Schema
  /// Columns of `sourceSchema` whose type is a guess that every row has to confirm.
  var inferredColumns: Set<Int>
  var partition: PartitionPlan
  /// What becomes of columns that sources turn out to have besides.
  var newColumns = ConversionOptions.NewColumnPolicy.fail

  /// Whether the columns are those of a table that is there.
  var isGivenByTable = false

  /// Columns of `sourceSchema` that the table lacks and gets.
  var addedColumns = 0..<0
  var rescued: RescuedData?
  /// Column of `sourceSchema` that gets what JSON records have besides, as they have it.
  var rescuedMembers: Int?

  /// What an existing table's columns may be widened from, by position; empty if they may not.
  var tableTypes: [Int: DataType] = [:]
  /// Columns of an existing table for which the load names no type: numbers with leading zeros or a
  /// plus sign, which would be lost, do not fit them.
  var strictColumns: Set<Int> = []
  /// Columns of an existing table that may be widened if the load is told to, and is not.
  var narrowColumns: Set<String> = []
  /// The types of given columns that get fields which sources have besides; those of the fields are
  /// guesses.
  var givenTypes: [Int: DataType] = [:]

  /// The columns that the paths of sources fill.
  var paths = PathColumns()

  /// The sources, when they are Parquet files; `sources` is empty then.
  var parquet: [ParquetSource] = []

  /// Columns of Parquet sources that lose what is finer than a microsecond.
  var nanosColumns: [String] = []

  /// How the first source with JSON records is laid out, and its place, if the ledger knows it.
  var json: (ordinal: Int, history: JSONHistory)?
  /// How delimited sources are written, and the place of the first that the ledger knows.
  var csv: (ordinal: Int, history: CSVHistory)?

  /// What the samples of delimited text leave to later rows.
  var samples = SampledTexts()

  /// Lines before the tables of sources, and of sources without rows, that are no rows.
  var passedOverCount = 0
  /// What to say of how the sources are written.
  var sourceNotes: [String] = []
  /// Of sources whose headers have a name more than once: which, and what its columns are called.
  var repeatedNames: [String] = []
  /// All of these columns.
  var renamedColumns: [RenamedColumn] = []

  /// What a user should know before the load.
  var notes: [String] {
    sourceNotes
      + [
        ColumnNames.warning(tableSchema), nanosNote, repeatedNamesNote,
        isGivenByTable ? nil : paths.note,
      ].compactMap { $0 }
  }

  /// What to say of columns whose types are guesses if no row was there to tell them.
  ///
  /// - Parameter rowsRead: of all sources.
  func typesNote(rowsRead: Int) -> String? {
    let guessed = inferredColumns.subtracting(tableTypes.keys).sorted()
      .map { sourceSchema.fields[$0] }.filter { $0.type.storedType == .string }
    guard rowsRead == 0, let first = sources.first, !guessed.isEmpty else { return nil }
    let subject =
      sources.count == 1 ? "\(first.file.name) has" : "the \(sources.count) sources have"
    let shown = guessed.prefix(5).map(\.name).joined(separator: ", ")
    let rest = guessed.count - 5
    return "note: \(subject) no rows that would tell types: "
      + (guessed.count == 1 ? "\(shown) is a string" : "\(shown)")
      + (rest > 0 ? " and \(rest) more" : "") + (guessed.count == 1 ? "" : " are strings")
      + "; --type or --schema names others"
      + (sources.count == 1 && !first.format.isJSON && first.dataLine > 1
        ? "; --header no takes the header for a row" : "")
  }

  private var repeatedNamesNote: String? {
    guard let first = repeatedNames.first else { return nil }
    let more = repeatedNames.count - 1
    let fault = first.contains("\\0") ? "have zero bytes" : "repeat"
    return "note: column names \(fault) in \(first)"
      + (more > 0 ? "; \(more) more \(more == 1 ? "header has" : "headers have") such names" : "")
  }

  private var nanosNote: String? {
    if nanosColumns.isEmpty { return nil }
    let names = nanosColumns.joined(separator: ", ")
    return "note: tables hold microseconds; the nanoseconds of \(names) are cut off"
  }

  var sizeBytes: Int64 {
    parquet.reduce(0) { $0 + $1.file.sizeBytes } + sources.reduce(0) { $0 + $1.file.sizeBytes }
  }

  /// About the bytes that a worker takes for what it reads: for text what it parses at a time and
  /// its columns; for row groups a page of each column, at most all of it, and the row group that
  /// comes of it.
  ///
  /// - Parameters:
  ///   - rowGroupBytes: which that has at most.
  ///   - heldBytes: what the reader of a Parquet file may hold.
  func inputBytes(rowGroupBytes most: Int, heldBytes: Int) -> Int {
    let textBytes = 4 * ConversionWorker.batchBytes(columnCount: sourceSchema.count)
    return parquet.reduce(textBytes) { largest, source in
      let rowCount = max(source.rowCounts.reduce(0, +), 1)
      let rowGroupBytes = Int(source.file.sizeBytes) / max(source.rowCounts.count, 1)
      let readBytes = min(4 * rowGroupBytes, source.fileColumns.count << 20, heldBytes)
      let unitRows = min(RowGroupUnits.rowCount, rowCount)
      let writtenBytes = Int(source.file.sizeBytes) / rowCount * unitRows
      return max(largest, readBytes + min(writtenBytes, most))
    }
  }

  /// The table's columns.
  var tableSchema: Schema { partition.schema }

  /// - Throws: `corrupt` unless a column that a source turns out to have besides, or a field of a
  ///   struct, may be added.
  func checkAdding(_ field: Field, from file: SourceFile) throws(GrebeError) {
    if newColumns == .add { return }
    let known = sourceSchema.resolve(field.name)
    var name = field.name
    if known != nil, case .structure(let fields) = field.type, let inner = fields.first {
      name += "." + inner.name
    }
    throw GrebeError(
      .corrupt,
      "the source has a column \(name) that \(isGivenByTable ? "the table" : "--schema") lacks",
      place: file.name,
      hint: "--on-new-column add, ignore or rescue says what becomes of it; the "
        + "\(isGivenByTable ? "table's" : "given") columns are "
        + sourceSchema.names.joined(separator: ", "))
  }

  /// Columns of an existing table whose type this load widens, as they will be.
  var widenedFields: [Field] {
    tableTypes.keys.sorted().map { sourceSchema.fields[$0] }
      .filter { field in
        sourceSchema.index(of: field.name).map { tableTypes[$0] != field.type } ?? false
      }
  }

  /// What sources filled, as rows of the table.
  func completing(
    _ batch: ColumnBatch
  ) throws(GrebeError) -> (rows: ColumnBatch, violations: [RowRules.Violation]) {
    try partition.completing(rescued?.apply(batch) ?? batch)
  }

  /// The same plan after rows contradicted guesses.
  func widened(_ found: Contradictions) throws(GrebeError) -> ConversionPlan {
    var plan = self
    for (column, type) in found.types {
      if let known = tableTypes[column], !type.isNumeric || !known.isNumeric {
        // No number at all: the row is at fault, not the column.
        plan.inferredColumns.remove(column)
        continue
      }
      plan.setType(of: column, givenTypes[column].map { $0.adding(fieldsOf: type) } ?? type)
    }
    plan.addSurplus(found.fieldCounts)
    for field in found.newFields {
      if let column = plan.sourceSchema.resolve(field.name) {
        let known = plan.sourceSchema.fields[column].type
        if plan.inferredColumns.contains(column) {
          plan.setType(of: column, widenedType(known, toHold: field.type))
        } else {
          plan.givenTypes[column] = plan.givenTypes[column] ?? known
          plan.setType(of: column, known.adding(fieldsOf: field.type))
        }
      } else {
        plan.add(field)
      }
    }
    try plan.partition.bind(over: plan.sourceSchema)
    try plan.bindPaths()
    return plan
  }

  /// Reads the values in paths as those of the columns.
  mutating func bindPaths() throws(GrebeError) {
    try paths.bind(
      to: sourceSchema.stored, strict: strictColumns,
      json: rescued.flatMap { $0.holdsJSON ? $0.hidden : nil })
  }

  /// What columns hold where a source has nothing for them.
  func defaults(of file: SourceFile, besides defaults: ColumnDefaults) -> ColumnDefaults {
    defaults.adding(paths.values(of: file), sourceSchema.stored)
  }

  /// Gives fields that records have beyond the known ones their columns, unless they are ignored.
  private mutating func addSurplus(_ counts: [Int: Int]) {
    // Sources that were alike stay so.
    var grown: [ObjectIdentifier: [Int: TextLayout]] = [:]
    for (index, count) in counts.sorted(by: { $0.key < $1.key }) {
      let layout = sources[index].layout
      if let known = grown[ObjectIdentifier(layout)]?[count] {
        sources[index].layout = known
        continue
      }
      var map = layout.columnMap
      for field in sources[index].surplusFields(to: count) {
        if sourceSchema.index(of: field.name) == nil { addSurplus(field) }
        map.append(sourceSchema.index(of: field.name))
      }
      let wider = TextLayout(
        coding: layout.coding, format: layout.format, columnMap: map, names: layout.names)
      grown[ObjectIdentifier(layout), default: [:]][count] = wider
      sources[index].layout = wider
    }
  }

  private mutating func addSurplus(_ field: Field) {
    switch newColumns {
    case .ignore: return
    case .rescue: break
    default: return add(field)
    }
    // What is rescued comes from hidden columns, behind all others.
    var known = rescued
    if known == nil {
      if sourceSchema.index(of: RescuedData.columnName) == nil { add(RescuedData.field) }
      let target = sourceSchema.index(of: RescuedData.columnName) ?? 0
      inferredColumns.remove(target)
      known = RescuedData(target: target, hidden: sourceSchema.count..<sourceSchema.count)
    }
    sourceSchema.fields.append(Field(field.name, .string))
    let start = known?.hidden.lowerBound ?? sourceSchema.count - 1
    known?.hidden = start..<sourceSchema.count
    rescued = known
  }

  private mutating func setType(of column: Int, _ type: DataType) {
    sourceSchema.fields[column].type = type
    partition.schema.fields[column].type = type.storedType
  }

  /// Behind the other source columns, before those that are computed.
  private mutating func add(_ field: Field) {
    let column = sourceSchema.count
    sourceSchema.fields.append(field)
    inferredColumns.insert(column)
    var stored = field
    stored.type = field.type.storedType
    partition.schema.fields.insert(stored, at: column)
    if addedColumns.upperBound == column {
      addedColumns = addedColumns.lowerBound..<column + 1
    }
  }
}
