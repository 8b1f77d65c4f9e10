package import Base
package import Columns

/// What a parser makes of a text.
package struct CSVParserOptions: Sendable {
  /// Columns of the batches.
  package var schema: Schema
  /// For each field of a record, the column it fills; nil: ignored. Its count is the number of
  /// fields of a record. Columns that no field fills are null.
  package var columnMap: [Int?]
  package var dialect: CSVDialect
  /// Columns of the schema whose type is a guess: a value that does not fit contradicts the guess.
  /// In every other column it makes the row a bad one.
  package var inferredColumns: Set<Int>
  /// Those of them that only another kind of number contradicts: anything else makes the row a bad
  /// one.
  package var numberColumns: Set<Int> = []
  /// Columns of numbers in which leading zeros or a plus sign, which would be lost, make the row a
  /// bad one.
  package var strictColumns: Set<Int> = []
  /// A record longer than this is a bad row if a quote opens and does not close in it, else an
  /// error.
  package var recordBytesMax: Int
  /// Records set aside after which a batch ends early, so that a text of nothing but damage does
  /// not become more rejects than fit in memory.
  package var rejectCountMax = 8192
  /// Length at which the text of a rejected row is cut.
  package var rejectTextBytesMax: Int
  package var kernelLevel: KernelLevel
  /// False: the general parser frames every record. For tests and for narrowing down a fault.
  package var framesFast: Bool

  /// Every field fills the column of its position.
  package init(
    schema: Schema, columnMap: [Int?]? = nil, dialect: CSVDialect = CSVDialect(),
    inferredColumns: Set<Int> = [], recordBytesMax: Int = 16 << 20,
    rejectTextBytesMax: Int = 64 << 10, kernelLevel: KernelLevel = .best, framesFast: Bool = true
  ) {
    self.schema = schema
    self.columnMap = columnMap ?? Array(0..<schema.count)
    self.dialect = dialect
    self.inferredColumns = inferredColumns
    self.recordBytesMax = recordBytesMax
    self.rejectTextBytesMax = rejectTextBytesMax
    self.kernelLevel = kernelLevel
    self.framesFast = framesFast
  }
}

extension CSVParserOptions {
  /// Fields of a record in the text.
  var fieldCount: Int { dialect.fieldCount(columns: columnMap.count) }
}

/// How one column of the schema is filled.
struct ColumnPlan: Sendable {
  let column: Int
  /// Position in the record; nil: no field fills it.
  let fieldIndex: Int?
  let field: Field
  let isInferred: Bool
  /// Whether only numbers contradict the guess.
  let isNumber: Bool
  /// Whether a number that is written with leading zeros or a plus sign is none.
  let isStrict: Bool
  let evidence: ValueEvidence
  let formats: ValueFormats

  static func make(_ options: CSVParserOptions) throws(IngestError) -> [ColumnPlan] {
    let dialect = options.dialect
    guard !options.columnMap.isEmpty else {
      throw IngestError(.invalidArgument, "a record needs at least one field")
    }
    if let conflict = dialect.conflict { throw IngestError(.invalidArgument, conflict) }
    for format in [dialect.dateFormat, dialect.timestampFormat] {
      if let format { try checkTemporalFormat(format) }
    }
    var source = [Int?](repeating: nil, count: options.schema.count)
    for (field, column) in options.columnMap.enumerated() {
      guard let column else { continue }
      guard source.indices.contains(column), source[column] == nil else {
        throw IngestError(
          .invalidArgument, "two fields fill column \(column), or it does not exist")
      }
      source[column] = field
    }
    var plans: [ColumnPlan] = []
    for (column, field) in options.schema.fields.enumerated() {
      guard source[column] == nil || field.type.physical != nil else {
        throw IngestError(
          .unsupported, "delimited text cannot fill type \(field.type)",
          place: "column \"\(field.name)\"")
      }
      plans.append(
        ColumnPlan(
          column: column, fieldIndex: source[column], field: field,
          isInferred: options.inferredColumns.contains(column),
          isNumber: options.numberColumns.contains(column),
          isStrict: field.type.isNumeric && options.strictColumns.contains(column),
          evidence: ValueEvidence(type: field.type),
          formats: ValueFormats(dialect, field: source[column] ?? .max)))
    }
    return plans
  }
}

/// - Throws: `invalidArgument` for a format that no date can be read by.
package func checkTemporalFormat(_ format: String) throws(IngestError) {
  guard !isTemporalFormat(Array(format.utf8)) else { return }
  throw IngestError(
    .invalidArgument, "the format \"\(format)\" does not name year, month and day",
    hint: "use letters like %Y-%m-%d %H:%M:%S")
}
