import Base
import Columns
import Compute
import Delta

/// One term of `--partition-by`: a column, or `year month day hour(column)`.
enum PartitionTerm: Equatable {
  case column(String)
  case transform(PartitionTransform, source: String)
  /// A column that the table has already, and computes.
  case generated(Field)

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
  private(set) var computed: [GeneratedColumn] = []
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
        let field = source.fields[try PartitionPlan.resolve(column, in: source)]
        guard transform.accepts(field.type) else {
          throw GrebeError(
            .invalidArgument,
            "\(transform.rawValue)() needs \(transform.accepted), not \(field.type)",
            place: "column \(field.name)", hint: "--type \(field.name)=TIMESTAMP sets the type")
        }
        name = try addComputed(transform.field(source: field.name), of: source)
      case .generated(let field): name = try addComputed(field, of: source)
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
    let source = Schema(fields.filter { $0.generationExpression == nil || takes($0) })
    var plan = PartitionPlan(schema: source, partitionColumns: metadata.partitionColumns)
    for field in fields where field.generationExpression != nil {
      let generated = try GeneratedColumn(field, over: source)
      if let column = source.fields.firstIndex(where: { $0.name == field.name }) {
        plan.given.append(try GivenColumn(generated, column: column))
      } else {
        plan.computed.append(generated)
        plan.schema.fields.append(field)
      }
    }
    return (plan, source)
  }

  private init(schema: Schema, partitionColumns: [String]) {
    self.schema = schema
    self.partitionColumns = partitionColumns
  }

  private mutating func addComputed(
    _ field: Field, of source: Schema
  ) throws(GrebeError) -> String {
    guard source.resolve(field.name) == nil else {
      throw GrebeError(
        .invalidArgument, "the sources already have a column of the computed column's name",
        place: field.name)
    }
    computed.append(try GeneratedColumn(field, over: source))
    schema.fields.append(field)
    return field.name
  }

  /// Takes the columns that sources fill as they are now, of wider types than before.
  mutating func bind(over source: Schema) throws(GrebeError) {
    for index in computed.indices {
      if let (kind, sourceIndex) = computed[index].transform {
        let field = source.fields[sourceIndex]
        guard kind.accepts(field.type) else {
          throw GrebeError(
            .corrupt, "\(kind.rawValue)() needs \(kind.accepted), and a value is none",
            place: "column \(field.name)", hint: "partition by another column, or clean the source")
        }
      }
      computed[index] = try GeneratedColumn(computed[index].field, over: source)
    }
    for index in given.indices {
      let known = given[index]
      given[index] = try GivenColumn(
        GeneratedColumn(known.generated.field, over: source), column: known.column)
    }
  }

  private static func resolve(_ name: String, in schema: Schema) throws(GrebeError) -> Int {
    guard let index = schema.resolve(name) else {
      throw GrebeError(
        .invalidArgument, "no such column", place: name,
        hint: "the columns are " + schema.names.joined(separator: ", "))
    }
    return index
  }

  /// Source rows with the computed columns added, and the rows for which one cannot be computed.
  /// O(rows) per computed column.
  func completing(
    _ batch: ColumnBatch
  ) throws(GrebeError) -> (rows: ColumnBatch, violations: [RowRules.Violation]) {
    guard !computed.isEmpty else { return (batch, []) }
    var columns = batch.columns
    var violations: [RowRules.Violation] = []
    for generated in computed {
      let (values, faults) = try generated.compute(
        batch, isPartition: partitionColumns.contains(generated.field.name))
      columns.append(values)
      violations += faults
    }
    return (ColumnBatch(schema: schema, columns: columns, rowCount: batch.rowCount), violations)
  }
}
