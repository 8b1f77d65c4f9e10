import Base
import Columns
import Delta
import Ingest
import Store

/// A record that did not make it into the table, with its place in the source.
struct Reject: Sendable {
  let source: String
  /// 1-based line on which the record starts.
  let line: Int64
  let byteOffset: Int64
  let column: String?
  let reason: String
  let message: String
  let raw: String
  /// A `RecordContext` as JSON; of a Parquet file's row what there is of one.
  let context: String

  /// A row that is no text: its place has no bytes, and nothing parses it again.
  init(
    source: String, line: Int64, column: String, reason: RejectReason, message: String,
    raw: String, context: String
  ) {
    self.source = source
    self.line = line
    byteOffset = 0
    self.column = column
    self.reason = reason.rawValue
    self.message = message
    self.raw = raw
    self.context = context
  }

  init(
    _ row: RejectedRow, source: String, context: String, textStart: Int64, firstLine: Int64
  ) {
    self.source = source
    self.context = context
    line = firstLine + Int64(row.lineOffset)
    byteOffset = textStart + Int64(row.byteOffset)
    column = row.column
    reason = row.reason.rawValue
    message = row.message
    raw = row.rawText
  }
}

/// The table of rejects beside a table (spec/table-conventions.md, "Quarantine").
struct QuarantineTable {
  static let schema = Schema([
    Field("load_id", .string), Field("source", .string), Field("line", .long),
    Field("byte_offset", .long), Field("column", .string), Field("reason", .string),
    Field("message", .string), Field("raw", .string), Field("loaded_at", .timestamp),
    Field("context", .string), Field("replay_id", .string),
  ])

  let store: any ObjectStore
  let environment: Environment

  init(tableLocation: String, environment: Environment) throws(GrebeError) {
    self.environment = environment
    store = try exposing { () throws(StoreError) in
      try environment.openStore(tableLocation + "/_quarantine")
    }
  }

  static func batch(_ rejects: [Reject], loadID: String, nowMillis: Int64) -> ColumnBatch {
    let now = Scalar.timestamp(nowMillis * 1000)
    let columns: [[Scalar]] = [
      rejects.map { _ in .string(loadID) },
      rejects.map { .string($0.source) },
      rejects.map { .integer($0.line) },
      rejects.map { .integer($0.byteOffset) },
      rejects.map { $0.column.map { .string($0) } ?? .null },
      rejects.map { .string($0.reason) },
      rejects.map { .string($0.message) },
      rejects.map { .string($0.raw) },
      rejects.map { _ in now },
      rejects.map { .string($0.context) },
      rejects.map { _ in .null },
    ]
    return ColumnBatch(
      schema: schema, columns: zip(schema.fields, columns).map { Column($0.type, $1) },
      rowCount: rejects.count)
  }

  /// The metadata of a table of an earlier version, with the columns that it lacks; nil when it has
  /// them all.
  static func extended(_ snapshot: Snapshot) -> TableMetadata? {
    var metadata = snapshot.metadata
    let missing = schema.fields.filter { metadata.schema.index(of: $0.name) == nil }
    metadata.schema.fields += missing
    return missing.isEmpty ? nil : metadata
  }

  /// The rows of a file, with the columns of `schema`.
  static func batches(
    of file: AddFile, _ target: ScanTarget
  ) throws(DeltaError) -> [ColumnBatch] {
    // By name: a table of an earlier version lacks the last columns.
    let known = QuarantineTable.schema.fields.map { target.schema.index(of: $0.name) }
    let scanner = try FileScanner(file, of: target, columns: known.compactMap { $0 })
    var batches: [ColumnBatch] = []
    for rowGroup in 0..<scanner.rowGroupCount {
      try scanner.forEachBatch(rowGroup: rowGroup) { batch in
        var next = 0
        var columns: [Column] = []
        for (field, position) in zip(QuarantineTable.schema.fields, known) {
          guard position != nil else {
            columns.append(Column(field.type, repeating: .null, count: batch.rowCount))
            continue
          }
          columns.append(batch.columns[next])
          next += 1
        }
        batches.append(
          ColumnBatch(
            schema: QuarantineTable.schema, columns: columns, rowCount: batch.rowCount))
        return true
      }
    }
    return batches
  }

  /// Takes the rejects of a load that was not committed out again.
  func retract(_ files: [AddFile], loadID: String) throws(GrebeError) {
    guard !files.isEmpty else { return }
    let now = environment.nowMillis()
    try exposing { () throws(DeltaError) in
      var transaction = Transaction(
        from: try Snapshot.load(store),
        operation: Operation("DELETE", parameters: ["loadId": loadID]))
      transaction.removes = files.map { $0.removed(atMillis: now, dataChange: true) }
      _ = try transaction.commit(to: store, environment: environment)
    }
  }

  /// Makes rejects visible under their load id. Does nothing when there are none.
  func commit(_ files: [AddFile], rowCount: Int, loadID: String) throws(GrebeError) {
    guard !files.isEmpty else { return }
    try exposing { () throws(DeltaError) in
      let operation = Operation(
        "WRITE", parameters: ["mode": "Append", "loadId": loadID],
        metrics: ["numOutputRows": String(rowCount)])
      var transaction =
        try Snapshot.loadIfPresent(store).map { Transaction(from: $0, operation: operation) }
        ?? Transaction(
          creating: .new(schema: QuarantineTable.schema, environment: environment),
          operation: operation)
      transaction.adds = files
      if let base = transaction.base { transaction.metadata = QuarantineTable.extended(base) }
      if case .conflict(let reason, _) = try transaction.commit(to: store, environment: environment)
      {
        throw DeltaError(
          .conflict, "the quarantine table changed meanwhile: \(reason)", table: store.location)
      }
    }
  }
}

extension ColumnBatch {
  func selecting(rows: [Int]) -> ColumnBatch {
    var kept = BufferBuilder<UInt32>(capacity: rows.count)
    for row in rows { kept.append(UInt32(row)) }
    return selecting(.rows(kept.freeze()))
  }
}
