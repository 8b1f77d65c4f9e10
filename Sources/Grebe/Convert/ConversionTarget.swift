import Base
import Delta
import Store

/// The table that a conversion writes to, as it was found, and which sources it lacks.
struct ConversionTarget: Sendable {
  let store: any ObjectStore
  /// Nil when there is no table yet.
  let snapshot: Snapshot?
  let ledger: Ledger
  /// Sources to load, in order.
  let pending: [SourceFile]
  /// Sources that the table already holds.
  let known: [SourceFile]

  /// - Throws: `alreadyExists`, `conflict` and `corrupt` as `--mode error`, `--if-version` and a
  ///   changed source ask for.
  init(
    location: String, sources: [SourceFile], options: ConversionOptions, environment: Environment
  ) throws(GrebeError) {
    store = try exposing { () throws(StoreError) in try environment.openStore(location) }
    let store = store
    snapshot = try exposing { () throws(DeltaError) in try Snapshot.loadIfPresent(store) }
    ledger = Ledger(snapshot)
    if options.mode == .error, let snapshot {
      throw GrebeError(
        .alreadyExists, "there is a table already, at version \(snapshot.version)", place: location,
        hint: "--mode append adds to it, --mode overwrite replaces its rows")
    }
    if let wanted = options.ifVersion, wanted != snapshot?.version ?? -1 {
      throw GrebeError(
        .conflict, "the table is at version \(snapshot?.version ?? -1), not \(wanted)",
        place: location,
        hint: "look at grebe history, then decide again")
    }
    var pending: [SourceFile] = []
    var known: [SourceFile] = []
    for source in sources {
      switch options.force || options.mode == .overwrite ? .unknown : ledger.status(of: source) {
      case .unknown: pending.append(source)
      case .loaded: known.append(source)
      case .changed:
        throw GrebeError(
          .corrupt, "the source has changed since the table loaded it", place: source.name,
          hint: "--force loads it again beside its older rows; nothing was loaded")
      }
    }
    self.pending = pending
    self.known = known
    // Before any work: a table that cannot be written is refused by the feature's name.
    let snapshot = snapshot
    try exposing { () throws(DeltaError) in try snapshot?.checkWritable() }
  }
}
