import Columns
import Store
import Synchronization

/// Gives the batches of many workers to one receiver in the order of the table.
///
/// The unit whose turn it is goes straight through, under a lock, so that a slow receiver slows all
/// workers down. Later units wait here; a worker that gets too far ahead waits too. Units are
/// claimed in order, so the one whose turn it is always has a worker that does not wait.
final class OrderedEmitter: Sendable {
  private struct PendingUnit {
    var batches: [ColumnBatch] = []
    var isComplete = false
  }

  private struct State {
    var limit: LimitOperator
    /// The unit whose turn it is.
    var next = 0
    var pending: [Int: PendingUnit] = [:]
    var pendingBytes = 0
    var rowCount = 0
    /// Counts what moved, so that a waiting worker can tell.
    var progress = 0
    var isDone = false
    var failure: (any Error)?
  }

  private let state: Mutex<State>
  private let budgetBytes: Int
  private let sink: @Sendable (ColumnBatch) throws -> Bool

  /// Milliseconds without any progress after which a worker stops waiting: the one it waits for
  /// has failed, and the scan is about to end.
  private static let patienceMillis = 2000

  init(
    limit: LimitOperator, budgetBytes: Int, sink: @escaping @Sendable (ColumnBatch) throws -> Bool
  ) {
    state = Mutex(State(limit: limit, isDone: limit.isDone))
    self.budgetBytes = budgetBytes
    self.sink = sink
  }

  /// What the receiver threw.
  var failure: (any Error)? { state.withLock { $0.failure } }
  /// Rows given to the receiver.
  var rowCount: Int { state.withLock { $0.rowCount } }

  /// Takes the next batch of a unit, or its end (nil). False when no more is needed.
  func take(_ batch: ColumnBatch?, of unit: Int) -> Bool {
    var batch = batch
    waitForTurn(unit)
    return state.withLock { state in
      if state.isDone { return false }
      state.progress += 1
      if unit != state.next {
        var waiting = state.pending[unit] ?? PendingUnit()
        if let kept = batch?.compacted() {
          waiting.batches.append(kept)
          state.pendingBytes += kept.sizeBytes
        } else {
          waiting.isComplete = true
        }
        state.pending[unit] = waiting
        return true
      }
      if let batch {
        emit(batch, &state)
      } else {
        state.next += 1
        emitPending(&state)
      }
      batch = nil
      return !state.isDone
    }
  }

  private func emitPending(_ state: inout State) {
    while !state.isDone, let unit = state.pending.removeValue(forKey: state.next) {
      for batch in unit.batches where !state.isDone {
        state.pendingBytes -= batch.sizeBytes
        emit(batch, &state)
      }
      // An open unit goes on through `take`, whose turn it now is.
      if !unit.isComplete { return }
      state.next += 1
    }
  }

  private func emit(_ batch: ColumnBatch, _ state: inout State) {
    guard let rows = state.limit.apply(batch) else { return }
    state.rowCount += rows.rowCount
    do {
      if try !sink(rows) { state.isDone = true }
    } catch {
      state.failure = error
      state.isDone = true
    }
    if state.limit.isDone { state.isDone = true }
  }

  /// Returns when the unit's turn has come, or there is room for its rows.
  private func waitForTurn(_ unit: Int) {
    var idleMillis = 0
    var progress = -1
    while idleMillis < OrderedEmitter.patienceMillis {
      let (mayGo, seen) = state.withLock { state in
        (state.isDone || unit == state.next || state.pendingBytes <= budgetBytes, state.progress)
      }
      if mayGo { return }
      idleMillis = seen == progress ? idleMillis + 1 : 0
      progress = seen
      pause(millis: 1)
    }
  }
}

extension ColumnBatch {
  /// With text that stops holding the pages it came from.
  fileprivate func compacted() -> ColumnBatch {
    ColumnBatch(schema: schema, columns: columns.map { $0.compacted() }, rowCount: rowCount)
  }

  fileprivate var sizeBytes: Int { columns.reduce(0) { $0 + $1.sizeBytes } }
}
