import Columns
import Compute

/// The operators of a plan in the order in which rows meet them, the scan apart.
struct Pipeline {
  enum Step {
    case filter(FilterOperator)
    case project(ProjectOperator)
    case gather(any GatheringOperator)
    case limit(count: Int?, offset: Int)
  }

  private(set) var steps: [Step] = []

  init(_ plan: LogicalPlan) {
    var next: LogicalPlan? = plan
    while let plan = next {
      if let step = Pipeline.step(plan) { steps.append(step) }
      next = plan.input
    }
    steps.reverse()
  }

  private static func step(_ plan: LogicalPlan) -> Step? {
    switch plan {
    case .scan: return nil
    case .filter(_, let predicate): return .filter(FilterOperator(predicate: predicate))
    case .project(_, let expressions, let schema):
      return .project(ProjectOperator(expressions: expressions, schema: schema))
    case .aggregate(_, let keys, let calls):
      return .gather(AggregateOperator(keys: keys, calls: calls, schema: plan.schema))
    case .distinct: return .gather(DistinctOperator(schema: plan.schema))
    case .sort(_, let keys, let limit):
      return .gather(SortOperator(schema: plan.schema, keys: keys, limit: limit))
    case .limit(_, let count, let offset): return .limit(count: count, offset: offset)
    }
  }

  /// The filters and projections that rows pass one batch at a time, before anything has to wait.
  var streaming: [Step] {
    Array(
      steps.prefix {
        if case .filter = $0 { true } else if case .project = $0 { true } else { false }
      })
  }

  /// What is left after them: begins with a gathering operator or a limit.
  var remainder: [Step] { Array(steps.dropFirst(streaming.count)) }

  /// Runs filters and projections.
  static func stream(_ rows: RowBatch, through steps: [Step]) throws(ComputeError) -> RowBatch {
    var rows = rows
    for step in steps where rows.rowCount > 0 {
      switch step {
      case .filter(let filter): rows = try filter.apply(rows)
      case .project(let project): rows = try project.apply(rows)
      case .gather, .limit: preconditionFailure("not a streaming operator")
      }
    }
    return rows
  }

  /// Runs what comes after the first gathering operator, on its whole result.
  static func finish(_ batch: ColumnBatch, through steps: [Step]) throws(ComputeError)
    -> ColumnBatch
  {
    var rows = RowBatch(batch: batch, selection: nil, position: 0)
    for step in steps {
      switch step {
      case .filter(let filter): rows = try filter.apply(rows)
      case .project(let project): rows = try project.apply(rows)
      case .gather(let gathering):
        let collector = gathering.makeCollector()
        try collector.consume(rows)
        rows = RowBatch(batch: try collector.finish(), selection: nil, position: 0)
      case .limit(let count, let offset):
        var limit = LimitOperator(count: count, offset: offset)
        let batch = rows.selected
        rows = RowBatch(
          batch: limit.apply(batch) ?? batch.slice(0..<0), selection: nil, position: 0)
      }
    }
    return rows.selected
  }
}
