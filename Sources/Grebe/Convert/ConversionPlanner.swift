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

  private struct Sampled {
    let file: SourceFile
    let coding: SourceCoding
    /// The front of the text; empty for sources that types are not guessed from.
    var bytes: Buffer<UInt8>
    let isWhole: Bool
    let detected: DetectedDialect
    /// What was guessed and why, for a person.
    let reasons: [DetectedDialect.Reason]
  }

  func plan(_ sources: [SourceFile]) throws(GrebeError) -> ConversionPlan {
    if try SourceFormat.areParquet(sources) { return try planParquet(sources) }
    var sampled: [Sampled] = []
    for file in sources where file.sizeBytes > 0 {
      let source = try sample(file, like: sampled.first?.detected)
      // A compressed file may hold nothing.
      if source.bytes.count == 0 && source.isWhole { continue }
      sampled.append(source)
      // A megabyte of each of many sources would be the largest thing in memory.
      if sampled.count > ConversionPlanner.sampledSourceCount {
        sampled[sampled.count - 1].bytes = Buffer()
      }
    }
    let fixed = try fixedSchema()
    let names = fixed?.source.names ?? columnNames(sampled)
    guard !names.isEmpty else {
      throw GrebeError(
        .corrupt, "there is no text to take columns from", place: sources.first?.name ?? "",
        hint: "--schema declares the columns of an empty table")
    }
    var inferred: Set<Int> = []
    var schema = fixed?.source ?? Schema(names.map { Field($0, .string) })
    let (added, rescued) = try makeRoom(
      for: sampled.map { ($0.file, $0.detected.dialect.hasHeader ? $0.detected.names : []) },
      in: &schema)
    if fixed == nil {
      try infer(&schema, &inferred, sampled, columns: schema.fields.indices)
    } else if rescued == nil {
      try infer(&schema, &inferred, sampled, columns: added)
    }
    var plan: PartitionPlan
    if let existing = fixed?.plan {
      plan = existing
      plan.append(schema.fields[added])
    } else {
      let visible = schema.selecting(Array(0..<(rescued?.hidden.lowerBound ?? schema.count)))
      plan = try PartitionPlan(source: visible, terms: try partitionTerms(visible))
    }
    var planned: [PlannedSource] = []
    for source in sampled {
      planned.append(
        PlannedSource(
          file: source.file, coding: source.coding, format: .csv(source.detected.dialect),
          columnMap: try columnMap(source.detected, schema, source.file),
          dataOffset: Int64(source.detected.dataOffset),
          dataLine: Int64(source.detected.dataLine) + 1))
    }
    let widenable = widenableTypes(schema.fields[..<added.lowerBound])
    return ConversionPlan(
      sources: planned, sourceSchema: schema,
      inferredColumns: inferred.union(widenable.keys), partition: plan, addedColumns: added,
      rescued: rescued, tableTypes: widenable)
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

  // MARK: Samples

  private func sample(
    _ file: SourceFile, like first: DetectedDialect?
  ) throws(GrebeError) -> Sampled {
    let sample = try SourceSample(
      file, count: ConversionPlanner.sampleBytes, encoding: options.encoding)
    var overrides = DialectOverrides()
    overrides.delimiter = options.dialect.delimiter ?? first?.dialect.delimiter
    if let quote = options.dialect.quote {
      overrides.quote = .some(quote)
    } else if let first {
      overrides.quote = .some(first.dialect.quote)
    }
    overrides.hasHeader = options.dialect.hasHeader ?? first?.dialect.hasHeader
    overrides.skipRows = options.dialect.skipRows
    overrides.nullTexts = options.dialect.nullText.map { [$0] } ?? []
    let detected = CSVDialectDetector.detect(
      sample: sample.text, isWholeInput: sample.isWhole, overrides: overrides)
    return Sampled(
      file: file, coding: sample.coding, bytes: sample.text, isWhole: sample.isWhole,
      detected: detected, reasons: sample.reasons + detected.reasons)
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
  private func columnNames(_ sampled: [Sampled]) -> [String] {
    var names: [String] = []
    var seen: Set<String> = []
    for source in sampled {
      for name in source.detected.names where seen.insert(name.lowercased()).inserted {
        names.append(name)
      }
    }
    return names
  }

  /// Guesses the types of `columns`.
  private func infer(
    _ schema: inout Schema, _ inferred: inout Set<Int>, _ sampled: [Sampled], columns: Range<Int>
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

  private func merge(_ source: Sampled, _ schema: Schema, into types: inout [DataType?]) {
    var inference = TypeInference(
      dialect: source.detected.dialect, fieldCount: source.detected.fieldCount)
    inference.observe(
      source.bytes.slice(min(source.detected.dataOffset, source.bytes.count)..<source.bytes.count),
      isWhole: source.isWhole)
    for (name, column) in zip(source.detected.names, inference.columns) where !column.isAllNull {
      guard let index = schema.resolve(name) else { continue }
      types[index] = types[index].map { widenedType($0, toHold: column.type) } ?? column.type
    }
  }

  /// Which column each field of a source fills. With a header by name, without by position.
  private func columnMap(
    _ detected: DetectedDialect, _ schema: Schema, _ file: SourceFile
  ) throws(GrebeError) -> [Int?] {
    guard detected.dialect.hasHeader else {
      guard detected.fieldCount == schema.count else {
        throw GrebeError(
          .corrupt,
          "the records have \(detected.fieldCount) fields, but \(schema.count) columns are wanted",
          place: file.name, hint: "without a header, fields are taken by position")
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

  func preview(_ sources: [SourceFile], known: [SourceFile]) throws(GrebeError) -> ConversionPreview
  {
    let plan = try plan(sources)
    if !plan.parquet.isEmpty { return try previewParquet(plan, sources, known: known) }
    var rows = ColumnBatch(
      schema: plan.tableSchema, columns: plan.tableSchema.fields.map { Column($0.type, []) },
      rowCount: 0)
    var reasons: [String] = []
    if let first = sources.first {
      let sampled = try sample(first, like: nil)
      reasons = sampled.reasons.map { "\($0.property): \($0.text)" }
      rows = try firstRows(sampled, plan)
    }
    return ConversionPreview(
      schema: plan.tableSchema, partitionColumns: plan.partition.partitionColumns, dialect: reasons,
      sources: target.sourceReports,
      rows: rows)
  }

  private func firstRows(_ sampled: Sampled, _ plan: ConversionPlan) throws(GrebeError)
    -> ColumnBatch
  {
    var text = BufferBuilder<UInt8>()
    text.append(
      contentsOf: sampled.bytes.slice(
        min(sampled.detected.dataOffset, sampled.bytes.count)..<sampled.bytes.count
      ).span)
    let source = plan.sources[0]
    let parser = try exposing { () throws(IngestError) in
      try TextParser(source, schema: plan.sourceSchema, plan.inferredColumns)
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
    do throws(IngestError) { return try parse(text, isEnd: isEnd).batch } catch {
      throw GrebeError(error)
    }
  }
}
