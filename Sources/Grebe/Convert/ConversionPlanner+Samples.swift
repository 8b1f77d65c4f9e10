import Base
import Columns
import Delta
import Ingest
import Store
import Synchronization

extension ConversionPlanner {
  /// Bytes at the front of a source that dialect and types are guessed from.
  private static let sampleBytes = 1 << 20
  /// The same where records are so long that these are too few: one that is as long as may be, and
  /// what follows it.
  private static let sampleBytesMax = (16 << 20) + sampleBytes
  /// Sources whose samples are looked at for types.
  private static let typedSourceCount = 16
  /// Sources that a worker claims at a time.
  private static let claimCount = 8

  /// A source that is not empty, and its place among the sources of the load.
  private struct Candidate {
    let file: SourceFile
    let ordinal: Int
  }

  /// What the sources seem to be, those that hold nothing left out; nil if they are Parquet files.
  ///
  /// The first that has records is looked at alone, since the others probably are as it is; then
  /// all workers share the rest. Of each source a megabyte is in memory while it is looked at, as
  /// a rule.
  ///
  /// - Throws: what is wrong with the first source that something is wrong with.
  func recognize(
    _ sources: [SourceFile], _ shapes: SourceShapes
  ) throws(GrebeError) -> [RecognizedSource]? {
    if options.inputFormat == .parquet { return nil }
    if options.inputFormat == nil { try SourceFormat.checkNames(sources) }
    let candidates = sources.enumerated().filter { $1.sizeBytes > 0 }
      .map { Candidate(file: $1, ordinal: $0) }
    var found: [RecognizedSource] = []
    found.reserveCapacity(candidates.count)
    var prior: SourcePrior?
    var next = 0
    while next < candidates.count {
      let typedCount = max(ConversionPlanner.typedSourceCount - found.count, 0)
      if prior == nil {
        let candidate = candidates[next]
        guard let source = try sample(candidate.file, after: nil) else {
          try SourceFormat.checkParquet(sources)
          return nil
        }
        next += 1
        if source.hasOnlyBlankLines && next < candidates.count {
          noteEmpty(source, candidate, shapes)
          continue
        }
        if let known = recognized(source, candidate, shapes, isTyped: true) {
          found.append(known)
          prior = self.prior(of: source)
        }
      } else {
        let end = typedCount > 0 ? min(next + typedCount, candidates.count) : candidates.count
        found += try recognize(
          candidates[next..<end], after: found[0].file, prior, shapes,
          areTyped: typedCount > 0)
        next = end
      }
    }
    let whole = try settled(found, after: prior, shapes)
    // What tells of dates goes with sources that are read once more for their numbers.
    let dated = try settledDates(whole, prior, shapes)
    return try settledDecimals(dated.found, dated.prior, shapes)
  }

  /// The same, with JSON read as it would be if the sources before it were loaded already, and what
  /// comes before any record as if it came behind the first.
  ///
  /// An object that seems to hold rows is one itself if a source before it has a column of the
  /// member's name; and behind delimited text the first JSON with a record tells how others are
  /// laid out.
  private func settled(
    _ found: [RecognizedSource], after prior: SourcePrior?, _ shapes: SourceShapes
  ) throws(GrebeError) -> [RecognizedSource] {
    guard var prior else { return found }
    var found = found
    var columns: Set<String> = []
    var seen: Set<ObjectIdentifier> = []
    let first = found.firstIndex { !$0.shape.isJSON || $0.hasJSONRecords } ?? found.endIndex
    var knowsLayout = prior.dialect == nil || knownLayout != nil
    var followsOther = false
    for (index, source) in found.enumerated() {
      let holdsColumn = source.shape.rowsMember.map { columns.contains($0.lowercased()) } ?? false
      if source.shape.isJSON && (index < first || followsOther) || holdsColumn,
        let sampled = try sample(source.file, after: prior.adding(columns: columns)),
        let known = recognized(
          sampled, Candidate(file: source.file, ordinal: source.ordinal), shapes,
          isTyped: !source.types.isEmpty)
      {
        found[index] = known
      }
      if !knowsLayout && source.hasJSONRecords, let layout = JSONHistory(source.shape) {
        prior.json = layout.prior(columns: givenNames ?? [])
        (knowsLayout, followsOther) = (true, layout.rowsMember != nil || layout.names != nil)
      }
      let shape = found[index].shape
      guard seen.insert(ObjectIdentifier(shape)).inserted else { continue }
      columns.formUnion(shape.names.map { $0.lowercased() })
    }
    return found
  }

  /// Reads sources again whose dates may begin with the day or the month, where one behind them
  /// tells: which of them is the first makes no difference.
  ///
  /// - Returns: the sources, and what the one that tells says of others; `prior` where none does.
  private func settledDates(
    _ found: [RecognizedSource], _ prior: SourcePrior?, _ shapes: SourceShapes
  ) throws(GrebeError) -> (found: [RecognizedSource], prior: SourcePrior?) {
    func undecided(_ source: RecognizedSource) -> [String] {
      source.doubts.compactMap {
        if case .undecidedOrder(let column) = $0 { column.lowercased() } else { nil }
      }
    }
    let wanted = Set(found.flatMap(undecided))
    guard let teller = found.first(where: { !wanted.isDisjoint(with: $0.shape.datedColumns) }),
      let sampled = try sample(teller.file, after: nil), let telling = self.prior(of: sampled)
    else { return (found, prior) }
    let told = Set(teller.shape.datedColumns)
    let untold = found.indices.filter { !told.isDisjoint(with: undecided(found[$0])) }
    let again = try recognize(
      candidates(untold, of: found)[...], after: teller.file, telling, shapes, areTyped: true)
    var settled = found
    for (index, source) in zip(untold, again) { settled[index] = source }
    return (settled, telling)
  }

  private func candidates(_ indices: [Int], of found: [RecognizedSource]) -> [Candidate] {
    indices.map { Candidate(file: found[$0].file, ordinal: found[$0].ordinal) }
  }

  /// Reads sources again whose numbers such as `1.234` were not taken for what the others tell.
  ///
  /// They are what they were in earlier loads; else thousands where some source shows decimal
  /// commas and none shows points, wherever these are among the sources; else fractions.
  private func settledDecimals(
    _ found: [RecognizedSource], _ prior: SourcePrior?, _ shapes: SourceShapes
  ) throws(GrebeError) -> [RecognizedSource] {
    let areThousands =
      knownDialect.decimalComma
      ?? (found.contains { $0.decimalMark == .comma }
        && !found.contains { $0.decimalMark == .point })
    let misread = found.indices.filter {
      found[$0].ambiguousNumbers.map { $0.areThousands != areThousands } ?? false
    }
    if misread.isEmpty { return found }
    var options = options
    options.dialect.decimalComma = areThousands
    let again = try ConversionPlanner(target: target, options: options, environment: environment)
      .recognize(
        candidates(misread, of: found)[...], after: found[0].file, prior, shapes, areTyped: true)
    var settled = found
    for (index, source) in zip(misread, again) {
      guard var numbers = found[index].ambiguousNumbers else { continue }
      numbers.areThousands = areThousands
      settled[index] = source
      settled[index].decimalMark = .ambiguous(numbers)
    }
    return settled
  }

  private func recognize(
    _ candidates: ArraySlice<Candidate>, after first: SourceFile, _ prior: SourcePrior?,
    _ shapes: SourceShapes, areTyped: Bool
  ) throws(GrebeError) -> [RecognizedSource] {
    let results = Mutex<[RecognizedSource?]>(Array(repeating: nil, count: candidates.count))
    let failure = Mutex<(index: Int, error: GrebeError)?>(nil)
    let claimed = Atomic(candidates.startIndex)
    let claimCount = areTyped ? 1 : ConversionPlanner.claimCount
    let count = min(environment.parallelism, candidates.count)
    try withWorkers(
      count: max(count, 1), parent: environment.cancellation
    ) { (_, cancellation) throws(GrebeError) in
      while true {
        let start = claimed.add(claimCount, ordering: .relaxed).oldValue
        guard start < candidates.endIndex else { return }
        for index in start..<min(start + claimCount, candidates.endIndex) {
          if cancellation.isCancelled {
            throw GrebeError(.cancelled, "interrupted; nothing was committed")
          }
          // Of the sources before a faulty one, one may be faulty too: that is to be told of.
          if failure.withLock({ $0.map { $0.index < index } ?? false }) { return }
          do throws(GrebeError) {
            guard let source = try sample(candidates[index].file, after: prior) else {
              throw SourceFormat.mixture(candidates[index].file, other: first)
            }
            let known = recognized(source, candidates[index], shapes, isTyped: areTyped)
            results.withLock { $0[index - candidates.startIndex] = known }
          } catch {
            failure.withLock { first in
              if first.map({ index < $0.index }) ?? true { first = (index, error) }
            }
          }
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
    return results.withLock { results in results.compactMap { $0 } }
  }

  private func noteEmpty(
    _ source: SampledSource, _ candidate: Candidate, _ shapes: SourceShapes
  ) {
    shapes.note(
      .init(
        file: candidate.file, ordinal: candidate.ordinal,
        commentCount: source.passedOver.lineCount))
  }

  /// Nil for a compressed file that holds nothing.
  private func recognized(
    _ source: SampledSource, _ candidate: Candidate, _ shapes: SourceShapes, isTyped: Bool
  ) -> RecognizedSource? {
    if source.hasOnlyBlankLines { noteEmpty(source, candidate, shapes) }
    if source.isBlank { return nil }
    return RecognizedSource(
      file: candidate.file, ordinal: candidate.ordinal, shape: shapes.shared(SourceShape(source)),
      dataOffset: source.dataOffset, dataLine: source.dataLine,
      passedOver: source.passedOver, doubts: source.doubts, rowsDoubt: source.rowsDoubt,
      encodingDoubt: source.encodingDoubt, mixesLineEnds: source.mixesLineEnds,
      decimalMark: source.decimalMark, isHeaderOnly: source.isHeaderOnly,
      hasJSONRecords: source.hasJSONRecords,
      types: isTyped ? source.types : [])
  }

  /// - Parameter prior: what the first source tells.
  /// - Returns: nil for a Parquet file where the user does not say that it is text.
  func sample(
    _ file: SourceFile, after prior: SourcePrior?
  ) throws(GrebeError) -> SampledSource? {
    let front = try SourceFront(file)
    if options.inputFormat == nil, try front.isParquet { return nil }
    var count = ConversionPlanner.sampleBytes
    var sample = try SourceSample(front, count: count, encoding: options.encoding)
    if options.inputFormat == nil { try SourceFormat.refuseMarkup(sample.text, of: file) }
    let isJSON = isJSON(sample, file)
    let own = DialectOverrides(options.dialect)
    while !isJSON && !sample.isWhole && count < ConversionPlanner.sampleBytesMax,
      CSVDialectDetector.needsLargerSample(sample.text, overrides: own)
    {
      count = min(count * 4, ConversionPlanner.sampleBytesMax)
      sample = try SourceSample(front, count: count, encoding: options.encoding)
    }
    let layout =
      try isJSON
      ? json(sample, file, after: prior?.json)
      : csv(sample, file, after: prior?.dialect, given: prior?.given)
    return SampledSource(
      file: file, coding: sample.coding, encodingDoubt: sample.encodingDoubt, text: sample.text,
      isWhole: sample.isWhole, layout: layout.layout, reasons: sample.reasons + layout.reasons)
  }

  /// By content; where that is damaged from the first record on, by name.
  private func isJSON(_ sample: SourceSample, _ file: SourceFile) -> Bool {
    switch options.inputFormat {
    case .json: true
    case .csv: false
    default:
      JSONLayoutDetector.isJSON(sample.text, isWholeInput: sample.isWhole)
        || SourceFormat.isNamed(file, ["json", "ndjson", "jsonl", "geojson"])
    }
  }

  private typealias Found = (layout: SampledSource.Layout, reasons: [DetectedDialect.Reason])

  private func json(
    _ sample: SourceSample, _ file: SourceFile, after prior: JSONPrior?
  ) throws(GrebeError) -> Found {
    let prior = prior ?? knownJSON
    guard
      let detected = JSONLayoutDetector.detect(
        sample: sample.text, isWholeInput: sample.isWhole, wanted: options.jsonLayout,
        areNamedLines: SourceFormat.isNamed(file, ["ndjson", "jsonl"]), after: prior)
    else {
      throw GrebeError(
        .corrupt, "the source has no such array", place: file.name,
        hint: "--json-records says where the records are; leave it out to have them found")
    }
    var inference = JSONInference(
      layout: detected.layout, names: detected.names,
      expected: prior?.records ?? .unknown, dateFormat: options.dialect.dateFormat,
      timestampFormat: options.dialect.timestampFormat)
    let start = min(detected.dataOffset, sample.text.count)
    inference.observe(sample.text.slice(start..<sample.text.count), isWhole: sample.isWhole)
    return (.json(detected, inference), detected.reasons + inference.reasons)
  }

  /// How the table's first JSON source is laid out, for more of them.
  var knownLayout: JSONHistory? { options.mode == .append ? target.ledger.json : nil }

  /// What is known of JSON before the first source of the load is looked at; nil for nothing.
  private var knownJSON: JSONPrior? {
    guard let names = givenNames else { return nil }
    if let knownLayout { return knownLayout.prior(columns: names) }
    // Objects, but for the one column that takes values of any kind.
    let takesValues = names.map { $0.lowercased() } == [JSONInference.valueColumn]
    return JSONPrior(records: takesValues ? .unknown : .objects, columns: names)
  }

  /// What the first source with records tells of the others, but for what is known anyway.
  private func prior(of source: SampledSource) -> SourcePrior? {
    guard var prior = SourcePrior(source) else { return nil }
    prior.given = givenFields.map(GivenColumns.init)
    if knownLayout != nil, let known = knownJSON { prior.json = known }
    return prior.adding(columns: givenNames ?? [])
  }

  private func csv(
    _ sample: SourceSample, _ file: SourceFile, after prior: DialectPrior?, given: GivenColumns?
  ) -> Found {
    var overrides = DialectOverrides(options.dialect)
    overrides.knownFormats = givenFormats
    overrides.knownNames = givenNames ?? []
    let given = prior == nil ? givenFields.map(GivenColumns.init) : given
    let known = fieldsBesidePath(of: file).map(GivenColumns.init) ?? given
    var detected =
      if let prior {
        CSVDialectDetector.detect(
          sample: sample.text, isWholeInput: sample.isWhole, overrides: overrides, after: prior)
      } else {
        CSVDialectDetector.detect(
          sample: sample.text, isWholeInput: sample.isWhole, overrides: overrides)
      }
    if prior == nil, let known, let separators = knownDialect.separators {
      detected = known.settling(
        detected, like: separators.dialect, sample: sample.text, isWholeInput: sample.isWhole,
        overrides: overrides)
    }
    if let known {
      detected = known.settling(
        detected, sample: sample.text, isWholeInput: sample.isWhole, overrides: overrides)
    }
    return (.csv(detected), detected.reasons)
  }
}

extension ConversionPlanner {
  /// The given columns that the path of a source does not fill; nil where they are all of them or
  /// none is given.
  fileprivate func fieldsBesidePath(of file: SourceFile) -> [Field]? {
    guard options.readsPathColumns, let givenFields else { return nil }
    let filled = Set(PathColumns.entries(of: file).map { $0.name.lowercased() })
    let others = givenFields.filter { !filled.contains($0.name.lowercased()) }
    return others.count < givenFields.count ? others : nil
  }
}

/// What the first source that has records tells of the others.
struct SourcePrior: Sendable {
  /// Nil if it is JSON.
  let dialect: DialectPrior?
  var json: JSONPrior
  /// The columns of the table, or those that the user gives.
  var given: GivenColumns?

  /// Nil for JSON without a record.
  init?(_ source: SampledSource) {
    switch source.layout {
    case .csv(let detected):
      dialect = DialectPrior(detected, sample: source.text, isWholeInput: source.isWhole)
      json = JSONPrior(columns: detected.names)
    case .json(let detected, let inference):
      if inference.recordCount == 0 { return nil }
      dialect = nil
      json = JSONPrior(detected, inference)
    }
  }

  /// The same with more columns that members of JSON fill.
  func adding(columns: some Sequence<String>) -> SourcePrior {
    var prior = self
    prior.json = json.adding(columns: columns)
    return prior
  }
}
