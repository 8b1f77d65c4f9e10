import Base
import Columns
import Compute

/// One execution of a query.
struct QueryRun: Sendable {
  private let source: any BatchSource
  private let scan: LogicalPlan.ScanNode
  private let streaming: [Pipeline.Step]
  private let remainder: [Pipeline.Step]
  private let parallelism: Int
  private let memoryBudgetBytes: Int
  private let sink: @Sendable (ColumnBatch) throws -> Bool

  /// Rows of a gathered result that are handed out at a time.
  private static let outputRows = 1 << 16

  init(
    _ query: PreparedQuery, parallelism: Int, memoryBudgetBytes: Int,
    sink: @escaping @Sendable (ColumnBatch) throws -> Bool
  ) {
    source = query.source
    scan = query.plan.scan
    let pipeline = Pipeline(query.plan)
    streaming = pipeline.streaming
    remainder = pipeline.remainder
    self.parallelism = parallelism
    self.memoryBudgetBytes = memoryBudgetBytes
    self.sink = sink
  }

  func run() throws -> QuerySummary {
    if case .gather(let gathering) = remainder.first { return try runGathering(gathering) }
    return try runStreaming()
  }

  // MARK: Plain SELECT

  /// Filters and projects on every worker; rows leave in the order of the table.
  private func runStreaming() throws -> QuerySummary {
    var limit = LimitOperator(count: nil, offset: 0)
    var last: [Pipeline.Step] = []
    if case .limit(let count, let offset) = remainder.first {
      limit = LimitOperator(count: count, offset: offset)
      last = Array(remainder.dropFirst())
    }
    precondition(last.isEmpty, "rows of a plain SELECT pass one limit and nothing after it")
    if limit.isDone { return QuerySummary(metrics: ScanMetrics(), rowCount: 0) }
    let emitter = OrderedEmitter(limit: limit, budgetBytes: memoryBudgetBytes / 2, sink: sink)
    let metrics = try scanSource { _, unit, batch in
      guard let batch else { return emitter.take(nil, of: unit) }
      let rows = try Pipeline.stream(
        RowBatch(batch: batch, selection: nil, position: 0), through: streaming)
      if rows.rowCount == 0 { return true }
      return emitter.take(rows.selected, of: unit)
    }
    if let failure = emitter.failure { throw failure }
    return QuerySummary(metrics: metrics, rowCount: emitter.rowCount)
  }

  // MARK: Gathering

  /// Every worker gathers on its own; what they have is merged, finished and handed out.
  private func runGathering(_ gathering: any GatheringOperator) throws -> QuerySummary {
    let states = WorkerStates(count: parallelism)
    let metrics = try scanSource { worker, unit, batch in
      guard let batch else { return true }
      try states.with(worker) { state throws(QueryError) in
        do throws(ComputeError) {
          try gather(batch, unit, gathering, &state)
        } catch {
          throw QueryError(running: error)
        }
        if states.account(&state) > memoryBudgetBytes { throw overBudget() }
      }
      return true
    }
    let result: ColumnBatch
    do throws(ComputeError) {
      let collectors = states.takeCollectors()
      let first = collectors.first ?? gathering.makeCollector()
      for other in collectors.dropFirst() { try first.merge(other) }
      result = try Pipeline.finish(first.finish(), through: Array(remainder.dropFirst()))
    } catch {
      throw QueryError(running: error)
    }
    return QuerySummary(metrics: metrics, rowCount: try handOut(result))
  }

  private func gather(
    _ batch: ColumnBatch, _ unit: Int, _ gathering: any GatheringOperator,
    _ state: inout WorkerStates.State
  ) throws(ComputeError) {
    if state.unit != unit {
      state.unit = unit
      state.rowsBefore = 0
    }
    let position = Int64(unit) << 32 | state.rowsBefore
    state.rowsBefore += Int64(batch.rowCount)
    let rows = try Pipeline.stream(
      RowBatch(batch: batch, selection: nil, position: position), through: streaming)
    if rows.rowCount == 0 { return }
    let collector = state.collector ?? gathering.makeCollector()
    state.collector = collector
    try collector.consume(rows)
  }

  private func overBudget() -> QueryError {
    QueryError(
      .resourceLimit,
      "the query needs more than the \(memoryBudgetBytes >> 20) MiB of memory it may use",
      hint: "allow more with --memory, group by fewer values, or add a LIMIT to an ORDER BY")
  }

  private func handOut(_ result: ColumnBatch) throws -> Int {
    var row = 0
    while row < result.rowCount {
      let end = min(row + QueryRun.outputRows, result.rowCount)
      if try !sink(result.slice(row..<end)) { return end }
      row = end
    }
    return row
  }

  private func scanSource(
    _ consume: @Sendable (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
  ) throws(QueryError) -> ScanMetrics {
    do {
      return try source.scan(
        columns: scan.columns, predicate: scan.predicate, parallelism: parallelism, consume)
    } catch {
      throw QueryError(running: error)
    }
  }
}
