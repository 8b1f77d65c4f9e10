import Base
import Columns
import Ingest

/// Turns text of one source into batches of the plan's source columns, whatever its format.
struct TextParser {
  private enum Parser {
    case csv(CSVBatchParser)
    case json(JSONBatchParser)
  }

  private let parser: Parser
  /// The source columns, and where the parser has each, if it has others or in another order.
  private var target: (schema: Schema, places: [Int?])?
  /// The source column that each of the parser's is, if they differ.
  private var columns: [Int]?
  /// Source columns that fields fill by their places; nil where every record names its own.
  private let filled: Set<Int>?

  /// What becomes of members of JSON records that the columns lack.
  enum OtherMembers {
    /// They are reported as new columns.
    case reported
    /// They are left out, and counted.
    case ignored
    /// They go into this column, as they are.
    case rescued(column: Int)
  }

  init(
    _ source: PlannedSource, of plan: ConversionPlan, defaults: ColumnDefaults
  ) throws(IngestError) {
    try self.init(
      source.format, columnMap: source.columnMap, schema: plan.sourceSchema,
      defaults: defaults, inferredColumns: plan.inferredColumns,
      numberColumns: Set(plan.tableTypes.keys), strictColumns: plan.strictColumns,
      givenTypes: plan.givenTypes,
      others: plan.rescuedMembers.map { .rescued(column: $0) }
        ?? (plan.newColumns == .ignore ? .ignored : .reported))
  }

  /// - Parameter defaults: what columns are to be filled with that are not there; see `lacks` and
  ///   `ParsedBatch.absences`.
  init(
    _ format: TextFormat, columnMap: [Int?], schema: Schema, defaults: ColumnDefaults,
    inferredColumns: Set<Int> = [], numberColumns: Set<Int> = [], strictColumns: Set<Int> = [],
    givenTypes: [Int: DataType] = [:], others: OtherMembers = .reported
  ) throws(IngestError) {
    switch format {
    case .csv(let dialect):
      let filled = Set(columnMap.compactMap(\.self))
      self.filled = filled
      let eased = defaults.easing(schema) { !filled.contains($0) }
      var options = CSVParserOptions(
        schema: eased.keepingOpenColumns, columnMap: columnMap, dialect: dialect,
        inferredColumns: inferredColumns)
      options.numberColumns = numberColumns
      options.strictColumns = strictColumns
      parser = .csv(try CSVBatchParser(options))
    case .json(let layout, let kind, let formats):
      var options = JSONParserOptions(
        schema: schema, layout: layout, areObjects: kind != .values,
        inferredColumns: inferredColumns)
      options.areTuples = kind == .tuples
      options.dateFormat = formats.date
      options.timestampFormat = formats.timestamp
      options.numberColumns = numberColumns
      options.strictColumns = strictColumns
      options.givenTypes = givenTypes
      let isByPosition = kind == .tuples || kind == .values && !columnMap.isEmpty
      filled = isByPosition ? Set(columnMap.compactMap(\.self)) : nil
      let absenceColumns = kind == .objects ? defaults.columns : []
      options.absenceColumns = absenceColumns
      switch others {
      case .reported: break
      case .ignored: options.unknownMembers = .count
      case .rescued:
        options.rescues = kind == .objects
        options.unknownMembers = .ignore
      }
      if let columns = TextParser.columns(kind, columnMap, schema, others) {
        options.schema = schema.selecting(columns)
        options.inferredColumns = Set(
          columns.indices.filter { inferredColumns.contains(columns[$0]) })
        options.numberColumns = Set(columns.indices.filter { numberColumns.contains(columns[$0]) })
        options.strictColumns = Set(columns.indices.filter { strictColumns.contains(columns[$0]) })
        options.givenTypes = Dictionary(
          uniqueKeysWithValues: columns.indices.compactMap { index in
            givenTypes[columns[index]].map { (index, $0) }
          })
        options.absenceColumns = Set(
          columns.indices.filter { absenceColumns.contains(columns[$0]) })
        self.columns = columns
        target = (schema.stored, schema.fields.indices.map { columns.firstIndex(of: $0) })
      }
      parser = .json(try JSONBatchParser(options))
    }
  }

  /// Whether no record has anything for a column, by the layout of the source.
  func lacks(_ column: Int) -> Bool { filled.map { !$0.contains(column) } ?? false }

  /// The columns that a parser of JSON is to have, in its order, if they are not the schema's:
  /// those that elements or values fill by position, or the column of what is rescued behind all
  /// others.
  private static func columns(
    _ kind: JSONRecordKind, _ columnMap: [Int?], _ schema: Schema, _ others: OtherMembers
  ) -> [Int]? {
    if kind == .tuples || kind == .values && !columnMap.isEmpty {
      return columnMap.compactMap(\.self)
    }
    guard kind == .objects, case .rescued(let column) = others else { return nil }
    return schema.fields.indices.filter { $0 != column } + [column]
  }

  /// A row of the batch parsed last, as a reject; see the parsers.
  func rejecting(
    _ row: Int, of parsed: ParsedBatch, _ reason: RejectReason, _ message: String
  ) -> RejectedRow {
    switch parser {
    case .csv(let parser): parser.rejecting(row, of: parsed, reason, message)
    case .json(let parser): parser.rejecting(row, of: parsed, reason, message)
    }
  }

  /// The whole records at the front of `text`, which begins at a record's start.
  ///
  /// - Parameters:
  ///   - isEnd: whether the range ends where `text` does.
  ///   - isSourceEnd: whether the source ends there as well.
  func parse(
    _ text: consuming BufferBuilder<UInt8>, isEnd: Bool, isSourceEnd: Bool
  ) throws(IngestError) -> ParsedBatch {
    switch parser {
    case .csv(let parser): return try parser.parse(text, isEnd: isEnd)
    case .json(let parser):
      var parsed = try parser.parse(text, isEnd: isEnd, isInputEnd: isSourceEnd)
      guard let target, let columns else { return parsed }
      for index in parsed.contradictions.indices {
        parsed.contradictions[index].column = columns[parsed.contradictions[index].column]
      }
      for index in parsed.absences.indices {
        parsed.absences[index].column = columns[parsed.absences[index].column]
      }
      let batch = parsed.batch
      parsed.batch = ColumnBatch(
        schema: target.schema,
        columns: zip(target.schema.fields, target.places).map { field, place in
          place.map { batch.columns[$0] }
            ?? Column(field.type, repeating: .null, count: batch.rowCount)
        }, rowCount: batch.rowCount)
      return parsed
    }
  }
}

extension Schema {
  /// With types that tables hold, but for columns of which nothing is known: in those any value of
  /// delimited text contradicts the guess.
  fileprivate var keepingOpenColumns: Schema {
    Schema(zip(fields, stored.fields).map { $0.type == .void ? $0 : $1 })
  }
}
