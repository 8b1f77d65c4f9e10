import Base
package import Columns
package import Compute
package import Parquet
package import Store
import Synchronization

/// A table's version, or a Parquet file, as rows for a query: files and row groups that cannot
/// match are left out, the rest comes from every worker, a row group at a time.
package struct TableScan: BatchSource {
  private let target: ScanTarget
  private let cancellation: Cancellation

  package init(_ target: ScanTarget, cancellation: Cancellation) {
    self.target = target
    self.cancellation = cancellation
  }

  package var schema: Schema { target.schema }
  /// See `ScanTarget.storage`.
  package var storage: [String: ColumnStorage] { target.storage }
  package var keyValueMetadata: [KeyValue] { target.keyValueMetadata }

  package func scan(
    columns: ScanColumns, predicate: BoundExpression?, parallelism: Int,
    _ consume: @Sendable (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
  ) throws -> ScanMetrics {
    let units = try ScanUnits(target, columns: columns, predicate: predicate)
    let isEnough = Atomic(false)
    try withWorkers(count: parallelism, parent: cancellation) {
      (worker, cancellation) throws(any Error) in
      while !isEnough.load(ordering: .relaxed), let unit = try units.next() {
        if cancellation.isCancelled { throw DeltaError(.cancelled, "interrupted") }
        if try !read(unit, worker, units, consume) { isEnough.store(true, ordering: .relaxed) }
      }
    }
    if cancellation.isCancelled { throw DeltaError(.cancelled, "interrupted") }
    return units.metrics
  }

  /// False when `consume` needs no more.
  private func read(
    _ unit: ScanUnits.Unit, _ worker: Int, _ units: ScanUnits,
    _ consume: (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
  ) throws -> Bool {
    var failure: (any Error)?
    let (goesOn, metrics) = try unit.file.forEachBatch(rowGroup: unit.rowGroup) { batch in
      do { return try consume(worker, unit.ordinal, batch) } catch {
        failure = error
        return false
      }
    }
    units.count(metrics)
    if let failure { throw failure }
    return goesOn ? try consume(worker, unit.ordinal, nil) : false
  }
}

/// Hands out the row groups that may match, in the order of files and row groups.
final class ScanUnits: Sendable {
  struct Unit: Sendable {
    let ordinal: Int
    let file: FileScanner
    let rowGroup: Int
  }

  private struct State {
    var nextFile = 0
    var file: FileScanner?
    var nextRowGroup = 0
    var ordinal = 0
    var metrics = ScanMetrics()
  }

  private let target: ScanTarget
  private let columns: ScanColumns
  private let predicate: BoundExpression?
  private let pruner: FilePruner?
  private let state = Mutex(State())

  init(_ target: ScanTarget, columns: ScanColumns, predicate: BoundExpression?) throws(DeltaError) {
    self.target = target
    self.columns = columns
    self.predicate = predicate
    pruner = predicate.map { FilePruner($0, target: target) }
    state.withLock { $0.metrics.filesTotal = target.files.count }
  }

  var metrics: ScanMetrics { state.withLock { $0.metrics } }

  func count(_ metrics: ScanMetrics) { state.withLock { $0.metrics.merge(metrics) } }

  func next() throws(DeltaError) -> Unit? {
    try state.withLock { (state) throws(DeltaError) in
      while true {
        if let file = state.file {
          while state.nextRowGroup < file.rowGroupCount {
            let rowGroup = state.nextRowGroup
            state.nextRowGroup += 1
            state.metrics.rowGroupsTotal += 1
            guard file.canMatch(rowGroup: rowGroup) else {
              state.metrics.rowGroupsPruned += 1
              continue
            }
            defer { state.ordinal += 1 }
            return Unit(ordinal: state.ordinal, file: file, rowGroup: rowGroup)
          }
          state.file = nil
        }
        guard state.nextFile < target.files.count else { return nil }
        let file = target.files[state.nextFile]
        state.nextFile += 1
        guard try pruner?.canMatch(file) ?? true else {
          state.metrics.filesPruned += 1
          continue
        }
        let scanner = try FileScanner(
          file, of: target, columns: columns.positions, fields: columns.fields,
          predicate: predicate)
        state.metrics.bytesRead += scanner.footerBytes
        state.file = scanner
        state.nextRowGroup = 0
      }
    }
  }
}
