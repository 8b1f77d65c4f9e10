import Base
import Delta
import Store
import Synchronization

/// Why a run is wrong.
struct SimulationFailure: Error, CustomStringConvertible {
  let description: String
  /// What happened, where it was to be told.
  var trace: [String] = []
}

/// What the processes of a run did, by their own account.
final class History: Sendable {
  enum End: Equatable {
    /// Not told: it died, or its store failed.
    case unknown
    case acknowledged(version: Int64)
    case refused
  }

  struct Attempt {
    let intent: Intent
    var end = End.unknown
  }

  struct Observation {
    let who: Int
    let version: Int64
    let rows: [Row]
  }

  /// A file that a vacuum deleted.
  struct Vacuumed {
    let bytes: Buffer<UInt8>
    /// The latest version then.
    let version: Int64
    let atMillis: Int64
  }

  struct State {
    var attempts: [String: Attempt] = [:]
    var observations: [Observation] = []
    /// Versions that compactions say they made.
    var compactions: [Int64] = []
    var latestAcknowledged: Int64 = 0
    var latestSeen: Snapshot?
    /// Log entries that were cleaned away, by path.
    var cleanedCommits: [String: Buffer<UInt8>] = [:]
    var vacuumed: [String: Vacuumed] = [:]
    /// What is wrong already.
    var failures: [String] = []
    var trace: [String]?
    var rowCount = 0
    var fileCount = 0
  }

  private let state: Mutex<State>

  init(isTraced: Bool) {
    var first = State()
    if isTraced { first.trace = [] }
    state = Mutex(first)
  }

  func update<R: Sendable>(_ body: (inout State) -> R) -> R {
    state.withLock { body(&$0) }
  }

  func trace(_ line: @autoclosure () -> String) {
    if update({ $0.trace != nil }) {
      let line = line()
      update { $0.trace?.append(line) }
    }
  }

  func newRows(_ count: Int, partition: Int) -> [Row] {
    update { state in
      state.rowCount += count
      return (state.rowCount - count..<state.rowCount).map { Row(partition: partition, id: $0) }
    }
  }

  func newFileName(partition: Int) -> String {
    update { state in
      state.fileCount += 1
      return "p=\(partition)/f\(state.fileCount)"
    }
  }

  /// An id for a transaction of this intent.
  func begin(_ intent: Intent) -> String {
    update { state in
      let id = "t\(state.attempts.count)"
      state.attempts[id] = Attempt(intent: intent)
      return id
    }
  }

  func end(_ id: String, _ end: End) {
    update { state in
      state.attempts[id]?.end = end
      if case .acknowledged(let version) = end {
        state.latestAcknowledged = max(state.latestAcknowledged, version)
      }
    }
  }

  func fail(_ what: String) { update { $0.failures.append(what) } }
}
