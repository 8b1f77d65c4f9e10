import Store
import Synchronization
import TestSupport
import Testing

@Suite("Workers") struct WorkersTests {
  struct Failure: Error, Equatable { var worker: Int }

  @Test(arguments: [1, 2, 7]) func `every index runs once`(_ count: Int) {
    let seen = WinnerCount()
    withWorkers(count: count) { worker, _ in seen.add(worker) }
    #expect(seen.all.sorted() == Array(0..<count))
  }

  @Test func `the first error comes back and stops the others`() {
    #expect(throws: Failure(worker: 2)) {
      try withWorkers(count: 4) { worker, cancellation throws(Failure) in
        if worker == 2 { throw Failure(worker: worker) }
        while !cancellation.isCancelled {}
      }
    }
  }

  @Test func `cancelling the parent stops the workers`() {
    let parent = Cancellation()
    withWorkers(count: 3, parent: parent) { worker, cancellation in
      if worker == 0 { parent.cancel() }
      while !cancellation.isCancelled {}
    }
    #expect(parent.isCancelled)
  }

  @Test func `blocking work returns its value or its error to the task`() async throws {
    #expect(await runBlocking { _ in 42 } == 42)
    await #expect(throws: Failure(worker: 1)) {
      try await runBlocking { _ throws(Failure) -> Int in throw Failure(worker: 1) }
    }
  }

  @Test func `cancelling the task reaches the blocking work`() async {
    let task = Task {
      await runBlocking { cancellation in
        while !cancellation.isCancelled {}
        return true
      }
    }
    task.cancel()
    #expect(await task.value)
  }
}
