import Columns
import Compute

/// GROUP BY, or aggregates over all rows.
struct AggregateOperator: GatheringOperator {
  let keys: [BoundExpression]
  let calls: [AggregateCall]
  let schema: Schema

  func makeCollector() -> any Collector { AggregateCollector(self) }
}

private final class AggregateCollector: Collector {
  private let plan: AggregateOperator
  /// What the aggregates are computed of, each once, and the place of each aggregate's.
  private let arguments: [BoundExpression]
  private let places: [Int?]
  private let groups: HashAggregate

  init(_ plan: AggregateOperator) {
    self.plan = plan
    var arguments: [BoundExpression] = []
    places = plan.calls.map { call in
      guard let argument = call.argument else { return nil }
      if let place = arguments.firstIndex(of: argument) { return place }
      arguments.append(argument)
      return arguments.count - 1
    }
    self.arguments = arguments
    groups = HashAggregate(keyTypes: plan.keys.map(\.type), calls: plan.calls)
  }

  var sizeBytes: Int { groups.sizeBytes }

  func consume(_ rows: RowBatch) throws(ComputeError) {
    let context = EvaluationContext(rows.batch, rows.selection)
    var keys: [Column] = []
    for key in plan.keys { keys.append(try context.evaluate(key)) }
    var columns: [Column] = []
    for argument in arguments { columns.append(try context.evaluate(argument)) }
    try groups.update(
      keys: keys, arguments: places.map { $0.map { columns[$0] } }, rowCount: context.rowCount,
      position: rows.position)
  }

  func merge(_ other: any Collector) throws(ComputeError) {
    guard let other = other as? AggregateCollector else { preconditionFailure("another operator") }
    try groups.merge(other.groups)
  }

  func finish() throws(ComputeError) -> ColumnBatch {
    let (columns, rowCount) = try groups.finish()
    return ColumnBatch(schema: plan.schema, columns: columns, rowCount: rowCount)
  }
}
