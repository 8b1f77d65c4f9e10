import Base
import Columns
import Delta
import Ingest
import Store

/// Finds out how sources become rows: dialect and names per source, types over all, partitions.
struct ConversionPlanner {
  let target: ConversionTarget
  let options: ConversionOptions
  let environment: Environment
  /// The columns that sources are to fill, if they are given, and how fields of theirs are written
  /// that leave a choice. Kept, as every source is looked at with them.
  let givenFields: [Field]?
  let givenNames: [String]?
  let givenFormats: [FieldFormat]
  /// How the table's delimited sources are written, for more of them.
  let knownDialect: CSVHistory

  init(target: ConversionTarget, options: ConversionOptions, environment: Environment) {
    self.target = target
    self.options = options
    self.environment = environment
    let table = options.mode == .append ? target.snapshot?.metadata.schema : nil
    givenFields =
      table.map { $0.fields.filter { $0.generationExpression == nil } } ?? options.schema?.fields
    givenNames = givenFields?.map(\.name)
    knownDialect = options.mode == .append ? target.ledger.csv : CSVHistory()
    givenFormats = knownDialect.formats(of: givenNames ?? [])
  }

  func plan(_ sources: [SourceFile]) throws(GrebeError) -> ConversionPlan {
    let sourceShapes = SourceShapes()
    let recognized = try recognize(sources, sourceShapes)
    try checkJSONRecords(recognized)
    guard let recognized else { return try planParquet(sources) }
    let found = try namingFields(recognized)
    let shapes = found.firstOfEachShape
    let empty = sourceShapes.withoutRecords
    var paths = pathColumns(found)
    let fixed = try fixedSchema(given: givenColumns(shapes, paths))
    let names = fixed?.source.names ?? columnNames(shapes, paths)
    guard !names.isEmpty else { throw try noColumns(shapes, sources, empty) }
    var inferred: Set<Int> = []
    var schema = fixed?.source ?? newSchema(names, shapes)
    // What has no row has nothing that a given column would have to be there for.
    let fillers = fixed == nil ? shapes : found.filter { !$0.isHeaderOnly }.firstOfEachShape
    let newColumns = options.evolution.newColumns ?? (fixed == nil ? .add : .fail)
    let rescuedMembers =
      newColumns == .rescue && shapes.allSatisfy(\.shape.isJSON)
      ? try rescuedColumn(in: &schema) : nil
    let (added, rescued) =
      rescuedMembers == nil
      ? try makeRoom(
        for: fillers.map { ($0.file, $0.shape.namesColumns ? $0.shape.names : []) }
          + paths.newColumns, in: &schema)
      : ((fixed?.source.count ?? 0)..<schema.count, nil)
    keepMembers(of: shapes, in: &schema, added)
    if fixed == nil {
      try infer(&schema, &inferred, found, paths, columns: schema.fields.indices)
    } else if rescued == nil {
      try infer(&schema, &inferred, found, paths, columns: added)
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
    try checkTypes(schema, known: 0..<(fixed == nil ? 0 : added.lowerBound))
    let known = schema.fields[..<added.lowerBound]
    try paths.bind(to: schema.stored, strict: strictColumns(known))
    let planned = try layOut(found, schema, paths)
    let widenable = widenableTypes(known)
    return ConversionPlan(
      sources: planned, sourceSchema: schema,
      inferredColumns: inferred.union(widenable.keys), partition: plan,
      newColumns: newColumns, isGivenByTable: isGivenByTable, addedColumns: added, rescued: rescued,
      rescuedMembers: rescuedMembers,
      tableTypes: widenable, strictColumns: strictColumns(known),
      narrowColumns: narrowColumns(known), paths: paths, json: jsonHistory(found),
      csv: csvHistory(found), samples: sampledTexts(found),
      passedOverCount: found.passedOverCount(empty),
      sourceNotes: notes(found, paths, empty: empty),
      repeatedNames: shapes.compactMap(\.repeatedNames),
      renamedColumns: shapes.flatMap(\.renamedColumns))
  }

  private func notes(
    _ found: [RecognizedSource], _ paths: PathColumns, empty: [SourceShapes.Empty]
  ) -> [String] {
    let filling = found.filter { !$0.shape.isJSON || $0.hasJSONRecords }.firstOfEachShape
    let missing = missingNote(
      filling.map { $0.shape.namesColumns ? $0.shape.names : nil } + [paths.names],
      areSampled: filling.contains(where: \.shape.isJSON))
    return SourceNotes(
      found, empty: empty, given: givenFields ?? [],
      appends: target.snapshot != nil && options.mode == .append, options: options,
      rowsMember: knownLayout?.rowsMember, before: knownDialect
    ).lines + [undividedNote(found), missing].compactMap { $0 }
  }

  /// Of a delimiter that is given and divides nothing.
  private func undividedNote(_ found: [RecognizedSource]) -> String? {
    guard options.dialect.delimiter != nil,
      let first = found.first(where: { !$0.shape.isJSON && $0.shape.names.count == 1 })
    else { return nil }
    return "note: --delimiter divides no line of \(first.file.name), which has one column"
  }

  /// How the first source with JSON records, of those that the ledger has, is laid out.
  private func jsonHistory(
    _ found: [RecognizedSource]
  ) -> (ordinal: Int, history: JSONHistory)? {
    for source in found where source.hasJSONRecords && !source.file.isAnonymous {
      if let history = JSONHistory(source.shape) { return (source.ordinal, history) }
    }
    return nil
  }

  /// How delimited sources are written, and the place of the first of those that the ledger has.
  private func csvHistory(
    _ found: [RecognizedSource]
  ) -> (ordinal: Int, history: CSVHistory)? {
    guard let first = found.first(where: { !$0.shape.isJSON && !$0.file.isAnonymous }) else {
      return nil
    }
    let history = CSVHistory(found, decimalComma: options.dialect.decimalComma)
    return history.isEmpty ? nil : (first.ordinal, history)
  }

  /// Who says where JSON records are has some.
  private func checkJSONRecords(_ found: [RecognizedSource]?) throws(GrebeError) {
    guard options.jsonLayout != nil, found?.isEmpty != true,
      !(found?.contains(where: \.shape.isJSON) ?? false)
    else { return }
    throw GrebeError(
      .invalidArgument, "no source is JSON", place: "--json-records",
      hint: "--input-format json reads what does not look like it")
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
      var needed = [name]
      if field.generationExpression != nil {
        let generated = try GeneratedColumn(field, over: metadata.schema)
        needed = generated.sourceIndices.map { metadata.schema.fields[$0].name }
        terms.append(.generated(field))
      } else {
        terms.append(.column(name))
      }
      if let missing = needed.first(where: { source.resolve($0) == nil }) {
        throw GrebeError(
          .invalidArgument,
          "the table is partitioned by \(name), and the sources have no column \(missing)",
          hint: "--partition-by names other columns, --partition-by none leaves partitions out")
      }
    }
    return terms
  }

  private func noColumns(
    _ found: [RecognizedSource], _ sources: [SourceFile], _ empty: [SourceShapes.Empty]
  ) throws(GrebeError) -> GrebeError {
    let declaring = "--schema declares the columns of an empty table"
    let source = found.first(where: \.shape.isJSON)
    let file = source?.file ?? sources.first { $0.sizeBytes > 0 }
    if let file, let what = try sample(file, after: nil)?.emptiness {
      return GrebeError(.corrupt, what, place: file.name, hint: declaring)
    }
    if let source {
      return GrebeError(
        .corrupt, "no record in the first megabyte is JSON", place: source.file.name,
        hint: "is a bracket or quote not closed? --input-format csv reads it as delimited text")
    }
    if options.dialect.skipRows > 0, let first = empty.first?.file ?? file {
      return GrebeError(
        .corrupt, "there is no row behind the first \(options.dialect.skipRows) lines",
        place: first.name, hint: "--skip-rows passes over them; is it more than the source has?")
    }
    if let comments = empty.first {
      return GrebeError(
        .corrupt, "all lines of the source are comments", place: comments.file.name,
        hint: "--comment none takes such lines for rows; \(declaring)")
    }
    return GrebeError(
      .corrupt, "there is no text to take columns from", place: sources.first?.name ?? "",
      hint: declaring)
  }

  // MARK: Columns

  /// The columns that are given, by the table or by `--schema`; nil when they are to be inferred.
  ///
  /// - Parameter names: what sources may hold of columns that the table computes, in lower case;
  ///   nil: any of them.
  func fixedSchema(
    given names: Set<String>?
  ) throws(GrebeError) -> (source: Schema, plan: PartitionPlan?)? {
    if let snapshot = target.snapshot, options.mode == .append {
      let metadata = snapshot.metadata
      let ignores = options.evolution.newColumns == .ignore
      let (plan, source) = try PartitionPlan.existing(metadata) { field in
        !ignores && names?.contains(field.name.lowercased()) ?? true
      }
      try checkAgainstTable(metadata)
      return (source, plan)
    }
    return options.schema.map { ($0, nil) }
  }

  /// Names of columns that sources have, in lower case; nil if they may have any: records of JSON
  /// tell only when they are read, and fields without names fill a table whole.
  private func givenColumns(_ shapes: [RecognizedSource], _ paths: PathColumns) -> Set<String>? {
    var names = Set(paths.names.map { $0.lowercased() })
    for source in shapes {
      if case .json(_, .objects, _) = source.shape.format { return nil }
      if source.shape.isJSON || source.shape.namesColumns {
        names.formUnion(source.shape.names.map { $0.lowercased() })
      } else if source.shape.names.count == target.snapshot?.metadata.schema.count {
        return nil
      }
    }
    return names
  }

  /// An append keeps the table's columns and partitioning; options that say otherwise are refused.
  func checkAgainstTable(_ metadata: TableMetadata) throws(GrebeError) {
    if !options.partitionBy.isEmpty {
      var names: [String] = []
      for text in options.partitionBy {
        switch try PartitionTerm(text) {
        case .column(let name): names.append(name)
        case .transform(let transform, let source):
          names.append(transform.columnName(source: source))
        case .generated(let field): names.append(field.name)
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

  /// Names of all sources, in the order they first appear, and behind them those of their paths.
  private func columnNames(_ found: [RecognizedSource], _ paths: PathColumns) -> [String] {
    var names: [String] = []
    var seen: Set<String> = []
    for source in found {
      for name in source.shape.names where seen.insert(name.lowercased()).inserted {
        names.append(name)
      }
    }
    return names + paths.names.filter { seen.insert($0.lowercased()).inserted }
  }

  /// Guesses the types of `columns`.
  private func infer(
    _ schema: inout Schema, _ inferred: inout Set<Int>, _ found: [RecognizedSource],
    _ paths: PathColumns, columns: Range<Int>
  ) throws(GrebeError) {
    if columns.isEmpty { return }
    let lookup = SchemaLookup(schema)
    var types = [DataType?](repeating: nil, count: schema.count)
    if !options.allStrings {
      for (name, type) in found.lazy.map(\.types).joined() {
        guard let index = lookup.resolve(name) else { continue }
        types[index] = types[index].map { widenedType($0, toHold: type) } ?? type
      }
      for (name, type) in paths.types {
        guard let index = lookup.resolve(name) else { continue }
        types[index] = types[index].map { widenedType($0, toHold: type) } ?? type
      }
    }
    let hints = Dictionary(options.typeHints.map { ($0.key.lowercased(), $0.value) }) { $1 }
    for column in columns {
      let name = schema.fields[column].name
      if let hint = hints[name.lowercased()] {
        schema.fields[column].type = hint
      } else if !options.allStrings {
        schema.fields[column].type = types[column] ?? .string
        inferred.insert(column)
      }
    }
  }

  /// The sources, each with the columns that its fields fill.
  private func layOut(
    _ found: [RecognizedSource], _ schema: Schema, _ paths: PathColumns
  ) throws(GrebeError) -> [PlannedSource] {
    let lookup = SchemaLookup(schema)
    var layouts: [LayoutKey: TextLayout] = [:]
    var planned: [PlannedSource] = []
    planned.reserveCapacity(found.count)
    for source in found {
      let shape = LayoutKey(
        shape: ObjectIdentifier(source.shape), pathColumns: paths.columns(of: source.file))
      let layout: TextLayout
      if let known = layouts[shape] {
        layout = known
      } else {
        layout = TextLayout(
          coding: source.shape.coding, format: source.shape.format,
          columnMap: try columnMap(source, schema, lookup, pathColumns: shape.pathColumns),
          names: source.shape.names)
        layouts[shape] = layout
      }
      planned.append(
        PlannedSource(
          file: source.file, layout: layout, dataOffset: Int64(source.dataOffset),
          dataLine: Int64(source.dataLine) + 1, ordinal: source.ordinal))
    }
    return planned
  }

  /// What two sources have in common whose fields fill the same columns.
  private struct LayoutKey: Hashable {
    let shape: ObjectIdentifier
    let pathColumns: Set<Int>
  }

  /// Which column each field of a delimited source fills. With a header by name, without by
  /// position, those left out that the path fills.
  private func columnMap(
    _ source: RecognizedSource, _ schema: Schema, _ lookup: SchemaLookup, pathColumns: Set<Int>
  ) throws(GrebeError) -> [Int?] {
    let names = source.shape.names
    let places = schema.fields.indices.filter { !pathColumns.contains($0) }
    if case .json(_, let kind, _) = source.shape.format {
      if kind == .values {
        if places.count == 1 { return pathColumns.isEmpty ? [] : places }
        throw GrebeError(
          .corrupt,
          "the records are no objects, so that they fill 1 column, but \(places.count) are wanted",
          place: source.file.name, hint: "load the source on its own, into a table of one column")
      }
      // Arrays fill columns by position, all of them; objects by name.
      guard kind == .tuples else { return [] }
      return try names.map { name throws(GrebeError) in
        guard let position = options.position(of: name, in: lookup) else {
          throw GrebeError(
            .corrupt, "the source has a column \(name) that the table lacks",
            place: source.file.name,
            hint: "the records are arrays: all of their elements are wanted")
        }
        return position
      }
    }
    guard source.shape.namesColumns else {
      if names.count == schema.count { return Array(0..<schema.count) }
      guard names.count == places.count else {
        throw GrebeError(
          .corrupt,
          "the records have \(names.count == 1 ? "1 field" : "\(names.count) fields"), but "
            + "\(places.count) columns are wanted",
          place: source.file.name, hint: "without a header, fields are taken by position")
      }
      return places
    }
    return names.map { options.position(of: $0, in: lookup) }
  }
}
