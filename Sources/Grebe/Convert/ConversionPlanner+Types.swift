import Base
import Columns
import Delta
import Ingest

// What the user says of types, and what the table or `--schema` says.
extension ConversionPlanner {
  /// Refuses types that would have no effect: those of columns that are not there, and other types
  /// than columns are given.
  ///
  /// - Parameter known: positions of the columns whose types are given.
  func checkTypes(_ schema: Schema, known: Range<Int>) throws(GrebeError) {
    let lookup = SchemaLookup(schema)
    let giver = isGivenByTable ? "the table" : "--schema"
    func refusal(_ field: Field, _ place: String) -> GrebeError {
      GrebeError(
        .invalidArgument, "column \(field.name) is \(field.type) by \(giver)", place: place,
        hint: isGivenByTable
          ? "leave the option out, or load into another table" : "a column has one type")
    }
    for (name, type) in options.typeHints.sorted(by: { $0.key < $1.key }) {
      guard let index = lookup.resolve(name) else {
        throw GrebeError(
          .invalidArgument, "no such column", place: "--type \(name)",
          hint: "the columns are " + schema.names.joined(separator: ", "))
      }
      let field = schema.fields[index]
      if known.contains(index) && field.type != type {
        throw refusal(field, "--type \(name)=\(type)")
      }
    }
    if options.allStrings, isGivenByTable,
      let field = schema.fields[known].first(where: { $0.type != .string && !isHinted($0) })
    {
      throw refusal(field, "--all-strings")
    }
  }

  /// Refuses what can be told to be wrong without a look at sources.
  func checkOptions() throws(GrebeError) {
    for text in options.partitionBy where text != "none" { _ = try PartitionTerm(text) }
    if isGivenByTable, let metadata = target.snapshot?.metadata { try checkAgainstTable(metadata) }
    for format in [options.dialect.dateFormat, options.dialect.timestampFormat] {
      if let format { try exposing { () throws(IngestError) in try checkTemporalFormat(format) } }
    }
  }

  /// Columns of an existing table whose type the load does not name itself, by position.
  func strictColumns(_ fields: ArraySlice<Field>) -> Set<Int> {
    guard isGivenByTable else { return [] }
    return Set(
      fields.indices.filter { index in
        !isHinted(fields[index]) && options.schema?.resolve(fields[index].name) == nil
      })
  }

  /// What to say of columns that `--schema` has and no source: a name may be misspelt.
  ///
  /// - Parameters:
  ///   - names: the columns of each source; nil for one that fills them by position.
  ///   - areSampled: whether records further on may have others.
  func missingNote(_ names: [[String]?], areSampled: Bool) -> String? {
    guard let schema = options.schema, !names.isEmpty else { return nil }
    let lookup = SchemaLookup(schema)
    var filled: Set<Int> = []
    for own in names {
      guard let own else { return nil }
      filled.formUnion(own.compactMap { options.position(of: $0, in: lookup) })
    }
    let missing = schema.fields.indices.filter { !filled.contains($0) }.map { schema.fields[$0] }
      .filter {
        $0.generationExpression == nil && $0.metadata[ColumnDefaults.metadataKey] == nil
      }.map(\.name)
    if missing.isEmpty { return nil }
    let (columns, are) = missing.count == 1 ? ("column", "is") : ("columns", "are")
    let rest = missing.count - 5
    return "note: \(columns) \(missing.prefix(5).joined(separator: ", "))"
      + "\(rest > 0 ? " and \(rest) more" : "") of --schema \(are) in no "
      + (areSampled ? "record of the samples, and null where" : "source, and null in all rows")
      + (areSampled ? " others lack \(missing.count == 1 ? "it" : "them"), too" : "")
  }

  var isGivenByTable: Bool { target.snapshot != nil && options.mode == .append }

  private func isHinted(_ field: Field) -> Bool {
    let name = field.name.lowercased()
    return options.typeHints.keys.contains { $0.lowercased() == name }
  }
}
