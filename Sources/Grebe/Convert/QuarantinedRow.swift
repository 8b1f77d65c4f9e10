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
  private let newColumns: ConversionOptions.NewColumnPolicy?
  private var known: [RecordContext: Prepared] = [:]

  /// A parser of one kind of record; nil if the table lacks one of its columns.
  private struct Prepared {
    var parser: TextParser?
    var rescued: RescuedData?
    /// Names of fields that are left out.
    var ignoredColumns: [String] = []
  }

  /// A record as a row of the table.
  struct FittingRow {
    let row: ColumnBatch
    /// What it has besides the table's columns.
    let ignoredColumns: [String]
  }

  /// - Parameter newColumns: what becomes of columns that the table lacks by now; nil: they are
  ///   rescued if it has a place for them, or else their rows do not fit.
  /// - Throws: `invalidArgument` if they are to be rescued and there is no place.
  init(
    _ snapshot: Snapshot, newColumns: ConversionOptions.NewColumnPolicy?
  ) throws(GrebeError) {
    let metadata = snapshot.metadata
    self.newColumns = newColumns
    (partition, sourceSchema) = PartitionPlan.existing(
      metadata.schema, partitionColumns: metadata.partitionColumns)
    rules = try RowRules(metadata, over: partition.schema)
    defaults = try ColumnDefaults(sourceSchema)
    guard newColumns == .rescue, try RescuedData.position(in: sourceSchema) == nil else { return }
    throw GrebeError(
      .invalidArgument, "the table has no column \(RescuedData.columnName) to rescue values in",
      place: "--on-new-column rescue",
      hint: "grebe alter adds it, as a string; ignore leaves the values out")
  }

  /// The record as a row of the table; nil if it does not fit.
  func parse(_ record: String, _ context: RecordContext) throws(GrebeError) -> FittingRow? {
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
    guard try rules.violations(row).isEmpty else { return nil }
    return FittingRow(
      row: row, ignoredColumns: prepared.ignoredColumns + parsed.ignoredMembers.map(\.name))
  }

  private func prepare(_ context: RecordContext) throws(GrebeError) -> Prepared {
    var schema = sourceSchema
    var map: [Int?] = []
    var ignored: [String] = []
    let rescues = newColumns == nil || newColumns == .rescue
    let rescue = rescues ? try? RescuedData.position(in: schema) : nil
    for name in context.columns {
      guard let name else {
        map.append(nil)
        continue
      }
      if let index = sourceSchema.resolve(name) {
        map.append(index)
      } else if newColumns == .ignore && !context.format.fillsByPosition {
        map.append(nil)
        ignored.append(name)
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
        others: rescue.map { .rescued(column: $0) }
          ?? (newColumns == .ignore ? .ignored : .reported))
    }
    let hidden = sourceSchema.count..<schema.count
    return Prepared(
      parser: parser,
      rescued: hidden.isEmpty ? nil : rescue.map { RescuedData(target: $0, hidden: hidden) },
      ignoredColumns: ignored)
  }
}

extension TextFormat {
  /// Whether records are arrays, which have to fill a column with every element.
  fileprivate var fillsByPosition: Bool {
    if case .json(_, .tuples) = self { return true }
    return false
  }
}
