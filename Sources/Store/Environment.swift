import Base
import Synchronization

/// Everything a run depends on besides its input: pass it down, so that a seed replays a run.
public struct Environment: Sendable {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  package var nowMillis: @Sendable () -> Int64
  /// Blocks for so many milliseconds, between attempts.
  package var pause: @Sendable (_ millis: Int) -> Void = Store.pause(millis:)
  /// What the run was started with; `random` draws from it.
  package var seed: UInt64
  /// Ids and file names. Shared by copies of the environment, so that no two runs draw the same.
  package let random: RandomSource
  /// Number of worker threads for CPU work.
  public var parallelism: Int
  /// Bytes that buffers may hold in all; what does not fit is flushed or refused.
  public var memoryBudgetBytes: Int
  /// Asks the run to stop: long work looks between units and ends with `.cancelled`.
  public var cancellation = Cancellation()
  /// Told, in a sentence without a full stop, what went wrong and changes no result. From any
  /// thread.
  public var warn: @Sendable (String) -> Void = { _ in }
  /// Opens the store that a table's or source's location names.
  package var openStore: @Sendable (_ location: String) throws(StoreError) -> any ObjectStore

  /// Room for what does not fit the memory budget, for one job.
  package var openScratch: @Sendable () throws(StoreError) -> any ScratchFile = {
    () throws(StoreError) in try LocalScratchFile()
  }

  package init(
    nowMillis: @escaping @Sendable () -> Int64, seed: UInt64, parallelism: Int,
    memoryBudgetBytes: Int,
    openStore: @escaping @Sendable (_ location: String) throws(StoreError) -> any ObjectStore
  ) {
    self.nowMillis = nowMillis
    self.seed = seed
    random = RandomSource(seed: seed)
    self.parallelism = parallelism
    self.memoryBudgetBytes = memoryBudgetBytes
    self.openStore = openStore
  }
}

/// A seeded generator that threads share.
package final class RandomSource: Sendable {
  private let generator: Mutex<SeededRandom>

  init(seed: UInt64) { generator = Mutex(SeededRandom(seed: seed)) }

  package func next() -> UInt64 { generator.withLock { $0.next() } }

  package func uuid() -> String { generator.withLock { randomUUID(using: &$0) } }
}
