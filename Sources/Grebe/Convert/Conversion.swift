import Base
import Columns
import Delta
import Ingest
public import Store

/// Loads sources into a table, in one commit, accounting for every row.
///
/// 1. Plan: sources, ledger, dialect, types, partitions (`ConversionPlanner`).
/// 2. Attempt: one pass over the input with every worker (`ConversionAttempt`). Where rows
///    contradict a guessed type, the pass is thrown away and the next one starts with the type they
///    need; so it is where text was divided within a record, and the next pass scans it first.
/// 3. Commit: first the rejects, then the load, each in one version (`ConversionCommit`).
///
/// Calls block. Until the commit nothing is visible; a failure leaves the table as it was.
public struct Conversion: Sendable {
  private enum Sources {
    case named([String])
    case files([SourceFile])
  }

  private let sources: Sources
  private let location: String
  private let options: ConversionOptions
  private let environment: Environment
  /// What a watch has still to load besides, when this load began.
  private let waiting: WatchBacklog?

  /// - Parameters:
  ///   - sources: files, directories, patterns, or `-` for standard input.
  ///   - into: the table's location.
  public init(
    sources: [String], into location: String, options: ConversionOptions, environment: Environment
  ) {
    self.sources = .named(sources)
    self.location = location
    self.options = options
    self.environment = environment
    waiting = nil
  }

  /// A conversion of files that have been found already.
  init(
    files: [SourceFile], into location: String, options: ConversionOptions,
    environment: Environment, waiting: WatchBacklog? = nil
  ) {
    self.waiting = waiting
    sources = .files(files)
    self.location = location
    self.options = options
    self.environment = environment
  }

  /// What the conversion would do; writes nothing.
  public func preview() throws(GrebeError) -> ConversionPreview {
    let (planner, target, passedOver) = try prepare()
    let plan = try planner.plan(target.pending)
    try target.check(plan, options)
    var preview = try planner.preview(plan, target.pending, known: target.known)
    preview.notes += passedOver.notes(into: location)
    _ = try SortTerm.keys(options.sortBy, in: preview.schema)
    return preview
  }

  /// Runs the conversion.
  ///
  /// - Parameters:
  ///   - note: is told, in a line, of what a user should know before the end.
  ///   - detail: is told what was found out about the sources, for those who want to see it.
  ///   - progress: is told how far the pass is, after every unit; called by one worker at a time.
  public func run(
    note: (String) -> Void = { _ in }, detail: ((ConversionPreview) -> Void)? = nil,
    progress: @escaping @Sendable (ConversionProgress) -> Void = { _ in }
  ) throws(GrebeError) -> ConversionReport {
    let (planner, target, passedOver) = try prepare()
    var options = options
    options.fileFormat = options.fileFormat.completed(
      by: target.snapshot?.metadata, environment: environment)
    var report = ConversionReport()
    report.version = target.snapshot?.version
    func tell(_ text: String) {
      report.notes.append(text)
      note(text)
    }
    passedOver.notes(into: location).forEach(tell)
    guard !target.pending.isEmpty else {
      try planner.checkOptions()
      report.sources = target.sourceReports
      return report
    }
    let quarantine =
      options.quarantines
      ? try QuarantineTable(tableLocation: location, environment: environment) : nil
    var commit = ConversionCommit(
      target: target, location: location, quarantine: quarantine, options: options,
      environment: environment, waiting: waiting)
    report.loadID = commit.loadID
    var plan = try planner.plan(target.pending)
    if let detail { detail(try planner.preview(plan, target.pending, known: target.known)) }
    plan.notes.forEach(tell)
    overwriteNote(target, plan).map(tell)
    var trustsNewlines = true
    while true {
      try target.check(plan, options)
      let attempt = try ConversionAttempt(
        plan: plan, options: options, loadID: commit.loadID, environment: environment,
        parquet: try options.fileFormat.writeOptions(
          for: plan.tableSchema, partitionColumns: plan.partition.partitionColumns),
        store: target.store, quarantineStore: quarantine?.store,
        table: target.snapshot, removesDirectory: target.isNowhere,
        trustsNewlines: trustsNewlines, progress: progress)
      switch try attempt.run(target.pending) {
      case .converted(let files):
        try finish(files, of: attempt, plan, &commit, &report)
        plan.typesNote(rowsRead: report.rowsRead).map(tell)
        for note in [emptyTextsNote(files), headerRowsNote(files, plan)] { note.map(tell) }
        (copiesNote(files.sources, target) ?? files.twinsNote).map(tell)
        // Only now: of very many sources it is much, and nothing else is held any more.
        report.sources = target.sourceReports
        return report
      case .contradicted(let found):
        plan = try replanned(plan, found, planner, tell)
        report.restarts += 1
      case .misled:
        tell("the first quoted line break came where the text was divided; starting over")
        trustsNewlines = false
        report.restarts += 1
      }
    }
  }

  /// Of columns that the table computes and does not compute any more; nil if there is none.
  private func overwriteNote(_ target: ConversionTarget, _ plan: ConversionPlan) -> String? {
    guard options.mode == .overwrite, options.replacedPartitions == nil,
      let table = target.snapshot?.metadata.schema
    else { return nil }
    let lost = table.fields.filter { field in
      field.generationExpression != nil
        && !plan.tableSchema.fields.contains {
          $0.name == field.name && $0.generationExpression != nil
        }
    }
    if lost.isEmpty { return nil }
    let names = lost.map(\.name).joined(separator: ", ")
    return "note: the overwrite brings columns of its own: \(names)"
      + " \(lost.count == 1 ? "is" : "are") not computed any more"
  }

  /// The plan for the next attempt, of which the user is told.
  private func replanned(
    _ plan: ConversionPlan, _ found: Contradictions, _ planner: ConversionPlanner,
    _ tell: (String) -> Void
  ) throws(GrebeError) -> ConversionPlan {
    if let commas = try readingCommas(found, plan, planner) {
      tell(commas.note)
      return commas.plan
    }
    tell(contradictionNote(found, plan))
    return try widened(plan, found)
  }

  /// The plan for the next attempt, which is another one, or there would be no end.
  private func widened(
    _ plan: ConversionPlan, _ found: Contradictions
  ) throws(GrebeError) -> ConversionPlan {
    let wider = try plan.widened(found)
    guard
      wider.sourceSchema != plan.sourceSchema || wider.inferredColumns != plan.inferredColumns
        || wider.sources.map(\.columnMap) != plan.sources.map(\.columnMap)
    else {
      throw GrebeError(
        .internalError, "rows contradict a guess that nothing changes", place: location,
        hint: "nothing was committed; please report this")
    }
    return wider
  }

  /// Commits what an attempt has written.
  private func finish(
    _ converted: ConvertedFiles, of attempt: ConversionAttempt, _ plan: ConversionPlan,
    _ commit: inout ConversionCommit, _ report: inout ConversionReport
  ) throws(GrebeError) {
    report.schema = plan.tableSchema
    var files = converted
    let widening = try commit.widening(plan)
    do throws(GrebeError) {
      if let widening { files.rewritten = try widening.run() }
      try commit.commit(files, plan: plan, report: &report)
      report.partitionAdvice = PartitionAdvice(files.files, plan.partition)
    } catch {
      // Unless the commit's fate is unknown, its files belong to no version. Those of the rejects
      // do from the moment they were committed.
      if error.code != .io {
        widening?.discard(files.rewritten)
        attempt.discard(keepsRejects: commit.hasCommittedRejects)
      }
      throw error
    }
  }

  private func contradictionNote(_ found: Contradictions, _ plan: ConversionPlan) -> String {
    var columns = found.types.sorted { $0.key < $1.key }.map { column, type in
      let field = plan.sourceSchema.fields[column]
      // Of a number that may be read in two ways, the type does not say which it was.
      let value = found.values[column].map { " (\"\(excerpt($0, to: 40))\")" } ?? ""
      return "\(field.name) is \(type), not \(field.type)\(value)"
    }
    columns += found.newFields.map { field in
      let isKnown = plan.sourceSchema.resolve(field.name) != nil
      return isKnown ? "\(field.name) has new fields" : "\(field.name) is new"
    }
    columns += found.fieldCounts.sorted { $0.key < $1.key }.map { source, count in
      "\(plan.sources[source].file.name) has \(count) \(count == 1 ? "field" : "fields")"
    }
    return "later rows contradict the guess: " + columns.joined(separator: ", ") + "; starting over"
  }

  private func emptyTextsNote(_ files: ConvertedFiles) -> String? {
    if files.counts.emptyTexts.isEmpty { return nil }
    let columns = files.counts.emptyTexts.sorted { $0.key < $1.key }.map { column, count in
      "\(column) (\(count) \(count == 1 ? "row" : "rows"))"
    }
    return "note: empty texts in \(columns.joined(separator: ", ")) became null, as a partition "
      + "column holds none"
  }

  /// Nil where no source of the load has the bytes of another that the table keeps.
  private func copiesNote(
    _ sources: [(file: SourceFile, checksum: UInt32)], _ target: ConversionTarget
  ) -> String? {
    if options.mode == .overwrite { return nil }
    let copies = target.ledger.copies(among: sources, retired: target.reload?.entries ?? [])
    guard let (file, original) = copies.first else { return nil }
    if file.isAnonymous || original.isAnonymous {
      return
        "note: \(file.shownName) has the size and checksum of \(original.shownName), which the "
        + "table holds: if it is the same data, its rows are in the table twice"
    }
    let others =
      copies.count == 1
      ? "which the table holds: if it is that file under another name, its rows are"
      : "and so on for \(copies.count) sources, which the table holds: if they are those files "
        + "under other names, their rows are"
    return "note: \(file.name) has the size and checksum of "
      + "\(original.shownName), \(others) in the table twice"
  }

  private func prepare() throws(GrebeError) -> (
    ConversionPlanner, ConversionTarget, PassedOverFiles
  ) {
    var resolved = ResolvedSources()
    switch sources {
    case .named(let names): resolved = try SourceResolver(environment: environment).resolve(names)
    case .files(let found): resolved.files = found
    }
    var target = try ConversionTarget(
      location: location, sources: resolved.files, options: options, environment: environment)
    if target.snapshot == nil {
      target.isNowhere = try !FileLocation(location, environment: environment).isDirectory()
    }
    let planner = ConversionPlanner(target: target, options: options, environment: environment)
    return (planner, target, resolved.passedOver)
  }
}
