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
  /// What `--reload-changed` replaces; its sources are among `pending`.
  let reload: Reload?
  /// The partitions that the new rows replace.
  let replaced: PartitionCondition?

  /// - Throws: `alreadyExists`, `conflict` and `corrupt` as `--mode error`, `--if-version` and a
  ///   changed source ask for.
  init(
    location: String, sources: [SourceFile], options: ConversionOptions, environment: Environment
  ) throws(GrebeError) {
    store = try exposing { () throws(StoreError) in try environment.openStore(location) }
    let store = store
    snapshot = try exposing { () throws(DeltaError) in try Snapshot.loadIfPresent(store) }
    ledger = Ledger(snapshot)
    try ConversionTarget.check(location, snapshot, options, environment)
    if let wanted = options.ifVersion, wanted != snapshot?.version ?? -1 {
      throw GrebeError(
        .conflict,
        snapshot.map { "the table is at version \($0.version), not \(wanted)" }
          ?? "there is no table yet, and so no version \(wanted)", place: location,
        hint: "look at grebe history, then decide again")
    }
    if let condition = options.replacedPartitions {
      guard let snapshot else {
        throw GrebeError(
          .notFound, "there is no table whose partitions could be replaced", place: location,
          hint: "leave --replace-where out to create it")
      }
      replaced = try PartitionCondition(condition, of: snapshot, option: "--replace-where")
    } else {
      replaced = nil
    }
    var pending: [SourceFile] = []
    var known: [SourceFile] = []
    var changed: [SourceFile] = []
    for source in sources {
      let ignoresLedger = options.force || options.mode == .overwrite
      switch ignoresLedger ? .unknown : try ledger.status(of: source) {
      case .unknown: pending.append(source)
      case .loaded: known.append(source)
      case .changed where options.reloadChanged: changed.append(source)
      case .changed:
        throw GrebeError(
          .corrupt, "the source has changed since the table loaded it", place: source.name,
          hint: "nothing was loaded; --reload-changed replaces its rows, --force adds them again")
      }
    }
    if let snapshot, !changed.isEmpty {
      let reload = try Reload(
        changed, others: known, ledger: ledger, snapshot: snapshot, environment: environment)
      let paths = Set(reload.sources.map(Ledger.path))
      known.removeAll { paths.contains(Ledger.path(of: $0)) }
      pending += reload.sources
      self.reload = reload
    } else {
      reload = nil
    }
    self.pending = pending
    self.known = known
    // Before any work: a table that cannot be written is refused by the feature's name.
    let snapshot = snapshot
    try exposing { () throws(DeltaError) in try snapshot?.checkWritable(addsRows: true) }
  }

  /// Refuses a place that is not to have a table yet, or can have none.
  private static func check(
    _ location: String, _ snapshot: Snapshot?, _ options: ConversionOptions,
    _ environment: Environment
  ) throws(GrebeError) {
    if options.mode == .error, let snapshot {
      throw GrebeError(
        .alreadyExists, "there is a table already, at version \(snapshot.version)", place: location,
        hint: "--mode append adds to it, --mode overwrite replaces its rows")
    }
    if snapshot == nil, try FileLocation(location, environment: environment).exists() {
      throw GrebeError(
        .alreadyExists, "there is a file where the table would be", place: location,
        hint: "a table is a directory: give --into another path")
    }
  }

  /// Whether there is not even a directory where the table is to be.
  func isNowhere(_ location: String, _ environment: Environment) throws(GrebeError) -> Bool {
    guard snapshot == nil else { return false }
    return try !FileLocation(location, environment: environment).isDirectory()
  }

  /// Refuses what the table cannot become, before any work for it.
  func check(_ plan: ConversionPlan, _ options: ConversionOptions) throws(GrebeError) {
    guard let snapshot else { return }
    try exposing { () throws(DeltaError) in
      // Files are written again then, which rows with ids have to be told apart in.
      if !plan.widenedFields.isEmpty { try snapshot.checkWritable(addsRows: true, movesRows: true) }
      guard options.mode == .overwrite else { return }
      var metadata = snapshot.metadata.with(plan.tableSchema, id: "")
      metadata.partitionColumns = plan.partition.partitionColumns
      try snapshot.checkClustering(metadata)
    }
  }

  /// What the table gets besides rows; nothing if it is new or overwritten.
  func addedColumns(_ plan: ConversionPlan, _ options: ConversionOptions) -> [AddedColumn] {
    guard options.mode != .overwrite, let table = snapshot?.metadata else { return [] }
    return plan.extending(table, id: "")?.schema.added(to: table.schema) ?? []
  }

  /// The fate of every source, for the report: those to load first, as if it had been done.
  var sourceReports: [ConversionReport.Source] {
    let reloaded = Set(reload?.sources.map(Ledger.path) ?? [])
    func report(
      _ file: SourceFile, _ status: ConversionReport.Source.Status
    ) -> ConversionReport.Source {
      .init(path: file.name, sizeBytes: file.sizeBytes, status: status)
    }
    return pending.map {
      report($0, reloaded.contains(Ledger.path(of: $0)) && !$0.isAnonymous ? .reloaded : .loaded)
    } + known.map { report($0, .alreadyLoaded) }
  }
}
