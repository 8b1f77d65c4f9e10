import Base
import Columns
import Compute
import Delta
import Store
import Synchronization

/// A data file, and the same rows under wider types.
struct RewrittenFile: Sendable {
  let old: AddFile
  let new: AddFile
}

/// Rewrites a table's files, one for one, after columns of it were given wider types.
///
/// The protocol has a feature for wider types without a rewrite (`typeWidening`), which readers
/// have to know; rewritten files ask nothing of them.
struct TableWidening {
  let snapshot: Snapshot
  let store: any ObjectStore
  /// Those that stay.
  let files: [AddFile]
  /// The table's columns afterwards.
  let schema: Schema
  let fileFormat: FileFormat
  let environment: Environment

  /// And what the files hold besides.
  private var fileSchema: Schema {
    Schema(schema.fields + (snapshot.rowTrackingColumns?.fields ?? []))
  }

  /// - Throws: `corrupt` for a value that the wider type does not hold exactly, as a double does
  ///   not hold every long; no file is left behind.
  func run() throws(GrebeError) -> [RewrittenFile] {
    let layout = DataFileLayout(
      tableSchema: fileSchema, partitionColumns: snapshot.metadata.partitionColumns,
      columnMapping: snapshot.metadata.columnMapping,
      parquet: try fileFormat.writeOptions(
        for: schema, partitionColumns: snapshot.metadata.partitionColumns),
      targetFileBytes: .max, statisticsColumns: snapshot.indexedColumns)
    let next = Atomic(0)
    let done = Mutex<[Int: RewrittenFile]>([:])
    do throws(GrebeError) {
      try withWorkers(
        count: environment.parallelism, parent: environment.cancellation
      ) { (_, cancellation) throws(GrebeError) in
        while true {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < files.count else { return }
          if cancellation.isCancelled {
            throw GrebeError(.cancelled, "interrupted; nothing was committed")
          }
          let old = files[index]
          guard let new = try rewrite(old, layout) else { continue }
          done.withLock { $0[index] = RewrittenFile(old: old, new: new) }
        }
      }
    } catch {
      discard(done.withLock { Array($0.values) })
      throw error
    }
    return done.withLock { done in done.sorted { $0.key < $1.key }.map(\.value) }
  }

  /// Removes what `run` wrote: it will not be committed.
  func discard(_ files: [RewrittenFile]) {
    for file in files {
      // What cannot be removed is a file that no log names: harmless, and vacuum's to find.
      if let path = try? file.new.storePath() { try? store.delete(path) }
    }
  }

  /// Nil for a file without rows, which needs no other.
  private func rewrite(
    _ file: AddFile, _ layout: DataFileLayout
  ) throws(GrebeError) -> AddFile? {
    let target = ScanTarget(store: store, snapshot: snapshot, rowIDs: true)
    let writer = PartitionedWriter(
      store: store, layout: layout, environment: environment,
      partitionValues: file.partitionValues)
    do throws(GrebeError) {
      let scanner = try exposing { () throws(DeltaError) in
        try FileScanner(file, of: target, columns: Array(0..<target.schema.count))
      }
      let session = try exposing { () throws(DeltaError) in try writer.makeSession() }
      var failure: GrebeError?
      var rowCount: Int64 = 0
      for rowGroup in 0..<scanner.rowGroupCount {
        _ = try exposing { () throws(DeltaError) in
          try scanner.forEachBatch(rowGroup: rowGroup) { (batch) throws(DeltaError) in
            do throws(GrebeError) {
              let wide = try widened(batch)
              rowCount += Int64(wide.rowCount)
              try exposing { () throws(DeltaError) in try session.write(wide) }
              return true
            } catch {
              failure = error
              return false
            }
          }
        }
        if let failure { throw failure }
      }
      let files = try exposing { () throws(DeltaError) in
        try session.endUnit(ordinal: 0)
        return try writer.finish(parallelism: 1)
      }
      if rowCount == 0 { return nil }
      guard files.count == 1, var new = files.first, new.rowCount == rowCount else {
        throw GrebeError(
          .internalError, "a rewritten file does not hold its rows", place: file.path)
      }
      new.tags = file.tags
      new.dataChange = false
      return new
    } catch {
      writer.discard()
      throw error
    }
  }

  private func widened(_ batch: ColumnBatch) throws(GrebeError) -> ColumnBatch {
    let schema = fileSchema
    var columns: [Column] = []
    for (column, field) in zip(batch.columns, schema.fields) {
      columns.append(try ExactCast.apply(column, to: field))
    }
    return ColumnBatch(schema: schema, columns: columns, rowCount: batch.rowCount)
  }
}

/// Casts that change no value.
enum ExactCast {
  /// - Throws: `corrupt` for the first value that `field` does not hold exactly.
  static func apply(_ column: Column, to field: Field) throws(GrebeError) -> Column {
    if column.type == field.type { return column }
    do throws(ComputeError) {
      let cast = try Cast.apply(column, to: field.type)
      guard !Cast.isWidening(from: column.type, to: field.type) else { return cast }
      let back = try Cast.apply(cast, to: column.type, isTry: true)
      guard let row = (0..<column.count).first(where: { back[$0] != column[$0] }) else {
        return cast
      }
      throw ComputeError(.corrupt, "\(column[row]) is not exactly a \(field.type)")
    } catch {
      throw GrebeError(
        .corrupt, "column \(field.name) cannot become \(field.type): \(error.message)",
        hint: "nothing was committed; --on-type-conflict quarantine sets such rows aside instead")
    }
  }
}
