import Base
import Synchronization

/// The files that make up a version of a table: a list, or an older version's list and the changes
/// since, of which the list is made when it is asked for.
///
/// A writer that commits again and again thus pays for its changes, not for the table.
final class LiveFiles: Sendable {
  private struct State: Sendable {
    /// In the order they were added.
    var files: [AddFile]
    /// File actions since, older ones first, in runs whose lengths at least halve from one to the
    /// next: so there are few runs, and an action is moved few times.
    var changes: [[Action]] = []
  }

  private let state: Mutex<State>

  init(_ files: [AddFile]) { state = Mutex(State(files: files)) }

  private init(_ state: State) { self.state = Mutex(state) }

  /// O(files) the first time after changes, then O(1).
  var all: [AddFile] {
    state.withLock { state in
      if !state.changes.isEmpty {
        state.files = LiveFiles.reconciled(state.files, state.changes)
        state.changes = []
      }
      return state.files
    }
  }

  /// The files after these actions; others than of files are ignored. O(actions), amortised.
  func changed(by actions: some Sequence<Action>) -> LiveFiles {
    var next = state.withLock { $0 }
    next.changes.append(actions.filter(\.isOfFile))
    while next.changes.count >= 2,
      next.changes[next.changes.count - 2].count < 2 * next.changes[next.changes.count - 1].count
    {
      let last = next.changes.removeLast()
      next.changes[next.changes.count - 1] += last
    }
    return LiveFiles(next)
  }

  /// Delta protocol (PROTOCOL.md), "Action Reconciliation".
  private static func reconciled(_ files: [AddFile], _ changes: [[Action]]) -> [AddFile] {
    var seen: Set<FileKey> = []
    var added: [AddFile] = []
    for actions in changes.reversed() {
      for action in actions.reversed() {
        switch action {
        case .add(let file): if seen.insert(file.key).inserted { added.append(file) }
        case .remove(let file): seen.insert(file.key)
        default: break
        }
      }
    }
    return files.filter { !seen.contains($0.key) } + added.reversed()
  }
}

extension Action {
  fileprivate var isOfFile: Bool {
    switch self {
    case .add, .remove: true
    default: false
    }
  }
}

/// Sums over the live files of a version.
struct TableTotals: Sendable, Equatable {
  var fileCount: Int64 = 0
  var sizeBytes: Int64 = 0
  /// Files with a deletion vector, and the rows that these delete.
  var vectorCount: Int64 = 0
  var deletedRowCount: Int64 = 0

  init() {}

  init(_ files: [AddFile]) {
    // Where they lie: an iterator gives copies.
    let span = files.span
    for index in span.indices { count(span[index]) }
  }

  private mutating func count(_ file: AddFile) {
    fileCount += 1
    sizeBytes = sizeBytes.addingSaturated(file.sizeBytes)
    if let vector = file.deletionVector {
      vectorCount += 1
      deletedRowCount = deletedRowCount.addingSaturated(vector.cardinality)
    }
  }

  /// The sums after a transaction; nil if it does not tell them.
  ///
  /// What it removes is in the table, and what it adds is not: a file that is described anew,
  /// without a remove, may be.
  func after(_ transaction: Transaction) -> TableTotals? {
    if transaction.restatesFiles { return self }
    if transaction.removes.isEmpty && !transaction.adds.allSatisfy(\.dataChange) { return nil }
    var next = self
    for file in transaction.adds { next.count(file) }
    for file in transaction.removes {
      guard let size = file.sizeBytes else { return nil }
      next.fileCount -= 1
      next.sizeBytes -= size
      if let vector = file.deletionVector {
        next.vectorCount -= 1
        next.deletedRowCount -= vector.cardinality
      }
    }
    let isPossible =
      min(next.fileCount, next.sizeBytes, next.vectorCount, next.deletedRowCount) >= 0
    return isPossible ? next : nil
  }
}
