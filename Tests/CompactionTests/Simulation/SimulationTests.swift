import Base
import Columns
import Compaction
import Delta
import Foundation
import Store
import Synchronization
import TestSupport
import Testing

/// A table, and processes that write, delete, compact and read it at once, in an order that a seed
/// decides, with crashes, errors and lost answers.
struct Simulation {
  let seed: UInt64
  var mistake: Mistake?
  var isTraced = false

  private static let schema = Schema([Field("p", .integer)])
  /// What each process does, and how often; in long runs three times that.
  private static let roles: [(Role, Int)] = [
    (.writer, 2), (.writer, 1), (.deleter, 1), (.deleter, 1), (.compactor, 1), (.reader, 1),
    (.checkpointer, 1),
  ]
  /// And in some runs later, when all that was removed or left over before has expired.
  private static let laterRoles: [(Role, Int)] = [
    (.writer, 1), (.deleter, 1), (.compactor, 1), (.reader, 1), (.vacuum, 3), (.restorer, 5),
    (.checkpointer, 1),
  ]

  /// - Returns: the trace, if one is wanted.
  /// - Throws: `SimulationFailure`.
  @discardableResult
  func run() throws -> [String] {
    var random = SeededRandom(seed: seed)
    let history = History(isTraced: isTraced)
    // Some runs cross a midnight, after which every version that a checkpoint covers has expired.
    let isAging = seed % 16 == 3
    let baton = Baton(
      count: Simulation.roles.count, seed: random.next(),
      startMillis: isAging
        ? 19_675 * 86_400_000 - Int64(random.next() % 3_600_000) : 1_700_000_000_000,
      turnMillis: isAging ? 30_000 : 1)
    let memory = InMemoryStore(nowMillis: { baton.nowMillis })
    let disk = SimulatedDisk(memory, history, replaces: mistake == .putReplaces)
    let lags = SeededLags(seed: random.next())
    let world = SimulatedWorld(
      disk: disk, baton: baton, history: history,
      listing: random.next() % 4 == 0 ? ListingDelay { lags.next() } : nil,
      mishapInterval: [0, 6, 12, 30][Int(random.next() % 4)], isAging: isAging, mistake: mistake)
    try create(disk, baton, isAging: isAging, hasV2Checkpoints: random.next() % 3 == 0)
    run(Simulation.roles, world, &random, times: seed % 64 == 0 || isAging ? 3 : 1)
    if seed % 8 == 1 {
      baton.pass(millis: SimulatedWorld.retentionMillis + 86_400_000)
      history.update { $0.latestSeen = nil }
      run(Simulation.laterRoles, world, &random, times: 1)
    }
    let state = history.update { $0 }
    var check = HistoryCheck(disk, state)
    do {
      try check.run()
    } catch {
      throw SimulationFailure(description: "\(error)", trace: state.trace ?? [])
    }
    return state.trace ?? []
  }

  private func run(
    _ roles: [(Role, Int)], _ world: SimulatedWorld, _ random: inout SeededRandom, times: Int
  ) {
    let seeds = roles.map { _ in random.next() }
    world.baton.run { index in
      let (role, count) = roles[index]
      var process = SimulatedProcess(index, world, isVacuum: role == .vacuum, seed: seeds[index])
      process.work(role, count: count * times)
    }
  }

  private func create(
    _ store: any ObjectStore, _ baton: Baton, isAging: Bool, hasV2Checkpoints: Bool
  ) throws {
    var configuration = ["delta.checkpointPolicy": hasV2Checkpoints ? "v2" : "classic"]
    if isAging {
      configuration["delta.checkpointInterval"] = "3"
      configuration["delta.logRetentionDuration"] = "interval 0 days"
    }
    var transaction = Transaction(
      creating: TableMetadata(
        id: "s", schema: Simulation.schema, partitionColumns: ["p"], configuration: configuration),
      operation: Operation("CREATE TABLE"), id: "create")
    let features = ["deletionVectors"] + (hasV2Checkpoints ? ["v2Checkpoint"] : [])
    transaction.tableProtocol = TableProtocol(
      minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features)
    let environment = Environment(
      nowMillis: { baton.nowMillis }, seed: 1, parallelism: 1, memoryBudgetBytes: 1,
      openStore: { _ in store })
    _ = try transaction.commit(to: store, environment: environment)
  }
}

@Suite("Simulation: many processes, one table", .serialized) struct SimulationTests {
  private static func number(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }

  @Test func `no order of events and no crash loses, doubles or mixes up rows`() throws {
    let count = Self.number("GREBE_SIMULATIONS") ?? 2000
    // Other seeds in every run: what a few miss, the runs after it find.
    let first = UInt64.random(in: 0..<1 << 40)
    let seeds = Self.number("GREBE_SEED").map { $0..<$0 + 1 } ?? first..<first + count
    let next = Atomic(seeds.lowerBound)
    let clock = ContinuousClock()
    let start = clock.now
    try withWorkers(count: ProcessInfo.processInfo.activeProcessorCount) {
      (_, others) throws(SimulationFailure) in
      while !others.isCancelled {
        let seed = next.add(1, ordering: .relaxed).oldValue
        guard seed < seeds.upperBound else { return }
        do {
          try Simulation(seed: seed).run()
        } catch {
          throw story(of: seed, error)
        }
      }
    }
    print("\(seeds.count) simulations from seed \(first) on in \(clock.now - start)")
  }

  /// The failure of a seed with all that led to it.
  private func story(of seed: UInt64, _ failure: any Error) -> SimulationFailure {
    var lines: [String] = []
    do {
      try Simulation(seed: seed, isTraced: true).run()
    } catch {
      lines = (error as? SimulationFailure)?.trace ?? []
    }
    return SimulationFailure(
      description: (["GREBE_SEED=\(seed): \(failure)"] + lines).joined(separator: "\n"))
  }

  @Test(arguments: Mistake.allCases)
  func `a mistake is found within a few seeds`(_ mistake: Mistake) throws {
    let found = (0..<300 as Range<UInt64>).first { seed in
      do { try Simulation(seed: seed, mistake: mistake).run() } catch { return true }
      return false
    }
    print("\(mistake) is found by seed \(found.map(String.init) ?? "none")")
    #expect(found != nil)
  }

  @Test func `a seed tells the same story again`() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let first = try Simulation(seed: seed, isTraced: true).run()
      let second = try Simulation(seed: seed, isTraced: true).run()
      #expect(first == second)
      #expect(!first.isEmpty)
    }
  }
}
