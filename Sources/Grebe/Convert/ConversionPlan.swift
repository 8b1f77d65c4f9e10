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
  /// Columns that sources fill.
  var sourceSchema: Schema
  /// Columns of `sourceSchema` whose type is a guess that every row has to confirm.
  var inferredColumns: Set<Int>
  var partition: PartitionPlan
  /// Sources that must be read from front to back, because their quotes mislead a split.
  var sequentialSources: Set<Int> = []

  /// Columns of `sourceSchema` that the table lacks and gets.
  var addedColumns = 0..<0
  var rescued: RescuedData?

  /// What an existing table's columns may be widened from, by position; empty if they may not.
  var tableTypes: [Int: DataType] = [:]

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

  /// Columns of an existing table whose type this load widens, as they will be.
  var widenedFields: [Field] {
    tableTypes.keys.sorted().map { sourceSchema.fields[$0] }
      .filter { field in
        sourceSchema.index(of: field.name).map { tableTypes[$0] != field.type } ?? false
      }
  }

  /// What sources filled, as rows of the table.
  func completing(_ batch: ColumnBatch) -> ColumnBatch {
    partition.completing(rescued?.apply(batch) ?? batch)
  }

  /// The same plan after rows contradicted guesses.
  func widened(_ types: [Int: DataType]) throws(GrebeError) -> ConversionPlan {
    var plan = self
    for (column, type) in types {
      if let known = tableTypes[column], !type.isNumeric || !known.isNumeric {
        // No number at all: the row is at fault, not the column.
        plan.inferredColumns.remove(column)
        continue
      }
      plan.sourceSchema.fields[column].type = type
      plan.partition.schema.fields[column].type = type
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
}
