import Base
import Columns
import Compute
import Delta
import Ingest
import Parquet

/// What the plan needs of a file's footer.
private struct ParquetFile {
  let file: SourceFile
  /// Place among the sources of the load.
  let ordinal: Int
  let schema: Schema
  let lookup: SchemaLookup
  let rowCounts: [Int]
  /// Columns with INT96, nanoseconds that are read as microseconds.
  let int96Columns: Set<String>
}

extension ConversionPlanner {
  /// Columns of all files by name, in the order they first appear; types that differ meet in one
  /// that holds both.
  func planParquet(_ sources: [SourceFile]) throws(GrebeError) -> ConversionPlan {
    let files = try parquetFiles(sources)
    let paths = PathColumns(
      files.lazy.map { ($0.file, Set($0.schema.names.map { $0.lowercased() })) }, options)
    let fixed = try fixedSchema(
      given: Set(
        files.flatMap { $0.schema.names.map { $0.lowercased() } }
          + paths.names.map { $0.lowercased() }))
    var schema = Schema([])
    if let fixed { schema = fixed.source } else { schema = try merged(files, paths) }
    let givenTypes = schema.fields.map(\.type)
    let widenable = widenableTypes(schema.fields[...])
    for column in widenable.keys { widen(&schema.fields[column], for: files) }
    if fixed != nil && options.evolution.newColumns == .add {
      try addFields(to: &schema, from: files)
    }
    var (added, rescued) = try makeRoom(
      for: files.map { ($0.file, $0.schema.names) } + paths.newColumns, in: &schema)
    rescued?.holdsJSON = true
    if rescued == nil { try setTypes(of: added, in: &schema, files, paths) }
    if fixed != nil { try checkTypes(schema, given: givenTypes) }
    let partition: PartitionPlan
    if var existing = fixed?.plan {
      for (column, field) in schema.fields[..<added.lowerBound].enumerated()
      where widenable[column] != nil || field.type.isNested {
        existing.schema.fields[column].type = field.type
      }
      existing.append(schema.fields[added])
      partition = existing
    } else {
      let visible = schema.selecting(Array(0..<(rescued?.hidden.lowerBound ?? schema.count)))
      partition = try PartitionPlan(source: visible, terms: try partitionTerms(visible))
    }
    var plan = ConversionPlan(
      sources: [], sourceSchema: schema, inferredColumns: [], partition: partition,
      isGivenByTable: isGivenByTable, addedColumns: added, rescued: rescued, tableTypes: widenable,
      strictColumns: strictColumns(schema.fields[..<added.lowerBound]), paths: paths)
    plan.sourceNotes = [
      missingNote(files.map(\.schema.names) + [paths.names], areSampled: false)
    ].compactMap { $0 }
    try plan.bindPaths()
    try add(files, to: &plan)
    return plan
  }

  /// Adds the files, and how their columns fill those of the plan.
  private func add(
    _ files: [ParquetFile], to plan: inout ConversionPlan
  ) throws(GrebeError) {
    let schema = plan.sourceSchema
    let rescued = plan.rescued
    let lookup = SchemaLookup(schema)
    for file in files {
      let places = try positions(
        of: schema, lookup, in: file.schema, file.file, hidden: rescued?.hidden)
      for field in file.schema.fields
      where (field.type.hasNanos || file.int96Columns.contains(field.name))
        && !plan.nanosColumns.contains(field.name)
      {
        plan.nanosColumns.append(field.name)
      }
      plan.parquet.append(
        ParquetSource(
          file: file.file, ordinal: file.ordinal, rowCounts: file.rowCounts,
          positions: places, hidden: rescued?.hidden,
          ignoredColumns: ignoredColumns(of: file.schema, places, schema)
            + plan.paths.ignored(of: file.file),
          exactColumns: exactColumns(of: schema, lookup, in: file.schema)))
    }
  }

  private func parquetFiles(_ sources: [SourceFile]) throws(GrebeError) -> [ParquetFile] {
    var files: [ParquetFile] = []
    for (ordinal, file) in sources.enumerated() where file.sizeBytes > 0 {
      let metadata = try file.parquetReader().metadata
      files.append(
        ParquetFile(
          file: file, ordinal: ordinal, schema: metadata.schema,
          lookup: SchemaLookup(metadata.schema),
          rowCounts: metadata.rowGroups.map(\.rowCount),
          int96Columns: Set(metadata.tree.leaves.filter { $0.type == .int96 }.map { $0.path[0] })))
    }
    return files
  }

  /// Refuses types that would have no effect, beside those that the first columns were given: they
  /// may have been widened since.
  private func checkTypes(_ schema: Schema, given types: [DataType]) throws(GrebeError) {
    var given = schema
    for (column, type) in types.enumerated() { given.fields[column].type = type }
    try checkTypes(given, known: types.indices)
  }

  /// Gives a column the narrowest type that holds the table's numbers and those of the files. Where
  /// no type does, it keeps its own, and values that are not exactly of it are bad ones.
  private func widen(_ field: inout Field, for files: [ParquetFile]) {
    for file in files {
      guard let position = options.position(of: field.name, in: file.lookup) else { continue }
      let type = file.schema.fields[position].type
      guard type.isNumeric, !Cast.isWidening(from: type, to: field.type) else { continue }
      if Cast.isWidening(from: field.type, to: type) || type == .double {
        field.type = type
      } else if field.type == .float || field.type == .double {
        // No decimal has room for what doubles may be.
        field.type = .double
      } else {
        let wider = widenedType(field.type, toHold: type)
        if wider.isNumeric { field.type = wider }
      }
    }
  }

  /// Gives structs that are given the fields that files have besides, in types that hold those of
  /// every file.
  private func addFields(
    to schema: inout Schema, from files: [ParquetFile]
  ) throws(GrebeError) {
    let lookup = SchemaLookup(schema)
    var found: [Int: DataType] = [:]
    for file in files {
      for field in file.schema.fields where field.type.isNested {
        guard let index = options.position(of: field.name, in: lookup) else { continue }
        if let unknown = field.type.unknownPart {
          throw GrebeError(
            .unsupported, "column \(field.name) has the type \(unknown)", place: file.file.name)
        }
        let type = field.type.inMicroseconds
        found[index] = found[index].map { $0.joined(with: type) } ?? type
      }
    }
    for (index, type) in found {
      schema.fields[index].type = schema.fields[index].type.adding(fieldsOf: type.inTables)
    }
  }

  /// Gives columns that the table gets the types of the files' columns.
  private func setTypes(
    of columns: Range<Int>, in schema: inout Schema, _ files: [ParquetFile], _ paths: PathColumns
  ) throws(GrebeError) {
    guard !columns.isEmpty else { return }
    let types = try merged(files, paths)
    let lookup = SchemaLookup(types)
    for column in columns {
      guard let known = lookup.resolve(schema.fields[column].name) else { continue }
      schema.fields[column].type = types.fields[known].type
    }
  }

  private func merged(
    _ files: [ParquetFile], _ paths: PathColumns
  ) throws(GrebeError) -> Schema {
    var schema = Schema([])
    var lookup = SchemaLookup(schema)
    for file in files {
      try checkNames(of: file)
      for field in file.schema.fields {
        if let unknown = field.type.unknownPart {
          throw GrebeError(
            .unsupported, "column \(field.name) has the type \(unknown)", place: file.file.name)
        }
        let type = field.type.inMicroseconds
        guard let index = lookup.resolve(field.name) else {
          lookup.add(field.name, at: schema.count)
          schema.fields.append(Field(field.name, type))
          continue
        }
        let known = schema.fields[index].type
        if isNamed(field.name) || Cast.isWidening(from: type, to: known) { continue }
        guard Cast.isWidening(from: known, to: type) else {
          throw GrebeError(
            .corrupt, "column \(field.name) is \(type) here and \(known) in files before",
            place: file.file.name, hint: "--type \(field.name)=TYPE names the type that all become")
        }
        schema.fields[index].type = type
      }
    }
    for index in schema.fields.indices {
      schema.fields[index].type = schema.fields[index].type.inTables
    }
    guard !schema.fields.isEmpty else {
      throw GrebeError(.corrupt, "the files have no columns", place: files.first?.file.name ?? "")
    }
    let pathTypes = Dictionary(uniqueKeysWithValues: paths.types.map { ($0.name, $0.type) })
    for name in paths.names where lookup.resolve(name) == nil {
      schema.fields.append(Field(name, pathTypes[name] ?? .string))
    }
    return try hinted(schema)
  }

  private func checkNames(of file: ParquetFile) throws(GrebeError) {
    var seen: [String: String] = [:]
    for name in file.schema.names {
      if let other = seen.updateValue(name, forKey: name.lowercased()) {
        throw ambiguity(other, name, file.file)
      }
    }
  }

  private func ambiguity(_ first: String, _ second: String, _ file: SourceFile) -> GrebeError {
    GrebeError(
      .corrupt,
      first == second
        ? "the source has two columns \(first)"
        : "the source's columns \(first) and \(second) differ only in case", place: file.name,
      hint: "names of a table's columns have to differ in more than case")
  }

  /// Whether the user names the type of a new table's column, and so asks for a cast to it.
  private func isNamed(_ column: String) -> Bool {
    let isAppend = target.snapshot != nil && options.mode == .append
    return !isAppend
      && (options.allStrings || options.schema != nil
        || options.typeHints.keys.contains { $0.lowercased() == column.lowercased() })
  }

  /// With the types of `--type` and `--all-strings`.
  private func hinted(_ schema: Schema) throws(GrebeError) -> Schema {
    var schema = schema
    if options.allStrings {
      for index in schema.fields.indices { schema.fields[index].type = .string }
    }
    for (name, type) in options.typeHints {
      guard let index = schema.resolve(name) else {
        throw GrebeError(
          .invalidArgument, "no such column", place: "--type \(name)",
          hint: "the columns are " + schema.names.joined(separator: ", "))
      }
      schema.fields[index].type = type
    }
    return schema
  }

  /// Where a file has the columns that sources fill.
  ///
  /// - Parameter hidden: columns that values are rescued from, whatever their type.
  private func positions(
    of schema: Schema, _ lookup: SchemaLookup, in own: Schema, _ file: SourceFile,
    hidden: Range<Int>?
  ) throws(GrebeError) -> [Int?] {
    var positions = [Int?](repeating: nil, count: schema.count)
    for (position, field) in own.fields.enumerated() {
      guard let index = options.position(of: field.name, in: lookup) else { continue }
      if let other = positions[index] {
        throw ambiguity(own.fields[other].name, field.name, file)
      }
      let wanted = schema.fields[index].type
      if let fault = Cast.wideningFault(
        from: field.type.inMicroseconds, to: wanted,
        isCast: isNamed(field.name) || hidden?.contains(index) == true,
        mayDrop: options.evolution.newColumns == .ignore)
      {
        guard isJudgedByValue(fault) else { throw fault.error(column: field, as: wanted, file) }
      }
      positions[index] = position
    }
    return positions
  }

  /// Names of a file's columns that are left out, and of fields in columns that are not.
  private func ignoredColumns(
    of own: Schema, _ positions: [Int?], _ schema: Schema
  ) -> [String] {
    guard options.evolution.newColumns == .ignore else { return [] }
    var targets = [DataType?](repeating: nil, count: own.count)
    for (field, position) in zip(schema.fields, positions) {
      if let position { targets[position] = field.type }
    }
    return zip(own.fields, targets).flatMap { field, target in
      guard let target else { return [field.name] }
      return Cast.droppedFields(from: field.type, to: target).map { field.name + "." + $0 }
    }
  }

  /// Whether values are taken that are exactly ones of the column's type, and only the others are
  /// bad: of any types, where the others go to quarantine; of numbers, where columns are widened as
  /// far as that goes.
  private func isJudgedByValue(_ fault: WideningFault) -> Bool {
    guard fault.path.isEmpty, case .type(let type, let wanted) = fault.problem else { return false }
    switch options.evolution.typeConflicts {
    case .fail: return false
    case .widen: return type.isNumeric && wanted.isNumeric
    case .quarantine: return Cast.isPossible(from: type, to: wanted)
    }
  }

  /// Columns with such values, of types that nobody named.
  private func exactColumns(
    of schema: Schema, _ lookup: SchemaLookup, in own: Schema
  ) -> Set<String> {
    guard options.evolution.typeConflicts != .fail else { return [] }
    var names: Set<String> = []
    for field in own.fields {
      guard let index = options.position(of: field.name, in: lookup) else { continue }
      let wanted = schema.fields[index]
      let type = field.type.inMicroseconds
      if !isNamed(field.name), !Cast.isWidening(from: type, to: wanted.type) {
        names.insert(wanted.name)
      }
    }
    return names
  }

  // MARK: Preview

  func previewParquet(
    _ plan: ConversionPlan, _ sources: [SourceFile], known: [SourceFile]
  ) throws(GrebeError) -> ConversionPreview {
    let rowCount = plan.parquet.reduce(0) { $0 + $1.rowCounts.reduce(0, +) }
    return ConversionPreview(
      schema: plan.tableSchema, partitionColumns: plan.partition.partitionColumns,
      dialect: ["format: Parquet, \(rowCount) \(rowCount == 1 ? "row" : "rows")"],
      sources: target.sourceReports,
      rows: try firstRows(plan), notes: plan.notes,
      addedColumns: target.addedColumns(plan, options), ignoredColumns: plan.ignoredColumns)
  }

  private func firstRows(_ plan: ConversionPlan) throws(GrebeError) -> ColumnBatch {
    var rows = ColumnBatch(
      schema: plan.sourceSchema, columns: plan.sourceSchema.fields.map { Column($0.type, []) },
      rowCount: 0)
    if let source = plan.parquet.first(where: { !$0.fileColumns.isEmpty }),
      let rowGroup = source.rowCounts.firstIndex(where: { $0 > 0 })
    {
      var first: ColumnBatch?
      let reader = try source.file.parquetReader()
      _ = try source.file.reading { () throws(DeltaError) in
        try reader.forEachBatch(rowGroup: rowGroup, columns: source.fileColumns) { batch in
          first = batch.slice(0..<min(10, batch.rowCount))
          return false
        }
      }
      if let first {
        let lacks = { source.positions[$0] == nil }
        let defaults = plan.defaults(
          of: source.file,
          besides: try ColumnDefaults(plan.sourceSchema, given: plan.partition.given))
        let filled = try defaults.filling(
          source.rows(first, as: plan.sourceSchema).batch, lacks: lacks)
        rows = try plan.partition.comparing(filled, lacks: lacks).rows
      }
    }
    return try plan.completing(rows).rows
  }
}

extension WideningFault {
  /// Why a file's column is not loaded into a column of type `wanted`.
  fileprivate func error(column: Field, as wanted: DataType, _ file: SourceFile) -> GrebeError {
    let name = ([column.name] + path).joined(separator: ".")
    switch problem {
    case .type(let type, let needed):
      return GrebeError(
        .corrupt, "column \(name) is \(type), and the table's is \(needed): values could be lost",
        place: file.name,
        hint: "--on-type-conflict quarantine takes the values that are exactly \(needed) and sets "
          + "the other rows aside, widen gives numbers a wider type; or cast the source's column "
          + "to \(needed) first")
    case .dropped:
      return GrebeError(
        .corrupt, "the source has a field \(name) that the table lacks", place: file.name,
        hint: "--on-new-column add or ignore says what becomes of it; the table's column "
          + "\(column.name) is \(wanted)")
    case .missing:
      return GrebeError(
        .corrupt, "the source has no field \(name), and the table allows no nulls in it",
        place: file.name, hint: "the table's column \(column.name) is \(wanted)")
    }
  }
}

extension DataType {
  /// A type with the fields of both, each of the wider of its two types; of two that do not go
  /// together this one's.
  fileprivate func joined(with other: DataType) -> DataType {
    switch (self, other) {
    case (.structure(let fields), .structure(let others)):
      let types = Dictionary(
        others.map { ($0.name.lowercased(), $0.type) }, uniquingKeysWith: { first, _ in first })
      let joined = fields.map { field in
        var field = field
        if let type = types[field.name.lowercased()] { field.type = field.type.joined(with: type) }
        return field
      }
      return DataType.structure(joined).adding(fieldsOf: other)
    case (.array(let element, let containsNull), .array(let other, _)):
      return .array(element: element.joined(with: other), containsNull: containsNull)
    case (.map(let key, let value, let containsNull), .map(_, let other, _)):
      return .map(key: key, value: value.joined(with: other), valueContainsNull: containsNull)
    default: return Cast.isWidening(from: self, to: other) ? other : self
    }
  }
}
