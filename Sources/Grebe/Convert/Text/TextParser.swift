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
  /// Where the parser has each source column, if it has them in another order.
  private var order: [Int]?

  /// What becomes of members of JSON records that the columns lack.
  enum OtherMembers {
    /// They are reported as new columns.
    case reported
    case ignored
    /// They go into this column, as they are.
    case rescued(column: Int)
  }

  init(_ source: PlannedSource, of plan: ConversionPlan) throws(IngestError) {
    try self.init(
      source.format, columnMap: source.columnMap, schema: plan.sourceSchema,
      inferredColumns: plan.inferredColumns,
      others: plan.rescuedMembers.map { .rescued(column: $0) }
        ?? (plan.newColumns == .ignore ? .ignored : .reported))
  }

  init(
    _ format: TextFormat, columnMap: [Int?], schema: Schema, inferredColumns: Set<Int> = [],
    others: OtherMembers = .reported
  ) throws(IngestError) {
    switch format {
    case .csv(let dialect):
      parser = .csv(
        try CSVBatchParser(
          CSVParserOptions(
            schema: schema.stored, columnMap: columnMap, dialect: dialect,
            inferredColumns: inferredColumns)))
    case .json(let layout, let areObjects):
      var options = JSONParserOptions(
        schema: schema, layout: layout, areObjects: areObjects, inferredColumns: inferredColumns)
      options.unknownMembers = .collect
      switch others {
      case .reported: break
      case .ignored: options.unknownMembers = .ignore
      case .rescued(let column):
        // The parser wants the column of what is rescued to be the last.
        let places = schema.fields.indices.filter { $0 != column } + [column]
        options.schema = schema.selecting(places)
        options.inferredColumns = Set(
          places.indices.filter { inferredColumns.contains(places[$0]) })
        order = schema.fields.indices.map { places.firstIndex(of: $0) ?? 0 }
        options.rescues = true
        options.unknownMembers = .ignore
      }
      parser = .json(try JSONBatchParser(options))
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
      if let order { parsed.batch = parsed.batch.selecting(order) }
      return parsed
    }
  }
}

extension Schema {
  /// With types that tables hold, where guesses are still open.
  var stored: Schema {
    Schema(
      fields.map { field in
        var stored = field
        stored.type = field.type.storedType
        return stored
      })
  }
}
