import Base
import Compaction
import Delta
import Store
import Synchronization
import TestSupport

/// What all processes of a run share.
struct SimulatedWorld: Sendable {
  let disk: SimulatedDisk
  let baton: Baton
  let history: History
  let listing: ListingDelay?
  /// One effect in so many goes wrong; 0: none.
  let mishapInterval: UInt64
  /// Versions expire.
  let isAging: Bool
  let mistake: Mistake?

  static let partitions = 2
  /// How long files stay that a table no longer has: what the protocol says where a table says
  /// nothing.
  static let retentionMillis: Int64 = 7 * 86_400_000
}

/// What a process may get wrong on purpose, to show that it is found out.
enum Mistake: CaseIterable {
  /// The store lets a log entry replace another.
  case putReplaces
  /// Transactions do not say what they read.
  case readsForgotten
  /// Files are taken away though the commit may have arrived.
  case filesDiscarded
  /// A compaction looks at its inputs and does not remove one of them.
  case inputKept
  /// The same load is tried again under another name.
  case loadRenamed
  /// A vacuum spares nothing that the newest version does not have.
  case vacuumTooSoon
  /// A checkpoint says that it is of the version after its own.
  case checkpointMisnamed
  /// A log compaction file stands for fewer commits than its name says.
  case logCompactionMisnamed
}

/// One process: it does one thing after another, dies now and then, and is started again.
struct SimulatedProcess {
  let index: Int
  let world: SimulatedWorld
  /// As this process sees it.
  private let disk: SimulatedDisk
  var random: SeededRandom
  private(set) var store: FaultyStore

  init(_ index: Int, _ world: SimulatedWorld, isVacuum: Bool = false, seed: UInt64) {
    self.index = index
    self.world = world
    disk = isVacuum ? world.disk.vacuumed { world.baton.nowMillis } : world.disk
    random = SeededRandom(seed: seed)
    store = SimulatedProcess.start(index, world, disk, seed: random.next())
  }

  private static func start(
    _ index: Int, _ world: SimulatedWorld, _ disk: SimulatedDisk, seed: UInt64
  ) -> FaultyStore {
    let random = Mutex(SeededRandom(seed: seed))
    let offer: @Sendable () -> Void = { world.baton.offer(index) }
    return FaultyStore(disk, listing: world.listing, beforeCall: offer) { _, effect in
      guard world.mishapInterval > 0 else { return nil }
      return random.withLock { random -> Mishap? in
        guard random.next() % world.mishapInterval == 0 else { return nil }
        let mishap = Mishap.allCases[Int(random.next() % UInt64(Mishap.allCases.count))]
        // What the log needs is put whole or not at all: that is what a store promises.
        let isNeeded = effect.path.hasPrefix(logDirectory) && !effect.path.hasSuffix(".crc")
        return mishap == .torn && isNeeded ? .errorBefore : mishap
      }
    }
  }

  mutating func restartIfDead() {
    guard store.isDead else { return }
    world.history.trace("\(index) is started again")
    store = SimulatedProcess.start(index, world, disk, seed: random.next())
  }

  mutating func draw(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

  mutating func environment() -> Environment {
    let world = world
    let index = index
    var environment = Environment(
      nowMillis: { world.baton.nowMillis }, seed: random.next(), parallelism: 1,
      memoryBudgetBytes: 1 << 20, openStore: { _ in world.disk })
    environment.pause = { world.baton.offer(index, millis: $0) }
    return environment
  }

  // MARK: Files

  func read(_ file: AddFile) throws -> [Row] {
    let bytes = try store.read(file.path, range: nil)
    return file.rows(ids(in: bytes) ?? [])
  }

  func write(_ rows: [Row]) throws -> AddFile {
    let partition = rows[0].partition
    let path = world.history.newFileName(partition: partition)
    let numbers = rows.map(\.id)
    let bytes = bytes(of: numbers)
    try store.put(path, bytes.bytes)
    return .simulated(path, numbers, partition: partition, bytes: bytes.count)
  }

  private func discardNew(_ transaction: Transaction, on base: Snapshot) {
    guard transaction.writesFiles else { return }
    let kept = Set(base.files.map(\.path))
    for file in transaction.adds where !kept.contains(file.path) { try? store.delete(file.path) }
  }

  // MARK: Commits

  /// Commits and keeps the account; false if another writer stood in the way.
  mutating func commit(
    _ intent: Intent, on base: Snapshot, _ fill: (inout Transaction) -> Void
  ) throws -> Bool {
    let id = world.history.begin(intent)
    var transaction = Transaction(from: base, operation: Operation("\(intent)"), id: id)
    fill(&transaction)
    if world.mistake == .readsForgotten { transaction.reads = .nothing }
    do throws(DeltaError) {
      switch try transaction.commit(to: store, environment: environment()) {
      case .committed(let version):
        world.history.trace("\(index) \(id) \(intent): version \(version)")
        world.history.end(id, .acknowledged(version: version))
        return true
      case .conflict(let reason, _):
        world.history.trace("\(index) \(id) \(intent): \(reason)")
        world.history.end(id, .refused)
        discardNew(transaction, on: base)
        return false
      }
    } catch {
      world.history.trace("\(index) \(id) \(intent): \(error)")
      if error.code != .io {
        world.history.fail("\(intent): \(error)")
      } else if world.mistake == .filesDiscarded {
        discardNew(transaction, on: base)
      }
      throw error
    }
  }
}
