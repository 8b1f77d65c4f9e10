package import Store
import Synchronization

/// A store whose lists are late: they leave out the files that were made last, in the order in
/// which they were made. What was replaced or deleted is not late; and who no longer finds what
/// was deleted finds all that was made before.
package final class ListingDelay: Sendable {
  private struct State {
    /// Files that were made and not deleted.
    var existing: Set<String> = []
    /// Those that lists may still leave out, in the order in which they were made.
    var late: [String] = []
  }

  private let state = Mutex(State())
  private let lag: @Sendable () -> Int

  /// - Parameter lag: how many files a list leaves out, asked at each.
  package init(lag: @escaping @Sendable () -> Int) { self.lag = lag }

  package func note(_ effect: StoreEffect) {
    state.withLock { state in
      switch effect {
      case .putIfAbsent(let path), .finish(let path), .put(let path):
        if state.existing.insert(path).inserted { state.late.append(path) }
      case .delete(let path):
        state.existing.remove(path)
        state.late.removeAll()
      case .append: break
      }
    }
  }

  package func visible(_ entries: [ObjectEntry]) -> [ObjectEntry] {
    let count = lag()
    if count == 0 { return entries }
    let late = Set(state.withLock { $0.late.suffix(count) })
    return entries.filter { !late.contains($0.path) }
  }
}
