import Columns
import Compaction
import Delta
import Store
import TestSupport
import Testing

@Suite("Compaction planner") struct CompactionPlannerTests {
  /// Files as `partition:size`, in the order they were written.
  private func plan(_ files: [(String, Int64)], target: Int64 = 100) throws -> [[String]] {
    let store = InMemoryStore()
    let schema = Schema([Field("p", .string), Field("n", .long)])
    let environment = Environment(
      nowMillis: { 1000 }, seed: 1, parallelism: 1, memoryBudgetBytes: 1 << 20,
      openStore: { _ in store })
    var transaction = Transaction(
      creating: .new(schema: schema, partitionColumns: ["p"], environment: environment),
      operation: Operation("WRITE"))
    transaction.adds = files.enumerated().map { index, file in
      AddFile(
        path: "\(file.0)-\(index)", partitionValues: ["p": file.0], sizeBytes: file.1,
        modifiedMillis: Int64(index))
    }
    _ = try transaction.commit(to: store, environment: environment)
    let snapshot = try Snapshot.load(store)
    return CompactionPlanner(policy: CompactionPolicy(targetFileBytes: target))
      .plan(snapshot, files: snapshot.files).tasks.map(\.inputs)
  }

  @Test func `small files of one partition become one task, in the order they were written`() throws
  {
    #expect(
      try plan([("a", 10), ("b", 10), ("a", 20), ("b", 5)]) == [["a-0", "a-2"], ["b-1", "b-3"]])
  }

  @Test func `large files and lone files stay`() throws {
    #expect(try plan([("a", 75), ("a", 200), ("a", 10), ("b", 1)]) == [])
  }

  @Test func `a bin is full before it is over the target`() throws {
    #expect(
      try plan([("a", 40), ("a", 40), ("a", 40), ("a", 40), ("a", 40)])
        == [["a-0", "a-1"], ["a-2", "a-3"]])
  }

  @Test func `an empty table has nothing to do`() throws {
    #expect(try plan([]) == [])
  }

  @Test(arguments: [Int64.min, -1, 0, 1, .max]) func `no target size traps`(_ target: Int64) throws
  {
    let task = CompactionTask(
      version: 0, inputs: [], partitionValues: [:], inputBytes: .max, targetFileBytes: target)
    #expect(task.expectedOutputCount >= 1)
    let huge: Int64 = (1 << 62) - 1
    #expect(try plan([("a", huge), ("a", huge), ("a", huge)], target: target).count <= 1)
  }

  @Test func `a task is a value that another process could run`() {
    let task = CompactionTask(
      version: 3, inputs: ["a", "b"], partitionValues: ["p": nil], inputBytes: 250,
      targetFileBytes: 100)
    #expect(task.expectedOutputCount == 2)
  }
}
