import Base
import Columns
import Compute
import Delta

/// One term of `--partition-by`: a column, or `year month day hour(column)`.
enum PartitionTerm: Equatable {
  case column(String)
  case transform(PartitionTransform, source: String)
  /// A column that the table has already, and computes.
  case computed(ColumnGeneration, source: String, field: Field)

  init(_ text: String) throws(GrebeError) {
    guard let open = text.firstIndex(of: "(") else {
      self = .column(text)
      return
    }
    let name = text[..<open].lowercased()
    let source = text[text.index(after: open)...].dropLast()
    guard text.hasSuffix(")"), !source.isEmpty, let transform = PartitionTransform(rawValue: name)
    else {
      throw GrebeError(
        .invalidArgument, "not a partition column", place: text,
        hint: "name a column, or year, month, day or hour of one: day(ordered_at)")
    }
    self = .transform(transform, source: String(source))
  }
}

/// The table's columns and how each is filled from what the sources hold.
struct PartitionPlan {
  /// Source columns first, computed partition columns after them.
  var schema: Schema
  var partitionColumns: [String] = []
  /// Columns of `schema` that are computed, in the order they follow the source columns.
  var computed: [(generation: ColumnGeneration, sourceIndex: Int)] = []
  /// Columns of the sources that are computed nevertheless, and compared.
  private(set) var given: [GivenColumn] = []

  /// Adds the terms of a new table to its source columns.
  init(source: Schema, terms: [PartitionTerm]) throws(GrebeError) {
    schema = source
    for term in terms {
      let name: String
      switch term {
      case .column(let column):
        let index = try PartitionPlan.resolve(column, in: source)
        name = source.fields[index].name
        guard source.fields[index].type.isOrdered else {
          throw GrebeError(
            .invalidArgument, "a \(source.fields[index].type) cannot partition a table",
            place: "column \(name)")
        }
      case .transform(let transform, let column):
        let index = try PartitionPlan.resolve(column, in: source)
        name = try addComputed(
          .transform(transform), of: index, in: source,
          as: transform.field(source: source.fields[index].name))
      case .computed(let generation, let column, let field):
        let index = try PartitionPlan.resolve(column, in: source)
        name = try addComputed(generation, of: index, in: source, as: field)
      }
      guard !partitionColumns.contains(name) else {
        throw GrebeError(.invalidArgument, "partition column named twice", place: name)
      }
      partitionColumns.append(name)
    }
    guard partitionColumns.count < schema.count else {
      throw GrebeError(
        .invalidArgument, "every column is a partition column",
        hint: "leave at least one column for the files")
    }
  }

  /// Takes an existing table's columns: those with a known generation expression are computed.
  ///
  /// - Parameter takes: whether sources may hold values of such a column; see `GivenColumn`.
  /// - Returns: the plan, and the columns that sources fill.
  static func existing(
    _ metadata: TableMetadata, takes: (Field) -> Bool
  ) throws(GrebeError) -> (plan: PartitionPlan, source: Schema) {
    let fields = metadata.schema.fields
    let generations = fields.map { ColumnGeneration.of($0, in: metadata.schema) }
    let isSource = fields.indices.map { generations[$0] == nil || takes(fields[$0]) }
    // Columns are by position in the sources' schema from here on.
    func place(_ index: Int) -> Int { isSource[..<index].count(where: \.self) }
    let source = Schema(zip(fields, isSource).filter(\.1).map(\.0))
    var plan = PartitionPlan(schema: source, partitionColumns: metadata.partitionColumns)
    for (index, generation) in generations.enumerated() {
      guard let (generation, sourceIndex) = generation else { continue }
      if isSource[index] {
        plan.given.append(
          try GivenColumn(
            fields[index], generation, column: place(index), sourceIndex: place(sourceIndex)))
      } else {
        plan.computed.append((generation, place(sourceIndex)))
        plan.schema.fields.append(fields[index])
      }
    }
    return (plan, source)
  }

  private init(schema: Schema, partitionColumns: [String]) {
    self.schema = schema
    self.partitionColumns = partitionColumns
  }

  private mutating func addComputed(
    _ generation: ColumnGeneration, of index: Int, in source: Schema, as made: Field
  ) throws(GrebeError) -> String {
    let field = source.fields[index]
    guard generation.accepts(field.type) else {
      throw GrebeError(
        .invalidArgument, "\(generation.name)() needs a date or timestamp, not \(field.type)",
        place: "column \(field.name)", hint: "--type \(field.name)=TIMESTAMP sets the type")
    }
    guard source.resolve(made.name) == nil else {
      throw GrebeError(
        .invalidArgument, "the sources already have a column of the computed column's name",
        place: made.name)
    }
    computed.append((generation, index))
    schema.fields.append(made)
    return made.name
  }

  private static func resolve(_ name: String, in schema: Schema) throws(GrebeError) -> Int {
    guard let index = schema.resolve(name) else {
      throw GrebeError(
        .invalidArgument, "no such column", place: name,
        hint: "the columns are " + schema.names.joined(separator: ", "))
    }
    return index
  }

  /// Source rows with the computed columns added. O(rows) per computed column.
  func completing(_ batch: ColumnBatch) throws(GrebeError) -> ColumnBatch {
    guard !computed.isEmpty else { return batch }
    var columns = batch.columns
    for (generation, sourceIndex) in computed {
      columns.append(
        try exposing { () throws(ComputeError) in
          try generation.apply(batch.columns[sourceIndex])
        })
    }
    return ColumnBatch(schema: schema, columns: columns, rowCount: batch.rowCount)
  }
}
