import Store
import Synchronization

/// A replay with what has to be known of its commits as a whole.
struct ReplayedLog: Sendable {
  var replay: LogReplay
  /// Of the commit that is applied, as far as it came; older ones were checked.
  var tally: CommitTally?
  /// The time within the newest commit.
  var inCommitMillis: Int64?

  init(_ replay: LogReplay) { self.replay = replay }

  /// - Throws: `corrupt` when a commit that ends here was cut short.
  mutating func apply(_ piece: inout ReplayPiece, table: String) throws(DeltaError) {
    while let step = piece.steps.popLast() { replay.apply(step) }
    while let part = piece.tallies.popLast() {
      if tally?.version == part.version {
        tally?.merge(part)
      } else {
        try finishCommit(table: table)
        tally = part
      }
    }
  }

  mutating func finishCommit(table: String) throws(DeltaError) {
    guard let done = tally else { return }
    try checkActionCount(
      done.actionCount, stated: done.statedCount, version: done.version, table: table)
    tally = nil
  }
}

/// Calls `parse` for every unit on some workers and `apply` with what it gave, unit by unit in
/// order. Units of about one size keep what waits for its turn small.
///
/// - Parameters:
///   - tools: makes what a worker needs to parse, and keeps from one unit to the next.
///   - apply: called by one worker at a time; may take the piece apart.
/// - Throws: the failure of the first unit that failed, in the order of units.
func inOrder<Tools: Sendable, Piece: Sendable>(
  _ count: Int, parallelism: Int, tools: @Sendable () -> Tools,
  parse: @Sendable (Int, inout Tools) throws(DeltaError) -> Piece,
  apply: @Sendable (inout Piece) throws(DeltaError) -> Void
) throws(DeltaError) {
  let workerCount = max(1, min(parallelism, count))
  let turns = Turns<Piece>(waitingMax: 2 * workerCount)
  let next = Atomic(0)
  withWorkers(count: workerCount) { (_, _) throws(Never) in
    var tools = tools()
    while true {
      let unit = next.add(1, ordering: .relaxed).oldValue
      guard unit < count, turns.failure == nil else { return }
      do throws(DeltaError) {
        turns.take(unit, try parse(unit, &tools), apply)
      } catch {
        turns.fail(unit, error)
      }
    }
  }
  if let failure = turns.firstFailure { throw failure }
}

/// What was parsed and waits for its turn. Whoever brings the unit whose turn it is applies it, and
/// those after it that wait; the others go on parsing meanwhile.
private final class Turns<Piece: Sendable>: Sendable {
  private struct State {
    var waiting: [Int: Piece] = [:]
    var next = 0
    var isApplying = false
    /// Of the unit whose turn it was.
    var failure: DeltaError?
    /// Of units whose turn has not come.
    var failures: [Int: DeltaError] = [:]

    /// The piece to apply now, if there is one and nobody applies another.
    mutating func takeDue() -> Piece? {
      guard !isApplying, failure == nil, let piece = waiting.removeValue(forKey: next) else {
        return nil
      }
      isApplying = true
      return piece
    }

    mutating func finish(_ error: DeltaError?) {
      isApplying = false
      next += 1
      failure = error ?? failures[next]
    }
  }

  private let state = Mutex(State())
  /// Held while a piece is applied.
  private let applying = Mutex(())
  /// More pieces than this wait only while none can be applied.
  private let waitingMax: Int

  init(waitingMax: Int) { self.waitingMax = waitingMax }

  var failure: DeltaError? { state.withLock { $0.failure } }

  /// After the last unit.
  var firstFailure: DeltaError? {
    state.withLock { state in
      state.failure ?? state.failures.min { $0.key < $1.key }?.value
    }
  }

  /// Applies the unit if its turn has come, and those after it that wait.
  func take(
    _ unit: Int, _ piece: consuming Piece, _ apply: (inout Piece) throws(DeltaError) -> Void
  ) {
    // Handed over, not shared: `apply` would copy what it takes apart.
    var parsed: Piece? = consume piece
    var due = state.withLock { state in
      state.waiting[unit] = parsed.take()
      return state.takeDue()
    }
    while var piece = due.take() {
      let error = applying.withLock { _ -> DeltaError? in
        do throws(DeltaError) { try apply(&piece) } catch { return error }
        return nil
      }
      due = state.withLock { state in
        state.finish(error)
        return state.takeDue()
      }
    }
    while state.withLock({ $0.isApplying && $0.waiting.count > waitingMax }) {
      applying.withLock { _ in }
    }
  }

  /// Every unit before it is applied all the same.
  func fail(_ unit: Int, _ error: DeltaError) {
    state.withLock { state in
      state.failures[unit] = error
      if unit == state.next { state.failure = error }
    }
  }
}
