import Base
import Columns
import Delta
import Ingest
import Store

/// A row of the quarantine table, as far as a replay needs it.
struct QuarantinedRow {
  /// Nobody gave the replaced bytes back their meaning, or the text was cut when it was kept.
  private static let cutBytes = 64 << 10

  let loadID: String
  let raw: String
  private let reason: String
  /// Nil in rows of early versions, which cannot be parsed again.
  let context: RecordContext?
  let replayID: String?

  /// - Precondition: the batch has the columns of `QuarantineTable.schema`.
  init(_ batch: ColumnBatch, _ row: Int) {
    func text(_ name: String) -> String? {
      guard let index = batch.schema.index(of: name),
        case .string(let text) = batch.columns[index][row]
      else { return nil }
      return text
    }
    loadID = text("load_id") ?? ""
    raw = text("raw") ?? ""
    reason = text("reason") ?? ""
    context = text("context").flatMap { RecordContext(json: $0) }
    replayID = text("replay_id")
  }

  /// Whether the text is the record, and not what could be kept of it.
  var isWhole: Bool {
    if raw.isEmpty || raw.utf8.count >= QuarantinedRow.cutBytes - 4 { return false }
    return reason != RejectReason.invalidUTF8.rawValue || !raw.unicodeScalars.contains("\u{FFFD}")
  }
}

/// Parses single records for a table as it is now. Not for sharing between threads.
final class RecordReparser {
  /// The table's columns; how they come from what sources hold.
  let partition: PartitionPlan
  private let sourceSchema: Schema
  private let rules: RowRules
  private let defaults: ColumnDefaults
  private var known: [RecordContext: Prepared] = [:]

  /// A parser of one kind of record; nil if the table lacks one of its columns.
  private struct Prepared {
    var parser: TextParser?
    var rescued: RescuedData?
  }

  init(_ snapshot: Snapshot) throws(GrebeError) {
    let metadata = snapshot.metadata
    (partition, sourceSchema) = PartitionPlan.existing(
      metadata.schema, partitionColumns: metadata.partitionColumns)
    rules = try RowRules(metadata, over: partition.schema)
    defaults = try ColumnDefaults(sourceSchema)
  }

  /// The record as a row of the table; nil if it does not fit.
  func parse(_ record: String, _ context: RecordContext) throws(GrebeError) -> ColumnBatch? {
    if known[context] == nil { known[context] = try prepare(context) }
    guard let prepared = known[context], let parser = prepared.parser else { return nil }
    var text = BufferBuilder<UInt8>(capacity: record.utf8.count)
    text.append(contentsOf: Buffer(Array(record.utf8)).span)
    let parsed: ParsedBatch
    do throws(IngestError) {
      parsed = try parser.parse(text, isEnd: true, isSourceEnd: true)
    } catch { return nil }
    guard parsed.rowsRead == 1, parsed.batch.rowCount == 1, parsed.newFields.isEmpty,
      parsed.consumedBytes == record.utf8.count
    else { return nil }
    let filled = try defaults.filling(parsed, of: parser)
    let row = partition.completing(prepared.rescued?.apply(filled) ?? filled)
    return try rules.violations(row).isEmpty ? row : nil
  }

  /// Columns that the table lacks by now are rescued if it has a place for them.
  private func prepare(_ context: RecordContext) throws(GrebeError) -> Prepared {
    var schema = sourceSchema
    var map: [Int?] = []
    let rescue = schema.index(of: RescuedData.columnName)
    for name in context.columns {
      guard let name else {
        map.append(nil)
        continue
      }
      if let index = sourceSchema.resolve(name) {
        map.append(index)
      } else {
        guard rescue != nil else { return Prepared() }
        map.append(schema.count)
        schema.fields.append(Field(name, .string))
      }
    }
    let parsedSchema = schema
    let parser = try exposing { () throws(IngestError) in
      try TextParser(
        context.format, columnMap: map, schema: parsedSchema, defaults: defaults,
        others: rescue.map { .rescued(column: $0) } ?? .reported)
    }
    let hidden = sourceSchema.count..<schema.count
    return Prepared(
      parser: parser,
      rescued: hidden.isEmpty ? nil : rescue.map { RescuedData(target: $0, hidden: hidden) })
  }
}
