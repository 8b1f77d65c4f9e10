import Base
import Compaction
import Delta
import Store

/// What a process does all the time.
enum Role: CaseIterable {
  case writer, deleter, compactor, reader, vacuum, restorer, checkpointer
}

extension SimulatedProcess {
  mutating func work(_ role: Role, count: Int) {
    for _ in 0..<count {
      restartIfDead()
      do {
        switch role {
        case .writer: try write()
        case .deleter: try change()
        case .compactor: try compact()
        case .reader: try observe()
        case .vacuum: try vacuum()
        case .restorer: try restore()
        case .checkpointer: try keepLog()
        }
      } catch let error as DeltaError {
        // A list that is late may be later than the one before it; and versions expire.
        let isLate = error.code == .notFound && (world.listing != nil || world.isAging)
        if error.code != .io && !isLate { world.history.fail("\(role): \(error)") }
      } catch {
        // The store failed on purpose.
      }
    }
  }

  /// The latest version, or one that some process saw before: that is how a process that has been
  /// busy for a while sees the table, and it spares reading the log.
  mutating func look(isFresh: Bool) throws -> Snapshot {
    if !isFresh, draw(3) > 0, let seen = world.history.update({ $0.latestSeen }) { return seen }
    let snapshot = try Snapshot.load(store)
    world.history.update { state in
      if state.latestSeen.map({ $0.version < snapshot.version }) ?? true {
        state.latestSeen = snapshot
      }
    }
    return snapshot
  }

  private mutating func write() throws {
    let partition = draw(SimulatedWorld.partitions)
    switch draw(4) {
    case 0: try load(source: draw(2))
    case 1: try count(partition)
    default:
      let base = try look(isFresh: false)
      let rows = world.history.newRows(1 + draw(3), partition: partition)
      let file = try write(rows)
      _ = try commit(.append(rows), on: base) { $0.adds = [file] }
    }
  }

  private mutating func change() throws {
    switch draw(6) {
    case 0: try overwriteAll()
    case 1, 2: try overwrite(draw(SimulatedWorld.partitions))
    case 3: try alter()
    default:
      try delete(
        Predicate(
          partition: draw(SimulatedWorld.partitions), modulus: 2 + draw(2), remainder: draw(2)),
        byVectors: draw(2) == 0)
    }
  }

  /// As a conversion does: what the log knows is not loaded again.
  private mutating func load(source: Int) throws {
    let base = try look(isFresh: false)
    let name = "source-\(source)"
    if base.transactions[name] != nil { return }
    let rows = (0..<2).map { Row(partition: 0, id: 900_000 + source * 10 + $0) }
    let file = try write(rows)
    let told = world.mistake == .loadRenamed ? "\(name)-\(file.path)" : name
    _ = try commit(.load(source: source, rows), on: base) { transaction in
      transaction.adds = [file]
      transaction.transactions = [TransactionIdentifier(applicationID: told, version: 1)]
    }
  }

  /// Reads one partition and writes into another.
  private mutating func count(_ partition: Int) throws {
    let base = try look(isFresh: false)
    var count = 0
    for file in base.files where file.partition == partition { count += try read(file).count }
    let number = world.history.newRows(1, partition: 0)[0].id
    let row = Row(
      partition: (partition + 1) % SimulatedWorld.partitions, id: (number + 1) * 1000 + count)
    let file = try write([row])
    _ = try commit(.count(of: partition, row), on: base) { transaction in
      transaction.adds = [file]
      transaction.reads = .files { $0.partition == partition }
    }
  }

  private mutating func overwriteAll() throws {
    let base = try look(isFresh: false)
    let rows = world.history.newRows(2, partition: draw(SimulatedWorld.partitions))
    let file = try write(rows)
    let now = world.baton.nowMillis
    _ = try commit(.overwriteAll(rows), on: base) { transaction in
      transaction.adds = [file]
      transaction.removes = base.files.map { $0.removed(atMillis: now, dataChange: true) }
      transaction.reads = .wholeTable
    }
  }

  private mutating func overwrite(_ partition: Int) throws {
    let base = try look(isFresh: false)
    let rows = world.history.newRows(2, partition: partition)
    let file = try write(rows)
    let now = world.baton.nowMillis
    _ = try commit(.overwrite(partition: partition, rows), on: base) { transaction in
      transaction.adds = [file]
      transaction.removes = base.files.filter { $0.partition == partition }
        .map { $0.removed(atMillis: now, dataChange: true) }
      transaction.reads = .files { $0.partition == partition }
    }
  }

  private mutating func alter() throws {
    let base = try look(isFresh: false)
    var metadata = base.metadata
    metadata.configuration["n"] = String(draw(1000))
    _ = try commit(.upkeep, on: base) { $0.metadata = metadata }
  }

  /// As `Deletion`: where another writer stands in the way, the table is looked at again.
  private mutating func delete(_ predicate: Predicate, byVectors: Bool) throws {
    for attempt in 0..<3 {
      let base = try look(isFresh: attempt > 0)
      var removed: [AddFile] = []
      var added: [AddFile] = []
      for file in base.files where file.partition == predicate.partition {
        let rows = try read(file)
        let gone = rows.filter(predicate.holds)
        if gone.isEmpty { continue }
        removed.append(file)
        if gone.count == rows.count { continue }
        added.append(
          byVectors
            ? file.deleting(gone.map(\.id)) : try write(rows.filter { !predicate.holds($0) }))
      }
      if removed.isEmpty { return }
      let now = world.baton.nowMillis
      let isDone = try commit(.delete(predicate), on: base) { transaction in
        transaction.adds = added
        transaction.removes = removed.map { $0.removed(atMillis: now, dataChange: true) }
        transaction.reads = .files { $0.partition == predicate.partition }
      }
      if isDone { return }
    }
  }

  /// The planner and the commit are the engine's; the rewriting is done here.
  private mutating func compact() throws {
    let base = try look(isFresh: false)
    let plan = CompactionPlanner(policy: CompactionPolicy(targetFileBytes: 60))
      .plan(base, files: base.files)
    let files = Dictionary(base.files.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    var results: [CompactionResult] = []
    for task in plan.tasks {
      var inputs = task.inputs.compactMap { files[$0] }
      var rows: [Row] = []
      for file in inputs { rows += try read(file) }
      var added: [AddFile] = []
      if !rows.isEmpty {
        var file = try write(rows)
        file.dataChange = false
        added = [file]
      }
      if world.mistake == .inputKept { inputs.removeLast() }
      results.append(
        CompactionResult(task: task, removed: inputs, added: added, rowCount: Int64(rows.count)))
    }
    if results.isEmpty { return }
    let commit = CompactionCommit(store: store, snapshot: base, environment: environment())
    do throws(DeltaError) {
      let outcome = try commit.commit(results)
      if !outcome.committed.isEmpty {
        world.history.update { $0.compactions.append(outcome.version) }
      }
      world.history.trace(
        "\(index) compacts \(outcome.committed.flatMap(\.removed).map(\.path)): "
          + "version \(outcome.version), \(outcome.lost.count) lost")
    } catch {
      world.history.trace("\(index) compacts: \(error)")
      if error.code != .conflict { throw error }
    }
  }

  private mutating func observe() throws {
    let acknowledged = world.history.update { $0.latestAcknowledged }
    var snapshot = try look(isFresh: true)
    if snapshot.version < acknowledged && world.listing == nil {
      world.history.fail("read version \(snapshot.version) when \(acknowledged) had been made")
    }
    if draw(3) == 0 {
      snapshot = try Snapshot.load(store, at: .version(Int64(draw(Int(snapshot.version) + 1))))
    }
    var rows: [Row] = []
    for file in snapshot.files { rows += try read(file) }
    let observation = History.Observation(who: index, version: snapshot.version, rows: rows)
    world.history.trace("\(index) reads version \(snapshot.version): \(rows)")
    world.history.update { $0.observations.append(observation) }
  }
}
