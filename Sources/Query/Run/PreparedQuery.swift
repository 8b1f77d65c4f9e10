import Base
package import Columns
package import Compute

/// A SELECT that is understood and planned, ready to run any number of times.
package struct PreparedQuery: Sendable {
  /// The columns of the result.
  package let schema: Schema
  let plan: LogicalPlan
  package let source: any BatchSource

  /// For every column of the result the position of the table's column that it is, as it stands;
  /// nil for what is computed.
  package var tableColumns: [Int?] { plan.tableColumns }

  /// Reads the text, finds the table and plans.
  ///
  /// - Parameter resolve: opens the table that FROM names. Not called without a FROM.
  /// - Throws: `QueryError`, also for what `resolve` throws.
  package init(
    sql: String, resolve: (QueryTable) throws -> any BatchSource
  ) throws(QueryError) {
    var parser = try Parser(sql)
    let statement = try parser.parseSelect()
    if let table = statement.table {
      do { source = try resolve(table) } catch { throw QueryError(error, at: table.position) }
    } else {
      let nothing = Schema([])
      let row = ColumnBatch(schema: nothing, columns: [], rowCount: 1)
      source = MemorySource(schema: nothing, batches: [row])
    }
    plan = try Planner.plan(statement, over: source.schema)
    schema = plan.schema
  }

  /// Runs the query.
  ///
  /// Rows come in the order that ORDER BY gives; without one in the order of the table, groups in
  /// the order of their first rows, whatever the number of workers.
  ///
  /// - Parameters:
  ///   - parallelism: worker threads, at least 1.
  ///   - memoryBudgetBytes: groups and sorted rows may take this much, waiting rows of a plain
  ///     SELECT a part of it.
  ///   - sink: is given the rows; false stops the query. Called from one thread at a time, not
  ///     always the same one.
  /// - Throws: `QueryError`, or what `sink` threw.
  @discardableResult
  package func run(
    parallelism: Int, memoryBudgetBytes: Int = 1 << 30, sink: (ColumnBatch) throws -> Bool
  ) throws -> QuerySummary {
    try withoutActuallyEscaping(sink) { sink in
      // SAFETY: the sink is called under the emitter's lock, or when the workers have ended.
      nonisolated(unsafe) let sink = sink
      let run = QueryRun(
        self, parallelism: max(parallelism, 1), memoryBudgetBytes: memoryBudgetBytes,
        sink: { batch in unsafe try sink(batch) })
      return try run.run()
    }
  }

  /// The whole result.
  package func collect(parallelism: Int = 1) throws -> [ColumnBatch] {
    var batches: [ColumnBatch] = []
    try run(parallelism: parallelism) { batch in
      batches.append(batch)
      return true
    }
    return batches
  }
}

/// What a query did.
package struct QuerySummary: Sendable {
  package var metrics: ScanMetrics
  /// Rows of the result.
  package var rowCount: Int
}

/// A constant that a table stores, such as a column's default, as a value of `type`.
///
/// - Throws: `QueryError` for a text that is none, or whose value does not fit.
package func parseConstant(_ text: String, as type: DataType) throws(QueryError) -> Scalar {
  var (lowering, expression) = try parse(text, .spark, over: Schema([]), as: "the constant")
  let bound = try lowering.lower(expression)
  do throws(ComputeError) {
    let none = ColumnBatch(schema: Schema([]), columns: [], rowCount: 1)
    return try lowering.spark.cast(bound, to: type).evaluate(on: none)[0]
  } catch {
    throw QueryError(error)
  }
}

/// What a generated column holds: an expression over the other columns, of the column's own type as
/// Delta asks for.
///
/// - Throws: `QueryError` with the place in the text; `unsupported` for a value that would have to
///   be rounded to be of the type.
package func parseGeneration(
  _ text: String, as type: DataType, over schema: Schema
) throws(QueryError) -> BoundExpression {
  var (lowering, expression) = try parse(text, .spark, over: schema, as: "the expression")
  lowering.isStored = true
  let bound = try lowering.lower(expression)
  guard bound.type.isOfOneKind(with: type) else {
    throw QueryError(.unsupported, "the expression is of type \(bound.type), not \(type)")
  }
  do throws(ComputeError) { return try Binder.cast(bound, to: type) } catch {
    throw QueryError(error)
  }
}

extension DataType {
  /// Whether a value of this type that fits the other is the same in it. Engines differ in the
  /// digits that they give results.
  fileprivate func isOfOneKind(with other: DataType) -> Bool {
    switch (self, other) {
    case (.decimal(_, let scale), .decimal(_, let wider)): scale <= wider
    default: self == other || isInteger && other.isInteger || self == .void
    }
  }
}

/// A condition on its own, such as `--where` takes.
///
/// - Parameter dialect: `spark` for what a table stores.
/// - Throws: `QueryError` with the place in the text.
package func parseCondition(
  _ text: String, _ dialect: SQLDialect = .grebe, over schema: Schema
) throws(QueryError) -> BoundExpression {
  var (lowering, condition) = try parse(text, dialect, over: schema, as: "the condition")
  return try lowering.lowerCondition(condition)
}

/// An expression on its own, and what binds it.
///
/// - Parameter clause: what it is, for messages.
private func parse(
  _ text: String, _ dialect: SQLDialect, over schema: Schema, as clause: String
) throws(QueryError) -> (lowering: Lowering, expression: SQLExpression) {
  var parser = try Parser(text, dialect)
  let expression = try parser.parseCondition()
  var lowering = Lowering(SelectStatement(text: parser.text), schema)
  lowering.clause = clause
  lowering.dialect = dialect
  return (lowering, expression)
}

/// What holds of rows for which a condition is false or null, which is never unknown.
package func parseViolation(
  of text: String, _ dialect: SQLDialect = .grebe, over schema: Schema
) throws(QueryError) -> BoundExpression {
  let condition = try parseCondition(text, dialect, over: schema)
  do throws(ComputeError) {
    return try Binder.not(
      Binder.choose(
        [.init(condition: condition, value: .constant(true))], otherwise: .constant(false)))
  } catch {
    throw QueryError(error)
  }
}
