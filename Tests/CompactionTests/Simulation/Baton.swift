import Base
import Dispatch
import Store
import Synchronization

/// Threads of which one runs at a time. Where one could be interrupted, it offers the baton, and a
/// seed says who goes on: the same seed gives the same run.
final class Baton: Sendable {
  private struct State {
    var random: SeededRandom
    var running: [Int]
    var millis: Int64
  }

  private let turns: [DispatchSemaphore]
  private let state: Mutex<State>
  /// One in so many offers is taken.
  private let patience: UInt64

  /// What a turn takes at least, milliseconds.
  private let turnMillis: Int64

  init(count: Int, seed: UInt64, startMillis: Int64 = 1_700_000_000_000, turnMillis: Int64 = 1) {
    self.turnMillis = turnMillis
    turns = (0..<count).map { _ in DispatchSemaphore(value: 0) }
    var random = SeededRandom(seed: seed)
    patience = 1 + random.next() % 4
    state = Mutex(State(random: random, running: [], millis: startMillis))
  }

  /// Virtual time: it goes on at every offer.
  var nowMillis: Int64 { state.withLock { $0.millis } }

  /// Lets time pass in which nobody does anything.
  func pass(millis: Int64) { state.withLock { $0.millis += millis } }

  /// Runs `body` of every index below the count; returns when all are done.
  func run(_ body: @Sendable (Int) -> Void) {
    state.withLock { $0.running = Array(turns.indices) }
    turns[0].signal()
    withWorkers(count: turns.count) { index, _ in
      turns[index].wait()
      body(index)
      leave(index)
    }
  }

  /// Lets another thread go on, or not.
  ///
  /// - Parameter millis: how long it takes, if nobody else does anything.
  func offer(_ index: Int, millis: Int = 0) {
    let next = state.withLock { state in
      state.millis += turnMillis + Int64(millis)
      return state.random.next() % patience == 0
        ? state.running[Int(state.random.next() % UInt64(state.running.count))] : index
    }
    guard next != index else { return }
    turns[next].signal()
    turns[index].wait()
  }

  private func leave(_ index: Int) {
    let next: Int? = state.withLock { state in
      state.running.removeAll { $0 == index }
      if state.running.isEmpty { return nil }
      return state.running[Int(state.random.next() % UInt64(state.running.count))]
    }
    if let next { turns[next].signal() }
  }
}
