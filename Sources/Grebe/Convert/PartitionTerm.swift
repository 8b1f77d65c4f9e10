import Base
import Columns
import Compute
import Delta

/// One term of `--partition-by`: a column, or `year month day hour(column)`.
enum PartitionTerm: Equatable {
  case column(String)
  /// `field` is the table's column of that kind, where there is one already.
  case transform(PartitionTransform, source: String, field: Field? = nil)

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
  var computed: [(transform: PartitionTransform, sourceIndex: Int)] = []

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
      case .transform(let transform, let column, let field):
        name = try addComputed(transform, column, source, known: field)
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
  /// - Returns: the plan, and the columns that sources must hold.
  static func existing(
    _ schema: Schema, partitionColumns: [String]
  ) -> (plan: PartitionPlan, source: Schema) {
    let generations = schema.fields.map { PartitionTransform.generation(of: $0, in: schema) }
    let isSource = generations.map { $0 == nil }
    let source = Schema(zip(schema.fields, isSource).filter(\.1).map(\.0))
    var plan = PartitionPlan(schema: source, partitionColumns: partitionColumns)
    for (field, generation) in zip(schema.fields, generations) {
      guard let generation else { continue }
      // Columns are by position in the sources' schema from here on.
      let sourceIndex = isSource[..<generation.sourceIndex].count(where: \.self)
      plan.computed.append((generation.transform, sourceIndex))
      plan.schema.fields.append(field)
    }
    return (plan, source)
  }

  private init(schema: Schema, partitionColumns: [String]) {
    self.schema = schema
    self.partitionColumns = partitionColumns
  }

  private mutating func addComputed(
    _ transform: PartitionTransform, _ column: String, _ source: Schema, known: Field?
  ) throws(GrebeError) -> String {
    let index = try PartitionPlan.resolve(column, in: source)
    let field = source.fields[index]
    guard transform.accepts(field.type) else {
      throw GrebeError(
        .invalidArgument, "\(transform.rawValue)() needs a date or timestamp, not \(field.type)",
        place: "column \(field.name)", hint: "--type \(field.name)=TIMESTAMP sets the type")
    }
    let name = known?.name ?? transform.columnName(source: field.name)
    guard source.resolve(name) == nil else {
      throw GrebeError(
        .invalidArgument, "the sources already have a column of the computed column's name",
        place: name)
    }
    computed.append((transform, index))
    schema.fields.append(known ?? transform.field(source: field.name))
    return name
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
  func completing(_ batch: ColumnBatch) -> ColumnBatch {
    guard !computed.isEmpty else { return batch }
    let added = computed.map { $0.transform.apply(batch.columns[$0.sourceIndex]) }
    return ColumnBatch(schema: schema, columns: batch.columns + added, rowCount: batch.rowCount)
  }
}
