import Base
import Columns
import Delta

extension ConversionPlanner {
  /// Makes room for source columns that the given ones lack, as `--on-new-column` says.
  ///
  /// - Parameters:
  ///   - names: the columns of each source, as far as they have names.
  ///   - schema: the given columns; gets those that are added, the column of rescued fields, and
  ///     the hidden ones, all as strings.
  /// - Returns: positions of the columns that the table gets, and where rescued fields go.
  /// - Throws: `corrupt` for a column that is not wanted, naming it and its source.
  func makeRoom(
    for names: [(file: SourceFile, names: [String])], in schema: inout Schema
  ) throws(GrebeError) -> (added: Range<Int>, rescued: RescuedData?) {
    let given = schema
    let lookup = SchemaLookup(given)
    var new: [String] = []
    var seen: Set<String> = []
    for source in names {
      for name in source.names where options.position(of: name, in: lookup) == nil {
        try checkNew(name, source, given, lookup)
        if seen.insert(name.lowercased()).inserted { new.append(name) }
      }
    }
    let start = schema.count
    guard !new.isEmpty, let policy = options.evolution.newColumns, policy != .ignore else {
      return (start..<start, nil)
    }
    if policy == .rescue {
      let target = try rescuedColumn(in: &schema)
      let hidden = schema.count
      schema.fields += new.map { Field($0, .string) }
      return (start..<hidden, RescuedData(target: target, hidden: hidden..<schema.count))
    }
    schema.fields += new.map { Field($0, .string) }
    return (start..<schema.count, nil)
  }

  /// Position of the column that keeps what the given ones have no place for; adds it if need be.
  ///
  /// - Throws: `invalidArgument` if it is there and no string.
  func rescuedColumn(in schema: inout Schema) throws(GrebeError) -> Int {
    if let known = try RescuedData.position(in: schema) { return known }
    schema.fields.append(RescuedData.field)
    return schema.count - 1
  }

  /// Columns of an existing table that may be given another type, by position, and their types.
  func widenableTypes(_ fields: ArraySlice<Field>) -> [Int: DataType] {
    guard target.snapshot != nil, options.mode == .append,
      options.evolution.typeConflicts == .widen
    else { return [:] }
    var types: [Int: DataType] = [:]
    for (position, field) in zip(fields.indices, fields) where isWidenable(field) {
      types[position] = field.type
    }
    return types
  }

  /// Columns of an existing table that `--on-type-conflict widen` would give another type.
  func narrowColumns(_ fields: ArraySlice<Field>) -> Set<String> {
    guard target.snapshot != nil, options.mode == .append, options.evolution.typeConflicts == .fail
    else { return [] }
    return Set(fields.filter(isWidenable).map(\.name))
  }

  /// Whether it may be of a wider type: what is computed has the type of its expression, and that
  /// has the types of what it is computed of.
  private func isWidenable(_ field: Field) -> Bool {
    guard field.type.isNumeric, let table = target.snapshot?.metadata.schema,
      let index = table.index(of: field.name)
    else { return field.type.isNumeric }
    return !table.fields.contains {
      $0.generationExpression != nil
        && ($0.name == field.name || GeneratedColumn.reads(index, $0, in: table))
    }
  }

  private func checkNew(
    _ name: String, _ source: (file: SourceFile, names: [String]), _ given: Schema,
    _ lookup: SchemaLookup
  ) throws(GrebeError) {
    if let known = lookup.firstIgnoringCase(name).map({ given.fields[$0].name }) {
      throw GrebeError(
        .corrupt, "the source's column \(name) and the table's \(known) differ only in case",
        place: source.file.name, hint: "--match-columns ignore-case takes them for the same")
    }
    if options.evolution.newColumns == .ignore { return }
    guard options.evolution.newColumns == nil || options.evolution.newColumns == .fail else {
      return
    }
    let count = source.names.count { options.position(of: $0, in: lookup) == nil } - 1
    throw GrebeError(
      .corrupt,
      "the source has a column \(name)"
        + (count > 0 ? " and \(count) more \(count == 1 ? "column" : "columns")" : "")
        + " that \(isGivenByTable ? "the table" : "--schema") lacks", place: source.file.name,
      hint: "--on-new-column add, ignore or rescue says what becomes of "
        + "\(count > 0 ? "them" : "it"); the \(isGivenByTable ? "table's" : "given") columns are "
        + given.names.joined(separator: ", "))
  }
}

extension ConversionOptions {
  /// Position of the column that a source's column of this name fills.
  func position(of name: String, in lookup: SchemaLookup) -> Int? {
    evolution.matching.position(of: name, in: lookup)
  }
}

extension ConversionOptions.ColumnMatching {
  func position(of name: String, in lookup: SchemaLookup) -> Int? {
    switch self {
    case .exact: lookup.index(of: name)
    case .ignoreCase: lookup.resolve(name)
    }
  }
}

extension PartitionPlan {
  /// Adds columns that sources fill, before those that are computed.
  mutating func append(_ fields: some Collection<Field>) {
    schema.fields.insert(contentsOf: fields, at: schema.count - computed.count)
  }
}
