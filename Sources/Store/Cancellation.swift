import Synchronization

/// A request to stop that long loops look at between units of work. Never taken back.
public final class Cancellation: Sendable {
  private let flag = Atomic(false)
  private let parent: Cancellation?

  /// - Parameter parent: when it is cancelled, so is this one; not the other way round.
  public init(parent: Cancellation? = nil) { self.parent = parent }

  public var isCancelled: Bool {
    flag.load(ordering: .relaxed) || parent?.isCancelled ?? false
  }

  public func cancel() { flag.store(true, ordering: .relaxed) }
}
