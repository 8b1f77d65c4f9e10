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
  let source: String
  let line: Int64
  let byteOffset: Int64
  let raw: String
  private let reason: String
  /// Nil in rows of Parquet files and of early versions, which cannot be parsed again.
  let context: RecordContext?
  /// The source's entry in the ledger; nil for standard input, and where nothing says.
  let path: String?
  /// Whether its place is the number of a row.
  let isOfParquet: Bool
  let replayID: String?

  /// - Precondition: the batch has the columns of `QuarantineTable.schema`.
  init(_ batch: ColumnBatch, _ row: Int) {
    func value(_ name: String) -> Scalar {
      batch.schema.index(of: name).map { batch.columns[$0][row] } ?? .null
    }
    func text(_ name: String) -> String? {
      if case .string(let text) = value(name) { text } else { nil }
    }
    func number(_ name: String) -> Int64 {
      if case .integer(let number) = value(name) { number } else { 0 }
    }
    loadID = text("load_id") ?? ""
    source = text("source") ?? ""
    line = number("line")
    byteOffset = number("byte_offset")
    raw = text("raw") ?? ""
    reason = text("reason") ?? ""
    let json = text("context")
    context = json.flatMap { RecordContext(json: $0) }
    let known = context == nil ? json.map(RecordContext.source) : nil
    isOfParquet = known?.isParquet ?? false
    path = context?.path ?? known?.path
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
  private var known: [RecordContext: Preparation] = [:]

  /// A parser of one kind of record.
  private struct Prepared {
    let parser: TextParser
    let defaults: ColumnDefaults
    var rescued: RescuedData?
    /// Names of fields that are left out.
    var ignoredColumns: [String] = []
  }

  /// How to parse one kind of record, or why none of them fits.
  private enum Preparation {
    case ready(Prepared)
    case useless(Misfit)
  }

  enum Outcome {
    case fits(FittingRow)
    case unfit(Misfit)
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
    (partition, sourceSchema) = try PartitionPlan.existing(metadata) { _ in
      newColumns != .ignore
    }
    rules = try RowRules(metadata, over: partition.schema)
    defaults = try ColumnDefaults(sourceSchema, given: partition.given)
    guard newColumns == .rescue, try RescuedData.position(in: sourceSchema) == nil else { return }
    throw GrebeError(
      .invalidArgument, "the table has no column \(RescuedData.columnName) to rescue values in",
      place: "--on-new-column rescue",
      hint: "grebe alter adds it, as a string; ignore leaves the values out")
  }

  /// The record of a row as a row of the table, or why it is none.
  func parse(_ record: QuarantinedRow, _ context: RecordContext) throws(GrebeError) -> Outcome {
    guard record.isWhole else {
      return .unfit(
        Misfit(
          reason: Misfit.cutText, message: "the text was not kept as the source has it"))
    }
    if known[context] == nil { known[context] = try prepare(context) }
    switch known[context] {
    case .ready(let prepared): return try parse(record, prepared)
    case .useless(let misfit): return .unfit(misfit)
    case nil: preconditionFailure("a kind of record that was not prepared")
    }
  }

  private func parse(
    _ record: QuarantinedRow, _ prepared: Prepared
  ) throws(GrebeError) -> Outcome {
    let parser = prepared.parser
    var text = BufferBuilder<UInt8>(capacity: record.raw.utf8.count)
    text.append(contentsOf: Buffer(Array(record.raw.utf8)).span)
    let parsed: ParsedBatch
    do throws(IngestError) {
      parsed = try parser.parse(text, isEnd: true, isSourceEnd: true)
    } catch {
      return .unfit(Misfit(reason: Misfit.noRecord, message: error.message))
    }
    if let misfit = misfit(parsed, record) { return .unfit(misfit) }
    let filled = try prepared.defaults.filling(parsed, of: parser)
    let (rows, mismatches, _) = try partition.comparing(
      filled, absences: parsed.absences, lacks: parser.lacks)
    let (row, faults) = try partition.completing(prepared.rescued?.apply(rows) ?? rows)
    if let broken = try (mismatches + faults + rules.violations(row)).first?.rule {
      return .unfit(
        Misfit(
          reason: RejectReason.constraint.rawValue, message: "the row breaks the " + broken.text))
    }
    return .fits(
      FittingRow(
        row: row, ignoredColumns: prepared.ignoredColumns + parsed.ignoredMembers.map(\.name)))
  }

  /// Why a text is not one record of the table's columns; nil if it is.
  private func misfit(_ parsed: ParsedBatch, _ record: QuarantinedRow) -> Misfit? {
    guard parsed.rowsRead == 1, parsed.consumedBytes == record.raw.utf8.count else {
      return Misfit(reason: Misfit.noRecord, message: "the text is not one record and no more")
    }
    if let bad = parsed.rejects.first {
      let reject = Reject(
        bad, source: record.source, context: "", textStart: 0, firstLine: record.line)
      return Misfit(
        reason: bad.reason.rawValue, column: bad.column,
        message: BadRowFailure.error(reject, bad).message)
    }
    return parsed.newFields.first.map { Misfit(lacking: $0.name) }
  }

  private func prepare(_ context: RecordContext) throws(GrebeError) -> Preparation {
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
        guard rescue != nil else { return .useless(Misfit(lacking: name)) }
        map.append(schema.count)
        schema.fields.append(Field(name, .string))
      }
    }
    let defaults: ColumnDefaults
    do throws(GrebeError) {
      defaults = try constants(context)
    } catch {
      return .useless(Misfit(reason: RejectReason.invalidValue.rawValue, message: error.message))
    }
    let parsedSchema = schema
    let parser = try exposing { () throws(IngestError) in
      try TextParser(
        context.format, columnMap: map, schema: parsedSchema, defaults: defaults,
        strictColumns: Set(parsedSchema.fields.indices),
        others: rescue.map { .rescued(column: $0) }
          ?? (newColumns == .ignore ? .ignored : .reported))
    }
    let hidden = sourceSchema.count..<schema.count
    return .ready(
      Prepared(
        parser: parser, defaults: defaults,
        rescued: hidden.isEmpty ? nil : rescue.map { RescuedData(target: $0, hidden: hidden) },
        ignoredColumns: ignored))
  }

  /// What columns hold that the record lacks.
  private func constants(_ context: RecordContext) throws(GrebeError) -> ColumnDefaults {
    var scalars: [Int: Scalar] = [:]
    for (name, text) in context.constants {
      guard let index = sourceSchema.resolve(name) else { continue }
      scalars[index] = try PathColumns.scalar(
        text, of: sourceSchema.fields[index], isStrict: false,
        dialect: context.format.pathDialect, place: "")
    }
    return defaults.adding(scalars, sourceSchema)
  }
}

extension Misfit {
  fileprivate init(lacking column: String) {
    self.init(
      reason: Misfit.noColumn, column: column, message: "the table has no column \(column)")
  }
}

extension TextFormat {
  /// How values in paths are written.
  fileprivate var pathDialect: CSVDialect {
    switch self {
    case .csv(let dialect): PathColumns.dialect(dialect.dateFormat, dialect.timestampFormat)
    case .json(_, _, let formats): PathColumns.dialect(formats.date, formats.timestamp)
    }
  }

  /// Whether records are arrays, which have to fill a column with every element.
  fileprivate var fillsByPosition: Bool {
    if case .json(_, .tuples, _) = self { return true }
    return false
  }
}
