import Columns
import Compute

/// What a query computes, as steps from the table (innermost) to the result.
///
/// Expressions refer to the columns of the step below.
indirect enum LogicalPlan: Sendable {
  case scan(ScanNode)
  case filter(LogicalPlan, BoundExpression)
  /// The keys and then the aggregates, a row a group; without keys one row in all.
  case aggregate(LogicalPlan, keys: [BoundExpression], calls: [AggregateCall])
  case project(LogicalPlan, [BoundExpression], Schema)
  case distinct(LogicalPlan)
  /// Only the first `limit` rows matter.
  case sort(LogicalPlan, [SortKey], limit: Int?)
  case limit(LogicalPlan, count: Int?, offset: Int)

  /// What is asked of the table.
  struct ScanNode: Sendable {
    var table: String
    /// Of the table's schema, in its order.
    var columns: ScanColumns
    var schema: Schema
    /// Over the table's schema: the source leaves out what it can, the filter above does the rest.
    var predicate: BoundExpression?
  }

  var schema: Schema {
    switch self {
    case .scan(let node): return node.schema
    case .filter(let below, _), .distinct(let below), .sort(let below, _, _),
      .limit(let below, _, _):
      return below.schema
    case .project(_, _, let schema): return schema
    case .aggregate(let below, let keys, let calls):
      let names = below.schema.names
      return Schema(
        keys.map { Field($0.description(names: names), $0.type) }
          + calls.map { Field($0.description(names: names), $0.type) })
    }
  }

  /// The step below; nil for the scan.
  var input: LogicalPlan? {
    switch self {
    case .scan: nil
    case .filter(let below, _), .aggregate(let below, _, _), .project(let below, _, _),
      .distinct(let below), .sort(let below, _, _), .limit(let below, _, _):
      below
    }
  }

  /// For every column of the result the position of the table's column that it is, as it stands;
  /// nil for what is computed.
  var tableColumns: [Int?] {
    func chosen(_ expressions: [BoundExpression], _ below: LogicalPlan) -> [Int?] {
      let columns = below.tableColumns
      return expressions.map { expression in
        if case .column(let index) = expression.node { columns[index] } else { nil }
      }
    }
    switch self {
    case .scan(let node): return node.columns.positions
    case .filter(let below, _), .distinct(let below), .sort(let below, _, _),
      .limit(let below, _, _):
      return below.tableColumns
    case .project(let below, let expressions, _): return chosen(expressions, below)
    case .aggregate(let below, let keys, let calls):
      return chosen(keys, below) + calls.map { _ in nil }
    }
  }

  var scan: ScanNode {
    var plan = self
    while true {
      if case .scan(let node) = plan { return node }
      guard let below = plan.input else { preconditionFailure("a plan without a scan") }
      plan = below
    }
  }
}
