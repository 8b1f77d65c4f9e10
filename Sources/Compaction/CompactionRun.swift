import Base
package import Delta
package import Parquet
package import Store
import Synchronization

/// Carries out a plan's tasks: a large one uses every worker, many small ones are claimed by the
/// workers one by one. The files depend on neither, only on the plan and the seed.
package struct CompactionRun {
  /// Below this a task keeps one worker busy for about a second and more would wait for each other.
  private static let smallTaskBytes: Int64 = 64 << 20

  private let store: any ObjectStore
  private let snapshot: Snapshot
  private let environment: Environment
  private let parquet: ParquetWriteOptions

  /// - Parameter parquet: how the new files are written.
  package init(
    store: any ObjectStore, snapshot: Snapshot, environment: Environment,
    parquet: ParquetWriteOptions = ParquetWriteOptions()
  ) {
    self.store = store
    self.snapshot = snapshot
    self.environment = environment
    self.parquet = parquet
  }

  /// One result a task, in the plan's order. Nothing is committed yet.
  ///
  /// - Throws: `unsupported` for a table that this build must not write, before any work; what the
  ///   first task to fail throws. No file is left behind.
  package func results(of plan: CompactionPlan) throws(DeltaError) -> [CompactionResult] {
    try snapshot.checkWritable(movesRows: true)
    let done = Mutex([CompactionResult?](repeating: nil, count: plan.tasks.count))
    do throws(DeltaError) {
      try run(plan.tasks) { index, result in done.withLock { $0[index] = result } }
    } catch {
      deleteOutputs(of: done.withLock { $0 }.compactMap { $0 }, in: store)
      throw error
    }
    return done.withLock { $0 }.compactMap { $0 }
  }

  private func run(
    _ tasks: [CompactionTask], _ finish: @Sendable (Int, CompactionResult) -> Void
  ) throws(DeltaError) {
    let worker = CompactionWorker(
      store: store, snapshot: snapshot, environment: environment, parquet: parquet)
    // Names are drawn from a source of the task's own, whoever runs it and when.
    let environments = tasks.map { _ in taskEnvironment() }
    let (large, small) = split(tasks)
    for index in large {
      finish(index, try worker.run(tasks[index], in: environments[index]))
    }
    let next = Atomic(0)
    try withWorkers(
      count: max(1, min(environment.parallelism, small.count)), parent: environment.cancellation
    ) { (_, cancellation) throws(DeltaError) in
      while true {
        let place = next.add(1, ordering: .relaxed).oldValue
        guard place < small.count else { return }
        let index = small[place]
        var alone = environments[index]
        alone.parallelism = 1
        alone.cancellation = cancellation
        finish(index, try worker.run(tasks[index], in: alone))
      }
    }
  }

  /// Positions of the tasks that are to use every worker, in order, and of those to be claimed, the
  /// largest first, so that none is left to run long after the others.
  private func split(_ tasks: [CompactionTask]) -> (large: [Int], small: [Int]) {
    let small = tasks.indices.filter { tasks[$0].inputBytes < CompactionRun.smallTaskBytes }
    guard small.count >= environment.parallelism else { return (Array(tasks.indices), []) }
    return (
      tasks.indices.filter { tasks[$0].inputBytes >= CompactionRun.smallTaskBytes },
      small.sorted { (tasks[$1].inputBytes, $0) < (tasks[$0].inputBytes, $1) }
    )
  }

  private func taskEnvironment() -> Environment {
    var own = Environment(
      nowMillis: environment.nowMillis, seed: environment.random.next(),
      parallelism: environment.parallelism, memoryBudgetBytes: environment.memoryBudgetBytes,
      openStore: environment.openStore)
    own.cancellation = environment.cancellation
    return own
  }
}

/// Removes files that no version will refer to. One that cannot be removed stays, and harms
/// nothing.
func deleteOutputs(of results: [CompactionResult], in store: any ObjectStore) {
  for file in results.flatMap(\.added) {
    if let path = try? file.storePath() { try? store.delete(path) }
  }
}
