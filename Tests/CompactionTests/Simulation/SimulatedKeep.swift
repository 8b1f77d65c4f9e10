import Base
import Delta
import Store

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
}
