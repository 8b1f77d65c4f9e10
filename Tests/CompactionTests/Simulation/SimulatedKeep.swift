import Base
@testable import Delta
import Store
import TestSupport

// What keeps a table, done by the engine itself.

extension SimulatedProcess {
  mutating func vacuum() throws {
    var options = VacuumOptions()
    options.isLite = draw(3) == 0
    if world.mistake == .vacuumTooSoon {
      options.retentionMillis = 0
      options.checksRetention = false
    }
    do throws(DeltaError) {
      let outcome = try Vacuum(store: store, environment: environment(), options: options).run()
      world.history.trace(
        "\(index) vacuums: version \(outcome.version), \(outcome.filesDeleted) files")
    } catch {
      world.history.trace("\(index) vacuums: \(error)")
      if error.code != .conflict { throw error }
    }
  }

  /// To any version; those of which a vacuum has taken files cannot be had.
  mutating func restore() throws {
    let base = try look(isFresh: false)
    let target = try Snapshot.load(store, at: .version(Int64(draw(Int(base.version) + 1))))
    let plan = RestorePlan(current: base, target: target)
    if plan.isEmpty { return }
    do throws(DeltaError) {
      try plan.checkFiles(in: store, environment: environment())
    } catch {
      world.history.trace("\(index) cannot restore version \(target.version): \(error)")
      if error.code == .notFound { return }
      throw error
    }
    let planned = plan.transaction(Operation("RESTORE"), atMillis: world.baton.nowMillis)
    _ = try commit(.restore(version: target.version), on: base) { transaction in
      transaction.adds = planned.adds
      transaction.removes = planned.removes
      transaction.metadata = planned.metadata
      transaction.reads = planned.reads
      transaction.writesFiles = planned.writesFiles
    }
  }

  /// A checkpoint, small enough for sidecars where the table has those of the second kind; a log
  /// compaction file; or what has expired goes. Of the version that this process knows, which may
  /// be an old one by now.
  mutating func keepLog() throws {
    let base = try look(isFresh: false)
    switch draw(4) {
    case 0: try compactLog(upTo: base.version)
    case 1:
      let summary = try LogCleanup(store, environment()).run(base.metadata, base.tableProtocol)
      world.history.trace("\(index) cleans up: \(summary.logFileCount) files of the log")
    default: try checkpoint(base)
    }
  }

  private mutating func checkpoint(_ base: Snapshot) throws {
    let writer = CheckpointWriter(
      store: store, environment: environment(), sidecarActionCount: 1 + draw(3), groupRowCount: 4)
    let summary = try writer.write(version: base.version, metadata: base.metadata)
    world.history.trace("\(index) writes \(summary.path), \(summary.sidecarCount) sidecars")
    if world.mistake == .checkpointMisnamed, !summary.isV2 {
      let bytes = try store.read(summary.path, range: nil)
      try store.put(checkpointPath(base.version + 1), bytes.bytes)
    }
  }

  private mutating func compactLog(upTo last: Int64) throws {
    guard last > 1 else { return }
    let first = Int64(draw(Int(last)))
    let from = world.mistake == .logCompactionMisnamed ? min(first + 1, last) : first
    let path = try LogCompaction(store).write(from...last)
    world.history.trace("\(index) writes \(path ?? "no log compaction file")")
    if let path, from > first {
      let bytes = try store.read(path, range: nil)
      try store.put(LogCompaction.path(first...last), bytes.bytes)
    }
  }
}
