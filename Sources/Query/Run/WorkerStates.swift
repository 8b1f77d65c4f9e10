import Synchronization

/// A collector for each worker, made when the worker first needs it. Only its worker touches it
/// while the scan runs, so the lock is never waited for.
final class WorkerStates: Sendable {
  private final class Slot: Sendable {
    let state = Mutex(State())
  }

  struct State {
    var collector: (any Collector)?
    /// The unit the worker reads, and how many of its rows have gone by.
    var unit = -1
    var rowsBefore: Int64 = 0
    var sizeBytes = 0
  }

  private let slots: [Slot]
  private let total = Atomic(0)

  init(count: Int) { slots = (0..<count).map { _ in Slot() } }

  /// Runs `body` on the worker's state.
  func with<E: Error>(_ worker: Int, _ body: (inout State) throws(E) -> Void) throws(E) {
    try slots[worker].state.withLock { state throws(E) in try body(&state) }
  }

  /// Notes what a worker holds; returns what all hold.
  func account(_ state: inout State) -> Int {
    guard let collector = state.collector else { return 0 }
    let sizeBytes = collector.sizeBytes
    let change = sizeBytes - state.sizeBytes
    state.sizeBytes = sizeBytes
    return total.add(change, ordering: .relaxed).newValue
  }

  /// What the workers gathered, in the order of workers; afterwards none has anything.
  func takeCollectors() -> [any Collector] {
    var collectors: [any Collector] = []
    for slot in slots {
      let taken = slot.state.withLock { state in
        let collector = state.collector
        state.collector = nil
        return collector
      }
      if let taken { collectors.append(taken) }
    }
    return collectors
  }
}
