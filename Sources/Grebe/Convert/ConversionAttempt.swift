import Base
import Columns
import Delta
import Ingest
import Parquet
import Store
import Synchronization

/// One pass over the input. It ends with files that may be committed, or with what was learnt from
/// values that contradicted the plan.
enum ConversionOutcome {
  case converted(ConvertedFiles)
  case contradicted(Contradictions)
  /// Text was cut at a newline that ends no record; the next attempt is not to trust newlines.
  case misled
}

/// What rows have shown the plan to lack.
struct Contradictions: Sendable {
  /// Types that guessed columns need, by position in the source schema.
  var types: [Int: DataType]
  /// For each of those, the first value that needs another.
  var values: [Int: String] = [:]
  /// Columns that it lacks.
  var newFields: [Field]
  /// For sources whose records have more fields than it knew, how many.
  var fieldCounts: [Int: Int]
}

/// Runs one pass with every worker.
///
/// Once a value has contradicted a guess, the rest of the input is still parsed, but not written,
/// so that the next pass knows every type it needs.
final class ConversionAttempt: Sendable {
  /// What workers tell each other.
  private struct Shared {
    var counts = RowCounts()
    var ignored = IgnoredColumns()
    var skipped = SkippedTally()
    var setAside = SkippedTally()
    /// Of the units that have been converted so far.
    var done = RowCounts()
    /// Rows written of each source of a unit, by the unit's ordinal.
    var written: [Int: [(source: Int, rowCount: Int)]] = [:]
    /// By column and by the unit that needs them: they are joined in the order of the units, so
    /// that fields of structs come in the same order from any number of workers.
    var neededTypes: [Int: [Int: DataType]] = [:]
    /// The first value of a column that contradicted its type, and its unit.
    var deciders: [Int: (ordinal: Int, value: String)] = [:]
    /// Fields that records of a source have, where they are more than its columns.
    var fieldCounts: [Int: Int] = [:]
    /// Columns that the plan lacks, by their names without regard to case, and by unit.
    var newFields: [String: [Int: Field]] = [:]
    /// The first bad row in input order under `--on-bad-row fail`.
    var firstBad: (ordinal: Int, reject: Reject, row: RejectedRow?)?

    mutating func add(_ field: Field, ordinal: Int) {
      var field = field
      let name = field.name.lowercased()
      if let known = newFields[name]?[ordinal] {
        let type = widenedType(known.type, toHold: field.type)
        field = known
        field.type = type
      }
      newFields[name, default: [:]][ordinal] = field
    }

    /// By column.
    var types: [Int: DataType] {
      neededTypes.compactMapValues { needs in
        needs.sorted { $0.key < $1.key }.map(\.value).reduce(nil) { known, type in
          known.map { widenedType($0, toHold: type) } ?? type
        }
      }
    }

    /// In the order of the units that they were seen in first; those of one unit by their names.
    var fields: [Field] {
      newFields.values.compactMap { found -> (ordinal: Int, field: Field)? in
        let sightings = found.sorted { $0.key < $1.key }
        guard let first = sightings.first else { return nil }
        let type = sightings.dropFirst().reduce(first.value.type) {
          widenedType($0, toHold: $1.value.type)
        }
        var field = first.value
        field.type = type
        return (first.key, field)
      }
      .sorted { ($0.ordinal, $0.field.name) < ($1.ordinal, $1.field.name) }.map(\.field)
    }
  }

  let plan: ConversionPlan
  let options: ConversionOptions
  let loadID: String
  /// Of the table's columns.
  let rules: RowRules
  /// Of the columns that sources fill.
  let defaults: ColumnDefaults
  let environment: Environment
  /// What a row group of the table has at most.
  private let rowGroupBytes: Int
  private let units: ConversionUnits
  private let store: any ObjectStore
  /// Whether the table's directory comes to be by this attempt.
  private let removesDirectory: Bool
  private let writer: PartitionedWriter
  private let quarantine: PartitionedWriter?
  let sourceChecksums = SourceChecksums()
  private let shared = Mutex(Shared())
  private let isWriting = Atomic(true)
  private let progress: @Sendable (ConversionProgress) -> Void
  private let bytesTotal: Int64

  init(
    plan: ConversionPlan, options: ConversionOptions, loadID: String, environment: Environment,
    parquet: ParquetWriteOptions, store: any ObjectStore, quarantineStore: (any ObjectStore)?,
    table snapshot: Snapshot?, removesDirectory: Bool = false, trustsNewlines: Bool = true,
    progress: @escaping @Sendable (ConversionProgress) -> Void = { _ in }
  ) throws(GrebeError) {
    self.progress = progress
    self.store = store
    self.removesDirectory = removesDirectory
    bytesTotal = plan.sizeBytes
    self.plan = plan
    self.options = options
    self.loadID = loadID
    self.environment = environment
    let table = snapshot?.metadata
    rules = try RowRules(
      table, over: plan.tableSchema, replaced: options.replacedPartitions)
    defaults = try ColumnDefaults(plan.sourceSchema.stored, given: plan.partition.given)
    var parquet = parquet
    // A file ends with a row group.
    parquet.rowGroupSizeBytes = min(
      parquet.rowGroupSizeBytes, Int(clamping: options.targetFileBytes))
    parquet.limitRowGroup(toBytes: environment.rowGroupMaxBytes)
    rowGroupBytes = parquet.rowGroupSizeBytes
    if plan.parquet.isEmpty {
      // As many as a unit of text has where a field takes eight bytes.
      let fieldCount = Int(TextUnits.unitBytes) / 8
      parquet.expectedRowCount = min(
        parquet.expectedRowCount, fieldCount / max(plan.sourceSchema.count, 1))
    }
    units = ConversionUnits(
      plan, textUnitBytes: options.textUnitBytes, trustsNewlines: trustsNewlines,
      checksums: sourceChecksums)
    writer = PartitionedWriter(
      store: store,
      layout: DataFileLayout(
        tableSchema: table?.with(plan.tableSchema, id: loadID).schema ?? plan.tableSchema,
        partitionColumns: plan.partition.partitionColumns,
        columnMapping: table?.columnMapping ?? .none,
        sortBy: try SortTerm.keys(options.sortBy, in: plan.tableSchema), parquet: parquet,
        targetFileBytes: options.targetFileBytes,
        statisticsColumns: snapshot?.indexedColumns ?? IndexedColumns()),
      environment: environment, budgetBytes: environment.memoryBudgetBytes / 8)
    quarantine = quarantineStore.map { store in
      PartitionedWriter(
        store: store,
        layout: DataFileLayout(tableSchema: QuarantineTable.schema, partitionColumns: []),
        environment: environment, budgetBytes: environment.memoryBudgetBytes / 8)
    }
  }

  /// What does not end in files to commit leaves no files.
  ///
  /// - Parameter sources: what the plan was made for, those without rows included.
  /// - Throws: `conflict` if one of them changed while it was read.
  func run(_ sources: [SourceFile]) throws(GrebeError) -> ConversionOutcome {
    do throws(GrebeError) {
      let outcome = try convertAll()
      if case .converted(var converted) = outcome {
        converted.sources = try checksums(of: sources)
        converted.ordinals = ordinals(of: converted.files, sources)
        converted.filled = filledSources
        return .converted(converted)
      }
      discard()
      return outcome
    } catch {
      discard()
      throw error
    }
  }

  /// Removes the files that were written, and the directories that would be left empty.
  ///
  /// - Parameter keepsRejects: the quarantine table knows its files already; they are its to
  ///   remove.
  func discard(keepsRejects: Bool = false) {
    writer.discard()
    if !keepsRejects { quarantine?.discard() }
    // What cannot be removed, or holds something after all, stays.
    for directory in removesDirectory ? ["_quarantine", ""] : ["_quarantine"] {
      _ = try? store.removeEmptyDirectory(directory)
    }
  }

  private var filledSources: Set<Int> {
    let written = shared.withLock { $0.written.values.joined().filter { $0.rowCount > 0 } }
    return Set(
      written.map {
        plan.parquet.isEmpty ? plan.sources[$0.source].ordinal : plan.parquet[$0.source].ordinal
      })
  }

  private func ordinals(of files: [AddFile], _ sources: [SourceFile]) -> [ClosedRange<Int>] {
    let planned = plan.parquet.isEmpty ? plan.sources.map(\.ordinal) : plan.parquet.map(\.ordinal)
    let units = shared.withLock { $0.written.sorted { $0.key < $1.key } }
    return SourceRuns(
      units.flatMap(\.value).map { (planned[$0.source], $0.rowCount) }, sourceCount: sources.count
    ).ordinals(
      of: files, inOrder: plan.partition.partitionColumns.isEmpty && options.sortBy.isEmpty)
  }

  private func checksums(
    of files: [SourceFile]
  ) throws(GrebeError) -> [(file: SourceFile, checksum: UInt32)] {
    // Parquet files are not read front to back: the plan knows no stretches of them.
    var positions = [Int?](repeating: nil, count: files.count)
    for (position, source) in plan.sources.enumerated() { positions[source.ordinal] = position }
    let checksums = try sourceChecksums.checksums(of: files, positions, environment)
    return Array(zip(files, checksums))
  }

  private func convertAll() throws(GrebeError) -> ConversionOutcome {
    let workerCount = try exposing { () throws(DeltaError) in
      try writer.workerCount(
        upTo: environment.parallelism, memoryBytes: environment.memoryBudgetBytes,
        inputBytes: plan.inputBytes(
          rowGroupBytes: rowGroupBytes, heldBytes: environment.readerMemoryBytes))
    }
    try withWorkers(
      // Another would have nothing to convert, and take longer to start than ten rows to load.
      count: units.isOne ? 1 : workerCount, parent: environment.cancellation
    ) { (_, cancellation) throws(GrebeError) in
      let worker = try makeWorker()
      while let unit = try nextUnit() {
        waitForTurn(unit, cancellation)
        let before = worker.counts
        try worker.convert(unit) { cancellation.isCancelled }
        reportProgress(from: before, to: worker.counts)
      }
      shared.withLock { shared in
        shared.counts.add(worker.counts)
        shared.ignored.add(worker.ignored)
        shared.skipped.add(worker.skipped)
        shared.setAside.add(worker.setAside)
      }
    }
    return try outcome(workerCount)
  }

  private func makeWorker() throws(GrebeError) -> ConversionWorker {
    try exposing { () throws(DeltaError) in
      ConversionWorker(
        attempt: self, session: try writer.makeSession(), quarantine: try quarantine?.makeSession())
    }
  }

  private func reportProgress(from before: RowCounts, to after: RowCounts) {
    shared.withLock { shared in
      shared.done.bytesRead += after.bytesRead - before.bytesRead
      shared.done.read += after.read - before.read
      progress(
        ConversionProgress(
          bytesDone: shared.done.bytesRead, bytesTotal: bytesTotal, rowsRead: shared.done.read))
    }
  }

  /// Holds a worker back that is far ahead: its results would only wait in memory. The unit whose
  /// turn it is never waits, so the others' turns come.
  private func waitForTurn(_ unit: ConversionUnit, _ cancellation: Cancellation) {
    let ahead = environment.parallelism * 4
    while writesRows, !cancellation.isCancelled, unit.ordinal > writer.nextOrdinal + ahead {
      pause(millis: 1)
    }
    waitForRoom(unit.ordinal) { cancellation.isCancelled }
  }

  /// Holds a worker back while row groups that wait for units before its own take what they may.
  func waitForRoom(_ ordinal: Int, isCancelled: () -> Bool) {
    while writesRows, !isCancelled(), writer.mustWait(ordinal) { pause(millis: 1) }
  }

  private func nextUnit() throws(GrebeError) -> ConversionUnit? {
    let isOver = shared.withLock { $0.firstBad != nil }
    if isOver { return nil }
    let unit = try units.next()
    if unit == nil && isMisled { isWriting.store(false, ordering: .relaxed) }
    return unit
  }

  private func outcome(_ workerCount: Int) throws(GrebeError) -> ConversionOutcome {
    if isMisled { return .misled }
    let end = shared.withLock { $0 }
    if !end.neededTypes.isEmpty || !end.newFields.isEmpty || !end.fieldCounts.isEmpty {
      return .contradicted(
        Contradictions(
          types: end.types, values: end.deciders.mapValues(\.value), newFields: end.fields,
          fieldCounts: end.fieldCounts))
    }
    if let bad = end.firstBad {
      throw BadRowFailure.error(bad.reject, bad.row, narrow: plan.narrowColumns)
    }
    let counts = end.counts
    if let limit = options.badRowLimit,
      limit.isExceeded(bad: counts.bad, read: counts.read - counts.noRows)
    {
      var bad = end.skipped
      bad.add(end.setAside)
      throw BadRowFailure.error(tooMany: end.counts, limit: limit, first: bad.first)
    }
    return .converted(
      ConvertedFiles(
        files: try exposing { () throws(DeltaError) in
          try writer.finish(parallelism: workerCount)
        },
        quarantineFiles: try exposing { () throws(DeltaError) in
          try quarantine?.finish(parallelism: 1) ?? []
        },
        counts: end.counts, ignored: end.ignored, skipped: end.skipped))
  }

  // What workers report.

  /// Whether what was parsed is void, because text was cut where no record ends.
  var isMisled: Bool { units.text?.isMisled ?? false }

  /// The line on which a range begins; nil: the attempt is void.
  func firstLine(of range: TextRange) throws(GrebeError) -> Int64? {
    let line = try units.text?.firstLine(of: range)
    if line == nil { isWriting.store(false, ordering: .relaxed) }
    return line
  }

  func noteRegular(_ range: TextRange, lineCount: Int64, hasInnerNewlines: Bool) {
    units.text?.noteRegular(range, lineCount: lineCount, hasInnerNewlines: hasInnerNewlines)
  }

  /// Whether rows still go anywhere; false once a pass is only for learning.
  var writesRows: Bool { isWriting.load(ordering: .relaxed) }

  func report(contradictions: [Contradiction], ordinal: Int) {
    isWriting.store(false, ordering: .relaxed)
    shared.withLock { shared in
      for found in contradictions {
        let known = shared.neededTypes[found.column]?[ordinal]
        shared.neededTypes[found.column, default: [:]][ordinal] =
          known.map { widenedType($0, toHold: found.neededType) } ?? found.neededType
        if shared.deciders[found.column].map({ $0.ordinal > ordinal }) ?? true {
          shared.deciders[found.column] = (ordinal, found.value)
        }
      }
    }
  }

  func report(fieldCount: Int, source: Int) {
    isWriting.store(false, ordering: .relaxed)
    shared.withLock { shared in
      shared.fieldCounts[source] = max(shared.fieldCounts[source] ?? 0, fieldCount)
    }
  }

  func report(newFields: [Field], ordinal: Int) {
    isWriting.store(false, ordering: .relaxed)
    shared.withLock { shared in
      for field in newFields { shared.add(field, ordinal: ordinal) }
    }
  }

  func quarantineBatch(_ rejects: [Reject]) -> ColumnBatch {
    QuarantineTable.batch(rejects, loadID: loadID, nowMillis: environment.nowMillis())
  }

  /// - Parameter source: position in the plan.
  func report(rowsWritten rowCount: Int, source: Int, ordinal: Int) {
    shared.withLock { $0.written[ordinal, default: []].append((source, rowCount)) }
  }

  /// - Parameter row: nil for a row that is no text.
  func report(firstBad reject: Reject, _ row: RejectedRow?, ordinal: Int) {
    shared.withLock { shared in
      if let known = shared.firstBad, known.ordinal <= ordinal { return }
      shared.firstBad = (ordinal, reject, row)
    }
  }
}
