package import Store
import Synchronization

/// A store whose lists are late: they leave out the files that were made last, in the order in
/// which they were made. What was replaced or deleted is not late; and who no longer finds what
/// was deleted finds all that was made before.
package final class ListingDelay: Sendable {
  /// The files that lists may still leave out.
  private let made = Mutex<[String]>([])
  private let lag: @Sendable () -> Int

  /// - Parameter lag: how many files a list leaves out, asked at each.
  package init(lag: @escaping @Sendable () -> Int) { self.lag = lag }

  package func note(_ effect: StoreEffect) {
    switch effect {
    case .putIfAbsent(let path), .finish(let path), .put(let path):
      made.withLock { made in
        if !made.contains(path) { made.append(path) }
      }
    case .delete: made.withLock { $0.removeAll() }
    case .append: break
    }
  }

  package func visible(_ entries: [ObjectEntry]) -> [ObjectEntry] {
    let count = lag()
    if count == 0 { return entries }
    let late = Set(made.withLock { $0.suffix(count) })
    return entries.filter { !late.contains($0.path) }
  }
}
