import Base
import Columns
import Delta
import Ingest
import Store

/// A source, and how its text becomes rows.
struct PlannedSource: Sendable {
  let file: SourceFile
  var coding = SourceCoding()
  let format: TextFormat
  /// For each field of a record, the source column it fills; nil for fields that are left out.
  let columnMap: [Int?]
  /// Where in the text the first record after the header starts, and on which line (1-based).
  let dataOffset: Int64
  let dataLine: Int64
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
  /// Whether columns that sources turn out to have besides are added to the table.
  var addsColumns = false
  /// Sources that must be read from front to back, because their quotes mislead a split.
  var sequentialSources: Set<Int> = []

  /// The sources, when they are Parquet files; `sources` is empty then.
  var parquet: [ParquetSource] = []

  /// Columns of Parquet sources that lose what is finer than a microsecond.
  var nanosColumns: [String] = []

  var nanosNote: String? {
    if nanosColumns.isEmpty { return nil }
    let names = nanosColumns.joined(separator: ", ")
    return "note: tables hold microseconds; the nanoseconds of \(names) are cut off"
  }

  var sizeBytes: Int64 {
    parquet.reduce(0) { $0 + $1.file.sizeBytes } + sources.reduce(0) { $0 + $1.file.sizeBytes }
  }

  /// The table's columns.
  var tableSchema: Schema { partition.schema }

  /// The error for a source that has more columns than the table.
  func missing(column name: String, in file: SourceFile) -> GrebeError {
    GrebeError(
      .corrupt, "the source has a column \(name) that the table lacks", place: file.name,
      hint: "the table's columns are " + sourceSchema.names.joined(separator: ", "))
  }

  /// The same plan after rows contradicted guesses.
  func widened(_ types: [Int: DataType], adding fields: [Field]) throws(GrebeError)
    -> ConversionPlan
  {
    var plan = self
    for (column, type) in types { plan.setType(of: column, type) }
    for field in fields {
      if let column = plan.sourceSchema.index(of: field.name) {
        plan.setType(of: column, widenedType(plan.sourceSchema.fields[column].type, toHold: field.type))
      } else {
        plan.add(field)
      }
    }
    for computed in plan.partition.computed {
      let field = plan.sourceSchema.fields[computed.sourceIndex]
      guard computed.transform.accepts(field.type) else {
        throw GrebeError(
          .corrupt,
          "\(computed.transform.rawValue)() needs a date or timestamp, and a value is neither",
          place: "column \(field.name)", hint: "partition by another column, or clean the source")
      }
    }
    return plan
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
  }
}
