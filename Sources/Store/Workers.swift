import Synchronization

/// Runs `body` on `count` threads, the caller's being one, and returns when all are done.
///
/// `body` is given its index in `0 ..< count` and a flag that is set when another worker failed or
/// `parent` was cancelled: look at it between units of work and return. Workers claim their units
/// from an atomic counter and share nothing else. If the system has no more threads, the indices
/// that got none run one after the other on the caller's, so `body` must not wait for its peers.
///
/// - Throws: the first error in time; the flag is set before the others can see it.
package func withWorkers<E: Error>(
  count: Int, parent: Cancellation? = nil,
  _ body: @Sendable (_ worker: Int, _ cancellation: Cancellation) throws(E) -> Void
) throws(E) {
  precondition(count >= 1)
  let cancellation = Cancellation(parent: parent)
  let failure = FirstFailure<E>()
  withoutActuallyEscaping(body) { body in
    let run: @Sendable (Int) -> Void = { worker in
      do throws(E) {
        try body(worker, cancellation)
      } catch {
        failure.record(error)
        cancellation.cancel()
      }
    }
    // Every thread is joined before this closure ends, so nothing of `body` outlives the call.
    startAndJoin(1..<count, run)
  }
  if let error = failure.first { throw error }
}

/// Calls `body` with every index below `count`. Up to `parallelism` workers claim them one by one,
/// in ascending order.
///
/// - Parameter interrupted: what is thrown, between two indices, when `parent` was cancelled.
/// - Throws: the first error in time.
package func forEachIndex<E: Error>(
  below count: Int, parallelism: Int, parent: Cancellation,
  interrupted: @autoclosure @Sendable () -> E,
  _ body: @Sendable (_ index: Int, _ cancellation: Cancellation) throws(E) -> Void
) throws(E) {
  let next = Atomic(0)
  try withWorkers(count: max(1, min(parallelism, count)), parent: parent) {
    (_, cancellation) throws(E) in
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      if cancellation.isCancelled { throw interrupted() }
      try body(index, cancellation)
    }
  }
}

/// Worker 0 runs here, after the others have been started; then they are joined.
private func startAndJoin(_ workers: Range<Int>, _ run: @escaping @Sendable (Int) -> Void) {
  guard let worker = workers.first else { return run(0) }
  if let thread = Thread({ run(worker) }) {
    startAndJoin(worker + 1..<workers.upperBound, run)
    thread.join()
  } else {
    run(0)
    for worker in workers { run(worker) }
  }
}

private final class FirstFailure<E: Error>: Sendable {
  private let error = Mutex<E?>(nil)

  func record(_ new: E) { error.withLock { if $0 == nil { $0 = new } } }
  var first: E? { error.withLock { $0 } }
}

/// Runs blocking work on a thread of its own while the task waits without holding a thread: how the
/// public face's `async` functions enter the engine.
///
/// Cancelling the task sets the flag that `body` is given.
package func runBlocking<Result: Sendable, E: Error>(
  parent: Cancellation? = nil,
  _ body: @escaping @Sendable (Cancellation) throws(E) -> Result
) async throws(E) -> Result {
  let cancellation = Cancellation(parent: parent)
  let outcome: Swift.Result<Result, E> = await withTaskCancellationHandler {
    await withCheckedContinuation { continuation in
      let work: @Sendable () -> Void = {
        do throws(E) {
          continuation.resume(returning: .success(try body(cancellation)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
      if let thread = Thread(work) { thread.detach() } else { work() }
    }
  } onCancel: {
    cancellation.cancel()
  }
  return try outcome.get()
}
