import Base
import Columns
import Delta
import Ingest
import JSON
import Store

/// Makes a converted load visible: the rejects under their load id first, then the load in one
/// version.
struct ConversionCommit {
  let target: ConversionTarget
  let location: String
  let options: ConversionOptions
  let environment: Environment
  let quarantine: QuarantineTable?
  let loadID: String
  private let waiting: WatchBacklog?
  private let startMillis: Int64
  /// Whether the quarantine table names this load's rejects.
  private(set) var hasCommittedRejects = false

  /// - Parameters:
  ///   - quarantine: where the rejects are; nil if bad rows are not kept.
  ///   - waiting: what a watch has still to load besides, as of now.
  init(
    target: ConversionTarget, location: String, quarantine: QuarantineTable?,
    options: ConversionOptions, environment: Environment, waiting: WatchBacklog?
  ) {
    self.waiting = waiting
    startMillis = environment.nowMillis()
    self.target = target
    self.quarantine = quarantine
    self.location = location
    self.options = options
    self.environment = environment
    loadID = environment.random.uuid()
  }

  /// What it takes to give columns of the table wider types; nil if none needs one.
  func widening(_ plan: ConversionPlan) throws(GrebeError) -> TableWidening? {
    guard let snapshot = target.snapshot, !plan.widenedFields.isEmpty,
      let metadata = plan.extending(snapshot.metadata, id: loadID)
    else { return nil }
    // Columns that this load adds come last; files that are there lack them.
    let count = snapshot.metadata.schema.count
    // What a reload or an overwrite of partitions replaces goes anyway.
    let replaced = try target.replaced?.files(target.store) ?? []
    let removed = Set(((target.reload?.files ?? []) + replaced).map(\.path))
    return TableWidening(
      snapshot: snapshot, store: target.store,
      files: snapshot.files.filter { !removed.contains($0.path) },
      schema: metadata.schema.selecting(Array(0..<count)), fileFormat: options.fileFormat,
      environment: environment)
  }

  mutating func commit(
    _ converted: ConvertedFiles, plan: ConversionPlan, report: inout ConversionReport
  ) throws(GrebeError) {
    let counts = converted.counts
    report.rowsRead = counts.read
    report.rowsWritten = counts.written
    report.rowsQuarantined = counts.quarantined
    report.rowsSkipped = counts.bad + counts.noRows - counts.quarantined
    report.skippedRows = converted.skipped.rows
    report.linesSkipped = plan.passedOverCount + counts.skippedLines
    report.filesWritten = converted.files.count
    report.partitionCount =
      plan.partition.partitionColumns.isEmpty
      ? 0 : Set(converted.files.map { partitionIdentity($0.partitionValues) }).count
    report.bytesRead = counts.bytesRead
    report.addedColumns = target.addedColumns(plan, options)
    report.renamedColumns = plan.renamedColumns
    report.ignoredColumns = converted.ignored.columns
    report.ignoresMoreColumns = converted.ignored.isCut
    report.bytesWritten = converted.files.reduce(0) { $0 + $1.sizeBytes }
    let replaced = try replacedFiles()
    report.filesReplaced = replaced.count
    report.rowsReplaced = replaced.reduce(0) { sum, file in
      file.liveRowCount.flatMap { rows in sum.map { $0 + Int(rows) } }
    }
    let promised = converted.files.reduce(0) { $0 + Int($1.rowCount ?? 0) }
    guard counts.read == counts.written + counts.bad + counts.noRows,
      promised == counts.written
    else {
      throw GrebeError(
        .internalError,
        "rows do not add up: \(counts.read) read, \(counts.written) parsed, \(counts.bad) bad, "
          + "\(promised) in files", place: location,
        hint: "nothing was committed; please report this")
    }
    if environment.cancellation.isCancelled {
      throw GrebeError(.cancelled, "interrupted; nothing was committed")
    }
    if let quarantine, !converted.quarantineFiles.isEmpty {
      try quarantine.commit(converted.quarantineFiles, rowCount: counts.quarantined, loadID: loadID)
      hasCommittedRejects = true
    }
    do throws(GrebeError) {
      report.version = try commit(converted, plan: plan, report: report)
    } catch {
      // The rejects of a load that did not happen go too, unless it may have happened after all.
      // What went wrong first is what the user should hear of.
      if hasCommittedRejects && error.code != .io {
        try? quarantine?.retract(converted.quarantineFiles, loadID: loadID)
      }
      throw error
    }
    report.rowsCleared = clearReplacedRejects()
  }

  /// Rows in quarantine that the load makes void.
  private var replacedRejects: ReplacedRejects? {
    guard let reload = target.reload, let snapshot = target.snapshot else { return nil }
    return ReplacedRejects(reload, of: snapshot)
  }

  /// How many rows went. The load is done: what fails now leaves rows that replays pass over.
  private func clearReplacedRejects() -> Int {
    guard let rejects = replacedRejects else { return 0 }
    do throws(GrebeError) {
      let quarantine = try QuarantineTable(tableLocation: location, environment: environment)
      return try rejects.clear(from: quarantine, loadID: loadID)
    } catch {
      environment.warn(
        "rows of the replaced sources are still in quarantine: \(error.message); the load is done")
      return 0
    }
  }

  /// Files of the table that the load takes out, as it was looked at.
  private func replacedFiles() throws(GrebeError) -> [AddFile] {
    if options.mode == .overwrite { return target.snapshot?.files ?? [] }
    return (target.reload?.files ?? []) + (try target.replaced?.files(target.store) ?? [])
  }

  private func commit(
    _ converted: ConvertedFiles, plan: ConversionPlan, report: ConversionReport
  ) throws(GrebeError) -> Int64 {
    var outcome = try attempt(converted, plan: plan, report: report, on: target.snapshot)
    if case .conflict(.tableCreated, _) = outcome, let created = try sameTable(as: plan) {
      outcome = try attempt(converted, plan: plan, report: report, on: created)
    }
    switch outcome {
    case .committed(let version): return version
    case .conflict(let reason, let version):
      throw GrebeError(
        .conflict, "lost to another writer's version \(version): \(reason)", place: location,
        hint: "nothing was loaded; run it again")
    }
  }

  private func attempt(
    _ converted: ConvertedFiles, plan: ConversionPlan, report: ConversionReport,
    on snapshot: Snapshot?
  ) throws(GrebeError) -> CommitOutcome {
    var transaction = transaction(converted, plan: plan, report: report, on: snapshot)
    if let replaced = target.replaced {
      let now = environment.nowMillis()
      transaction.removes += try replaced.files(target.store).map {
        $0.removed(atMillis: now, dataChange: true)
      }
      // All of it, where older rows were written again.
      if case .wholeTable = transaction.reads {} else {
        transaction.reads = replaced.reads(target.store)
      }
    }
    return try exposing { () throws(DeltaError) in
      try transaction.commit(to: target.store, environment: environment)
    }
  }

  /// The table that another writer has created meanwhile, if this load may simply be appended to
  /// it.
  private func sameTable(as plan: ConversionPlan) throws(GrebeError) -> Snapshot? {
    guard options.mode == .append, options.ifVersion == nil else { return nil }
    let created = try exposing { () throws(DeltaError) in
      try Snapshot.loadIfPresent(target.store)
    }
    guard let metadata = created?.metadata, metadata.schema == plan.tableSchema,
      metadata.partitionColumns == plan.partition.partitionColumns,
      target.pending.allSatisfy({ Ledger(created).entries(of: $0).isEmpty })
    else { return nil }
    return created
  }

  private func transaction(
    _ converted: ConvertedFiles, plan: ConversionPlan, report: ConversionReport,
    on snapshot: Snapshot?
  ) -> Transaction {
    let replaces = options.mode == .overwrite
    let operation = operation(plan, report)
    let now = environment.nowMillis()
    var transaction: Transaction
    if let snapshot {
      transaction = Transaction(from: snapshot, operation: operation)
      transaction.requiredVersion = options.ifVersion
      if replaces {
        transaction.reads = .wholeTable
        transaction.removes = snapshot.files.map { $0.removed(atMillis: now, dataChange: true) }
        if let metadata = replacedMetadata(snapshot, plan) { transaction.metadata = metadata }
        if plan.tableSchema.hasGeneratedColumns {
          let raised = snapshot.tableProtocol.allowingGeneratedColumns()
          if raised != snapshot.tableProtocol { transaction.tableProtocol = raised }
        }
      } else if let metadata = plan.extending(snapshot.metadata, id: loadID) {
        transaction.metadata = metadata
        // Rows that others add meanwhile would have the old types.
        if !plan.widenedFields.isEmpty { transaction.reads = .wholeTable }
      }
    } else {
      transaction = Transaction(
        creating: .new(
          schema: plan.tableSchema, partitionColumns: plan.partition.partitionColumns,
          environment: environment), operation: operation)
    }
    if let reload = target.reload {
      transaction.removes = reload.files.map { $0.removed(atMillis: now, dataChange: true) }
      // Sources that shared files with what changed are loaded again, too.
      transaction.renumbersRows = true
    }
    transaction.adds = tagged(converted) + converted.rewritten.map(\.new)
    transaction.removes += converted.rewritten.map {
      $0.old.removed(atMillis: now, dataChange: false)
    }
    transaction.transactions =
      Ledger.transactions(
        loading: converted.sources, loadID: loadID, fileCount: converted.files.count,
        json: json(plan), csv: csv(plan), nowMillis: now)
      + Ledger.retiring(
        replaces ? target.ledger.all : target.reload?.entries ?? [], nowMillis: now)
    if replaces, let snapshot {
      transaction.transactions += LoadRecord.retiring(snapshot, nowMillis: now)
    }
    if !converted.quarantineFiles.isEmpty || replacedRejects != nil {
      transaction.transactions.append(LoadRecord.transaction(loadID, nowMillis: now))
    }
    return transaction
  }

  /// What a source of the load is to say of JSON, since none whose rows stay does.
  private func json(_ plan: ConversionPlan) -> (ordinal: Int, history: JSONHistory)? {
    guard let found = plan.json else { return nil }
    guard options.mode != .overwrite, let known = target.ledger.json else { return found }
    let retired = target.reload?.entries.contains { $0.json != nil } ?? false
    return retired ? (found.ordinal, known) : nil
  }

  /// What a source of the load is to say of delimited text besides what others say whose rows stay.
  private func csv(_ plan: ConversionPlan) -> (ordinal: Int, history: CSVHistory)? {
    guard let (ordinal, found) = plan.csv else { return nil }
    if options.mode == .overwrite { return plan.csv }
    let known = target.ledger.csv
    let retired = target.reload?.entries.contains { $0.csv != nil } ?? false
    let told = retired ? known.merging(found) : found.beyond(known)
    return told.isEmpty ? nil : (ordinal, told)
  }

  private func tagged(_ converted: ConvertedFiles) -> [AddFile] {
    converted.files.indices.map { index in
      converted.files[index].tagged(
        LoadTags(loadID: loadID, fileIndex: index, ordinals: converted.ordinals[index]))
    }
  }

  /// Nil when the overwrite keeps columns and partitioning.
  private func replacedMetadata(_ snapshot: Snapshot, _ plan: ConversionPlan) -> TableMetadata? {
    var metadata = snapshot.metadata.with(plan.tableSchema, id: loadID)
    metadata.partitionColumns = plan.partition.partitionColumns
    return metadata == snapshot.metadata ? nil : metadata
  }

  private func operation(_ plan: ConversionPlan, _ report: ConversionReport) -> Operation {
    var operation = Operation.write(
      mode: options.mode == .overwrite || options.replacedPartitions != nil
        ? "Overwrite" : "Append", partitionBy: plan.partition.partitionColumns)
    if let condition = options.replacedPartitions { operation.parameters["predicate"] = condition }
    operation.parameters["loadId"] = loadID
    operation.userMetadata = options.userMetadata
    operation.metrics = [
      "numFiles": String(report.filesWritten), "numOutputRows": String(report.rowsWritten),
      "numOutputBytes": String(report.bytesWritten), "numSources": String(target.pending.count),
      "numSourceRows": String(report.rowsRead),
      "numQuarantinedRows": String(report.rowsQuarantined),
      "numSkippedRows": String(report.rowsSkipped),
    ]
    if let waiting = waiting?.aged(byMillis: environment.nowMillis() - startMillis) {
      operation.metrics["backlog_files"] = String(waiting.fileCount)
      operation.metrics["backlog_bytes"] = String(waiting.sizeBytes)
      operation.metrics["seconds_behind"] = String(Double(waiting.behindMillis) / 1000)
    }
    if report.filesReplaced > 0 {
      operation.metrics["numReplacedFiles"] = String(report.filesReplaced)
      operation.metrics["numReplacedRows"] = report.rowsReplaced.map { String($0) }
    }
    if !report.addedColumns.isEmpty {
      var changes = JSONWriter()
      changes.beginArray()
      for column in report.addedColumns { changes.string("\(column.change)") }
      changes.endArray()
      operation.parameters["changes"] = changes.text
    }
    operation.others["grebeSources"] = SourceListing.json(target.pending)
    return operation
  }
}
