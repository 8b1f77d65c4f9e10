import Synchronization

/// Collects integers from several threads.
package final class WinnerCount: Sendable {
  private let values = Mutex<[Int]>([])
  package init() {}
  package func add(_ value: Int) { values.withLock { $0.append(value) } }
  package var all: [Int] { values.withLock { $0 } }
}
