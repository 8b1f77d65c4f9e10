import Columns
import Compute
import Parquet

/// Leaves out files in which no row can satisfy a predicate, by what the log says of them.
/// Partition values count as statistics that are exact. Fields of structs count like columns.
struct FilePruner: Sendable {
  /// What the predicate reads: a column, or a field of a struct.
  fileprivate struct Operand: Sendable {
    /// Position of the column in the table's schema.
    let column: Int
    /// Physical names from the column to the field.
    let path: [String]
    /// As the metadata declares it: a variant, which reads as text, has no bounds of texts.
    let field: Field
  }

  /// Over the operands.
  private let evaluator: PruningEvaluator
  private let operands: [Operand]
  private let target: ScanTarget

  init(_ predicate: BoundExpression, target: ScanTarget) {
    var operands: [Operand] = []
    let flat = predicate.replacing { part in
      guard let path = part.fieldPath, let operand = Operand(path, target.declaredSchema) else {
        return nil
      }
      let known = operands.firstIndex { $0.path == operand.path }
      if known == nil { operands.append(operand) }
      return BoundExpression(.column(known ?? operands.count - 1), part.type)
    }
    evaluator = PruningEvaluator(flat)
    self.operands = operands
    self.target = target
  }

  func canMatch(_ file: AddFile) throws(DeltaError) -> Bool {
    let statistics = StatisticsReader(file)
    let rowCount = statistics?.rowCount.flatMap { Int(exactly: $0) }
    let partitions = try partitionStatistics(file, rowCount: rowCount)
    let verdict = evaluator.verdict(rowCount: rowCount) { index in
      partitions[index] ?? statistics?.column(operands[index].path, operands[index].field)
    }
    return verdict != .none
  }

  /// The predicate in the terms of one file, whose footer is known now.
  func opening(
    _ file: AddFile, _ metadata: ParquetMetadata
  ) throws(DeltaError) -> RowGroupPruner {
    var sources: [Int: RowGroupPruner.Source] = [:]
    // A partition value that is null is null in as many rows as a row group has.
    let partitions = try partitionStatistics(file, rowCount: nil)
    for index in evaluator.columnIndices {
      sources[index] =
        target.isPartitionColumn(operands[index].column)
        ? partitions[index].map { .constant($0) } ?? .nulls : try source(operands[index], metadata)
    }
    return RowGroupPruner(evaluator: evaluator, sources: sources)
  }

  private func source(
    _ operand: Operand, _ metadata: ParquetMetadata
  ) throws(DeltaError) -> RowGroupPruner.Source {
    let field = target.physicalSchema.fields[operand.column]
    guard let column = try metadata.column(of: field, target.columnMapping) else { return .nulls }
    var type = metadata.schema.fields[column].type
    var path = [metadata.schema.fields[column].name]
    for name in operand.path.dropFirst() {
      // Which field has which id is not looked up for this.
      guard target.columnMapping != .id, case .structure(let fields) = type else { return .unknown }
      guard let index = Schema(fields).resolve(name) else { return .nulls }
      type = fields[index].type
      path.append(fields[index].name)
    }
    // Of lists nothing is known, and a column that has been widened to another kind of value has
    // bounds of the kind it was.
    guard let leaf = metadata.tree.leaf(path), !type.isNested,
      type.hasBounds(like: operand.field.type)
    else { return .unknown }
    return .leaf(leaf)
  }

  /// By operand; none for a null partition value of a file of unknown size.
  private func partitionStatistics(
    _ file: AddFile, rowCount: Int?
  ) throws(DeltaError) -> [Int: ColumnStatistics] {
    var known: [Int: ColumnStatistics] = [:]
    for index in evaluator.columnIndices where target.isPartitionColumn(operands[index].column) {
      let operand = operands[index]
      let text = file.partitionValues[operand.path[0]] ?? nil
      let value = try partitionScalar(
        text, type: operand.field.type, column: target.schema.fields[operand.column].name)
      known[index] =
        value.isNull
        ? rowCount.map { ColumnStatistics(nullCount: $0) }
        : ColumnStatistics(min: value, max: value, nullCount: 0)
    }
    return known
  }
}

extension FilePruner.Operand {
  /// Nil for a path that leads through something other than structs.
  fileprivate init?(_ positions: [Int], _ schema: Schema) {
    var field = schema.fields[positions[0]]
    var path = [field.name]
    for position in positions.dropFirst() {
      guard case .structure(let fields) = field.type else { return nil }
      field = fields[position]
      path.append(field.name)
    }
    self.init(column: positions[0], path: path, field: field)
  }
}

extension DataType {
  /// Whether bounds of this type's values compare with values of `other`.
  fileprivate func hasBounds(like other: DataType) -> Bool {
    switch (self, other) {
    case _ where self == other: true
    case _ where isInteger && other.isInteger: true
    case (.float, .double), (.decimal, .decimal): true
    default: false
    }
  }
}
