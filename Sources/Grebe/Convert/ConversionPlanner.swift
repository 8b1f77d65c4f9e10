import Base
import Columns
import Delta
import Ingest
import Store

/// Finds out how sources become rows: dialect and names per source, types over all, partitions.
struct ConversionPlanner {
  /// Bytes at the front of a source that dialect and types are guessed from.
  private static let sampleBytes = 1 << 20
  /// Sources whose samples are looked at for types.
  private static let sampledSourceCount = 16

  let target: ConversionTarget
  let options: ConversionOptions

  func plan(_ sources: [SourceFile]) throws(GrebeError) -> ConversionPlan {
    if try SourceFormat.areParquet(sources, wanted: options.inputFormat) {
      return try planParquet(sources)
    }
    let sampled = try samples(of: sources)
    let fixed = try fixedSchema()
    let names = fixed?.source.names ?? columnNames(sampled)
    guard !names.isEmpty else { throw noColumns(sampled, sources) }
    var inferred: Set<Int> = []
    var schema = fixed?.source ?? Schema(names.map { Field($0, .string) })
    let newColumns = options.evolution.newColumns ?? (fixed == nil ? .add : .fail)
    let rescuedMembers =
      newColumns == .rescue && sampled.allSatisfy(\.isJSON) ? rescuedColumn(in: &schema) : nil
    let (added, rescued) =
      rescuedMembers == nil
      ? try makeRoom(for: sampled.map { ($0.file, $0.namesColumns ? $0.names : []) }, in: &schema)
      : ((fixed?.source.count ?? 0)..<schema.count, nil)
    if fixed == nil {
      try infer(&schema, &inferred, sampled, columns: schema.fields.indices)
    } else if rescued == nil {
      try infer(&schema, &inferred, sampled, columns: added)
    }
    var plan: PartitionPlan
    if let existing = fixed?.plan {
      plan = existing
      plan.append(schema.stored.fields[added])
    } else {
      // Hidden columns are the sources' only.
      let count = rescued?.hidden.lowerBound ?? schema.count
      let visible = schema.stored.selecting(Array(0..<count))
      plan = try PartitionPlan(source: visible, terms: try partitionTerms(visible))
    }
    var planned: [PlannedSource] = []
    for source in sampled {
      planned.append(
        PlannedSource(
          file: source.file, coding: source.coding, format: source.format,
          columnMap: try columnMap(source, schema), dataOffset: Int64(source.dataOffset),
          dataLine: Int64(source.dataLine) + 1))
    }
    let widenable = widenableTypes(schema.fields[..<added.lowerBound])
    return ConversionPlan(
      sources: planned, sourceSchema: schema,
      inferredColumns: inferred.union(widenable.keys), partition: plan,
      newColumns: newColumns, addedColumns: added, rescued: rescued,
      rescuedMembers: rescuedMembers, tableTypes: widenable)
  }

  /// What the user says (`none` for no partitions); an overwrite that says nothing keeps the
  /// table's partitioning.
  func partitionTerms(_ source: Schema) throws(GrebeError) -> [PartitionTerm] {
    var terms: [PartitionTerm] = []
    if options.partitionBy == ["none"] { return [] }
    for text in options.partitionBy { terms.append(try PartitionTerm(text)) }
    guard terms.isEmpty, let metadata = target.snapshot?.metadata else { return terms }
    for name in metadata.partitionColumns {
      guard let field = metadata.schema.fields.first(where: { $0.name == name }) else { continue }
      var needed = name
      if let known = PartitionTransform.generation(of: field, in: metadata.schema) {
        needed = metadata.schema.fields[known.sourceIndex].name
        terms.append(.transform(known.transform, source: needed, field: field))
      } else {
        terms.append(.column(name))
      }
      guard source.resolve(needed) != nil else {
        throw GrebeError(
          .invalidArgument,
          "the table is partitioned by \(name), and the sources have no column \(needed)",
          hint: "--partition-by names other columns, --partition-by none leaves partitions out")
      }
    }
    return terms
  }

  private func noColumns(_ sampled: [SampledSource], _ sources: [SourceFile]) -> GrebeError {
    if let source = sampled.first(where: \.isJSON) {
      return GrebeError(
        .corrupt, "no record in the first megabyte is JSON", place: source.file.name,
        hint: "is a bracket or quote not closed? --input-format csv reads it as delimited text")
    }
    return GrebeError(
      .corrupt, "there is no text to take columns from", place: sources.first?.name ?? "",
      hint: "--schema declares the columns of an empty table")
  }

  // MARK: Samples

  /// What the sources seem to be, those that hold nothing left out.
  private func samples(of sources: [SourceFile]) throws(GrebeError) -> [SampledSource] {
    var sampled: [SampledSource] = []
    for file in sources where file.sizeBytes > 0 {
      let source = try sample(file, like: sampled.first)
      // A compressed file may hold nothing.
      if source.text.count == 0 && source.isWhole { continue }
      sampled.append(source)
      // A megabyte of each of many sources would be the largest thing in memory.
      if sampled.count > ConversionPlanner.sampledSourceCount {
        sampled[sampled.count - 1].text = Buffer()
      }
    }
    return sampled
  }

  private func sample(
    _ file: SourceFile, like first: SampledSource?
  ) throws(GrebeError) -> SampledSource {
    let sample = try SourceSample(
      file, count: ConversionPlanner.sampleBytes, encoding: options.encoding)
    let layout = try isJSON(sample, file) ? json(sample, file) : csv(sample, like: first)
    return SampledSource(
      file: file, coding: sample.coding, text: sample.text, isWhole: sample.isWhole,
      layout: layout.layout, reasons: sample.reasons + layout.reasons)
  }

  /// By content; where that is damaged from the first record on, by name.
  private func isJSON(_ sample: SourceSample, _ file: SourceFile) -> Bool {
    switch options.inputFormat {
    case .json: true
    case .csv: false
    default:
      JSONLayoutDetector.isJSON(sample.text, isWholeInput: sample.isWhole)
        || SourceFormat.isNamedJSON(file)
    }
  }

  private typealias Found = (layout: SampledSource.Layout, reasons: [DetectedDialect.Reason])

  private func json(_ sample: SourceSample, _ file: SourceFile) throws(GrebeError) -> Found {
    guard
      let detected = JSONLayoutDetector.detect(
        sample: sample.text, isWholeInput: sample.isWhole, wanted: options.jsonLayout)
    else {
      throw GrebeError(
        .corrupt, "the source has no such array", place: file.name,
        hint: "--json-records says where the records are; leave it out to have them found")
    }
    var inference = JSONInference(layout: detected.layout, names: detected.names)
    let start = min(detected.dataOffset, sample.text.count)
    inference.observe(sample.text.slice(start..<sample.text.count), isWhole: sample.isWhole)
    return (.json(detected, inference), detected.reasons)
  }

  private func csv(_ sample: SourceSample, like first: SampledSource?) -> Found {
    func detect(_ overrides: DialectOverrides) -> DetectedDialect {
      CSVDialectDetector.detect(
        sample: sample.text, isWholeInput: sample.isWhole, overrides: overrides)
    }
    let own = DialectOverrides(options.dialect)
    guard case .csv(let like)? = first?.layout else {
      let detected = detect(own)
      return (.csv(detected), detected.reasons)
    }
    var following = own
    following.follow(like)
    var detected = detect(following)
    if detected.fieldCount == 1 && like.fieldCount > 1 {
      // Its own way of writing splits it, the first source's does not.
      let alone = detect(own)
      if alone.fieldCount > 1 { detected = alone }
    }
    if like.dialect.hasHeader && own.hasHeader == nil {
      detected = withHeader(detected, of: like, sample, following, detect)
    }
    return (.csv(detected), detected.reasons)
  }

  /// A source after one with a header. Its first record is a header if it has a name of that one's,
  /// or stands over values of other types than text; one that only may be a header is data, under
  /// the names of the first: a row too many is seen, a row too few is not.
  private func withHeader(
    _ detected: DetectedDialect, of first: DetectedDialect, _ sample: SourceSample,
    _ overrides: DialectOverrides, _ detect: (DialectOverrides) -> DetectedDialect
  ) -> DetectedDialect {
    let names = Set(first.names.map { $0.lowercased() })
    func sharesNames(_ other: DetectedDialect) -> Bool {
      other.names.contains { names.contains($0.lowercased()) }
    }
    var asHeader = overrides
    asHeader.hasHeader = true
    let named = detected.dialect.hasHeader ? detected : detect(asHeader)
    if sharesNames(named) || named.fieldCount != first.fieldCount { return named }
    if detected.dialect.hasHeader {
      var inference = TypeInference(dialect: detected.dialect, fieldCount: detected.fieldCount)
      let start = min(detected.dataOffset, sample.text.count)
      inference.observe(sample.text.slice(start..<sample.text.count), isWhole: sample.isWhole)
      if inference.columns.contains(where: { !$0.isAllNull && $0.type != .string }) { return named }
    }
    var asData = overrides
    asData.hasHeader = false
    var headless = detect(asData)
    headless.names = first.names
    headless.takesNames = true
    headless.reasons.append(
      .init(property: "header", text: "none: columns are those of the first source, by position"))
    return headless
  }

  // MARK: Columns

  /// The columns that are given, by the table or by `--schema`; nil when they are to be inferred.
  func fixedSchema() throws(GrebeError) -> (source: Schema, plan: PartitionPlan?)? {
    if let snapshot = target.snapshot, options.mode == .append {
      let metadata = snapshot.metadata
      let (plan, source) = PartitionPlan.existing(
        metadata.schema, partitionColumns: metadata.partitionColumns)
      try checkAgainstTable(metadata)
      return (source, plan)
    }
    return options.schema.map { ($0, nil) }
  }

  /// An append keeps the table's columns and partitioning; options that say otherwise are refused.
  private func checkAgainstTable(_ metadata: TableMetadata) throws(GrebeError) {
    if !options.partitionBy.isEmpty {
      var names: [String] = []
      for text in options.partitionBy {
        switch try PartitionTerm(text) {
        case .column(let name): names.append(name)
        case .transform(let transform, let source, _):
          names.append(transform.columnName(source: source))
        }
      }
      guard names == metadata.partitionColumns else {
        throw GrebeError(
          .invalidArgument,
          "the table is partitioned by "
            + (metadata.partitionColumns.isEmpty
              ? "nothing" : metadata.partitionColumns.joined(separator: ", ")),
          place: "--partition-by \(options.partitionBy.joined(separator: ","))",
          hint: "leave --partition-by out when appending, or use --mode overwrite")
      }
    }
    if let schema = options.schema {
      for field in schema.fields {
        guard let known = metadata.schema.resolve(field.name).map({ metadata.schema.fields[$0] }),
          known.type == field.type
        else {
          throw GrebeError(
            .invalidArgument, "the table has no column \(field.name) of type \(field.type)",
            place: "--schema", hint: "leave --schema out when appending, or use --mode overwrite")
        }
      }
    }
  }

  /// Names of all sources, in the order they first appear.
  private func columnNames(_ sampled: [SampledSource]) -> [String] {
    var names: [String] = []
    var seen: Set<String> = []
    for source in sampled {
      for name in source.names where seen.insert(name.lowercased()).inserted {
        names.append(name)
      }
    }
    return names
  }

  /// Guesses the types of `columns`.
  private func infer(
    _ schema: inout Schema, _ inferred: inout Set<Int>, _ sampled: [SampledSource],
    columns: Range<Int>
  ) throws(GrebeError) {
    if columns.isEmpty { return }
    for name in options.typeHints.keys where schema.resolve(name) == nil {
      throw GrebeError(
        .invalidArgument, "no such column", place: "--type \(name)",
        hint: "the columns are " + schema.names.joined(separator: ", "))
    }
    var types = [DataType?](repeating: nil, count: schema.count)
    if !options.allStrings {
      for source in sampled.prefix(ConversionPlanner.sampledSourceCount) {
        merge(source, schema, into: &types)
      }
    }
    for column in columns {
      let name = schema.fields[column].name
      if let hint = options.typeHints.first(where: { $0.key.lowercased() == name.lowercased() }) {
        schema.fields[column].type = hint.value
      } else if !options.allStrings {
        schema.fields[column].type = types[column] ?? .string
        inferred.insert(column)
      }
    }
  }

  private func merge(_ source: SampledSource, _ schema: Schema, into types: inout [DataType?]) {
    for (name, type) in source.types {
      guard let index = schema.resolve(name) else { continue }
      types[index] = types[index].map { widenedType($0, toHold: type) } ?? type
    }
  }

  /// Which column each field of a delimited source fills. With a header by name, without by
  /// position.
  private func columnMap(
    _ source: SampledSource, _ schema: Schema
  ) throws(GrebeError) -> [Int?] {
    guard case .csv(let detected) = source.layout else {
      // Arrays fill columns by position, all of them; objects by name.
      guard case .json(_, .tuples) = source.format else { return [] }
      return try source.names.map { name throws(GrebeError) in
        guard let position = options.position(of: name, in: schema) else {
          throw GrebeError(
            .corrupt, "the source has a column \(name) that the table lacks",
            place: source.file.name,
            hint: "the records are arrays: all of their elements are wanted")
        }
        return position
      }
    }
    guard detected.dialect.hasHeader || detected.takesNames else {
      guard detected.fieldCount == schema.count else {
        throw GrebeError(
          .corrupt,
          "the records have \(detected.fieldCount) fields, but \(schema.count) columns are wanted",
          place: source.file.name, hint: "without a header, fields are taken by position")
      }
      return Array(0..<schema.count)
    }
    var map: [Int?] = []
    for name in detected.names {
      map.append(options.position(of: name, in: schema))
    }
    return map
  }

  // MARK: Preview

  func preview(
    _ plan: ConversionPlan, _ sources: [SourceFile], known: [SourceFile]
  ) throws(GrebeError) -> ConversionPreview {
    if !plan.parquet.isEmpty { return try previewParquet(plan, sources, known: known) }
    var rows = ColumnBatch(
      schema: plan.tableSchema, columns: plan.tableSchema.fields.map { Column($0.type, []) },
      rowCount: 0)
    var reasons: [String] = []
    if let first = plan.sources.first {
      let sampled = try sample(first.file, like: nil)
      reasons = sampled.reasons.map { "\($0.property): \($0.text)" }
      rows = try firstRows(sampled, plan)
    }
    return ConversionPreview(
      schema: plan.tableSchema, partitionColumns: plan.partition.partitionColumns, dialect: reasons,
      sources: target.sourceReports,
      rows: rows)
  }

  private func firstRows(_ sampled: SampledSource, _ plan: ConversionPlan) throws(GrebeError)
    -> ColumnBatch
  {
    var text = BufferBuilder<UInt8>()
    text.append(contentsOf: sampled.body.span)
    let source = plan.sources[0]
    let parser = try exposing { () throws(IngestError) in
      try TextParser(source, of: plan)
    }
    let parsed = try parser.preview(text, isEnd: sampled.isWhole)
    let batch = plan.completing(parsed)
    return batch.slice(0..<min(10, batch.rowCount))
  }
}

extension TextParser {
  /// The rows of a sample.
  fileprivate func preview(
    _ text: consuming BufferBuilder<UInt8>, isEnd: Bool
  ) throws(GrebeError) -> ColumnBatch {
    do throws(IngestError) {
      return try parse(text, isEnd: isEnd, isSourceEnd: isEnd).batch
    } catch {
      throw GrebeError(error)
    }
  }
}
