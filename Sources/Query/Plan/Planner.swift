import Base
import Columns
import Compute

/// Plans a SELECT over a table of a known schema.
struct Planner {
  private let statement: SelectStatement
  private let schema: Schema
  private var lowering: Lowering

  /// One column of the result, or one that only the order needs.
  private struct Output {
    var expression: BoundExpression
    var name: String
  }

  static func plan(_ statement: SelectStatement, over schema: Schema) throws(QueryError)
    -> LogicalPlan
  {
    var planner = Planner(statement, schema)
    return try planner.plan()
  }

  private init(_ statement: SelectStatement, _ schema: Schema) {
    self.statement = statement
    self.schema = schema
    lowering = Lowering(statement, schema)
  }

  private mutating func plan() throws(QueryError) -> LogicalPlan {
    let items = try expandedItems()
    for item in items {
      if let alias = item.alias { lowering.aliases[alias.lowercased()] = item.expression }
    }
    lowering.clause = "WHERE"
    let predicate = try statement.condition.map { part throws(QueryError) in
      try lowering.lowerCondition(part)
    }
    lowering.keys = try groupingKeys(items)
    lowering.clause = "SELECT"
    var outputs: [Output] = []
    for item in items {
      let expression = try lowering.lower(item.expression)
      if let unknown = expression.type.unknownPart {
        throw QueryError(
          .unsupported,
          "column \"\(item.name)\" has the type \(unknown), which this build does not read",
          at: statement.position(item.expression.range),
          hint: "name the columns that are wanted instead of *")
      }
      guard !statement.isDistinct || expression.type.isOrdered else {
        throw QueryError(
          .unsupported, "DISTINCT cannot compare values of type \(expression.type)",
          at: statement.position(item.expression.range))
      }
      outputs.append(Output(expression: expression, name: item.name))
    }
    lowering.clause = "HAVING"
    let having = try statement.having.map { part throws(QueryError) in
      try lowering.lowerCondition(part)
    }
    lowering.clause = "ORDER BY"
    let resultCount = outputs.count
    let sortKeys = try orderKeys(items, &outputs)
    return assemble(predicate, having, outputs, resultCount, sortKeys)
  }

  // MARK: SELECT list

  private struct Item {
    var expression: SQLExpression
    var name: String
    var alias: String?
  }

  private func expandedItems() throws(QueryError) -> [Item] {
    var items: [Item] = []
    for item in statement.items {
      switch item {
      case .expression(let expression, let alias):
        items.append(
          Item(expression: expression, name: alias ?? resultName(expression), alias: alias))
      case .all(let qualifier, let range):
        guard statement.table != nil else {
          throw QueryError(.invalidArgument, "* needs a FROM", at: statement.position(range))
        }
        if let qualifier, !lowering.isTable(qualifier) {
          items += try fieldItems(of: qualifier, range)
          continue
        }
        for field in schema.fields {
          let node = SQLExpression.Node.column(qualifier: qualifier, name: field.name)
          items.append(
            Item(expression: SQLExpression(node: node, range: range, depth: 1), name: field.name))
        }
      }
    }
    return items
  }

  /// `column.*`: the fields of a struct.
  private func fieldItems(
    of name: String, _ range: Range<Int>
  ) throws(QueryError) -> [Item] {
    let node = SQLExpression.Node.column(qualifier: nil, name: name)
    let column = SQLExpression(node: node, range: range, depth: 1)
    guard let index = schema.resolve(name) else {
      throw QueryError(
        .invalidArgument, "no table or struct \"\(name)\" in this query",
        at: statement.position(range))
    }
    let type = schema.fields[index].type
    guard case .structure(let fields) = type else {
      throw QueryError(
        .invalidArgument, "no fields in \"\(name)\", a \(type)", at: statement.position(range),
        hint: "only a struct has fields")
    }
    return fields.map { field in
      let node = SQLExpression.Node.field(column, name: field.name)
      return Item(
        expression: SQLExpression(node: node, range: range, depth: 2), name: field.name)
    }
  }

  /// A column's own name, or the expression as it is written.
  private func resultName(_ expression: SQLExpression) -> String {
    if case .field(_, let name) = expression.node { return name }
    if case .column(_, let name) = expression.node {
      return schema.resolve(name).map { schema.fields[$0].name } ?? name
    }
    let words = statement.source(expression.range).split(whereSeparator: \.isWhitespace)
    return words.joined(separator: " ")
  }

  // MARK: GROUP BY

  /// Nil when the query does not aggregate.
  private mutating func groupingKeys(_ items: [Item]) throws(QueryError) -> [BoundExpression]? {
    lowering.clause = "GROUP BY"
    var parts: [SQLExpression] = []
    switch statement.groupBy {
    case .none:
      let all = items.map(\.expression) + statement.orderBy.map(\.expression)
      let isAggregated = statement.having != nil || all.contains { $0.hasAggregate }
      return isAggregated ? [] : nil
    case .all: parts = items.map(\.expression).filter { !$0.hasAggregate }
    case .keys(let expressions): parts = expressions
    }
    var keys: [BoundExpression] = []
    for part in parts {
      var target = part
      if case .keys = statement.groupBy, let item = try ordinal(part, items, "GROUP BY") {
        target = item.expression
      }
      let key = try lowering.lower(target)
      guard key.type.isOrdered else {
        throw QueryError(
          .unsupported, "cannot group by values of type \(key.type)",
          at: statement.position(part.range))
      }
      if !keys.contains(key) { keys.append(key) }
    }
    return keys
  }

  /// The item that a whole number in GROUP BY or ORDER BY stands for.
  private func ordinal(
    _ expression: SQLExpression, _ items: [Item], _ clause: String
  ) throws(QueryError) -> Item? {
    guard case .literal(.integer(let position)) = expression.node else { return nil }
    guard position >= 1, position <= items.count else {
      throw QueryError(
        .invalidArgument,
        "\(clause) \(position): there are \(items.count) columns in the SELECT list",
        at: statement.position(expression.range))
    }
    return items[Int(position) - 1]
  }

  // MARK: ORDER BY

  private mutating func orderKeys(
    _ items: [Item], _ outputs: inout [Output]
  ) throws(QueryError) -> [SortKey] {
    var keys: [SortKey] = []
    for item in statement.orderBy {
      let column = try orderColumn(item.expression, items, &outputs)
      guard outputs[column].expression.type.isOrdered else {
        throw QueryError(
          .unsupported, "cannot order by values of type \(outputs[column].expression.type)",
          at: statement.position(item.expression.range))
      }
      if keys.contains(where: { $0.column == column }) { continue }
      keys.append(
        SortKey(column: column, isDescending: item.isDescending, nullsFirst: item.nullsFirst))
    }
    return keys
  }

  /// The output to sort by; a hidden one is added if none fits.
  private mutating func orderColumn(
    _ expression: SQLExpression, _ items: [Item], _ outputs: inout [Output]
  ) throws(QueryError) -> Int {
    if case .literal(.integer(let position)) = expression.node {
      _ = try ordinal(expression, items, "ORDER BY")
      return Int(position) - 1
    }
    if case .column(nil, let name) = expression.node,
      let index = items.firstIndex(where: { $0.alias?.lowercased() == name.lowercased() })
    {
      return index
    }
    // The name of a result that is no column: the last part of `a.b.c`.
    if case .column(nil, let name) = expression.node, schema.resolve(name) == nil,
      let index = items.firstIndex(where: { $0.name.lowercased() == name.lowercased() })
    {
      return index
    }
    let bound = try lowering.lower(expression)
    if let index = outputs.firstIndex(where: { $0.expression == bound }) { return index }
    if statement.isDistinct {
      throw QueryError(
        .invalidArgument, "with DISTINCT, ORDER BY takes only what is selected",
        at: statement.position(expression.range))
    }
    outputs.append(Output(expression: bound, name: ""))
    return outputs.count - 1
  }

  // MARK: Assembly

  private func assemble(
    _ predicate: BoundExpression?, _ having: BoundExpression?, _ outputs: [Output],
    _ resultCount: Int, _ sortKeys: [SortKey]
  ) -> LogicalPlan {
    var outputs = outputs
    var keys = lowering.keys
    var calls = lowering.calls
    // Only columns that something reads are scanned.
    let read = keys.map { $0 + calls.compactMap(\.argument) } ?? outputs.map(\.expression)
    let columns = ScanColumns(readBy: [predicate].compactMap { $0 } + read)
    let places = Dictionary(
      uniqueKeysWithValues: zip(columns.positions, 0..<columns.positions.count))
    func onScan(_ expression: BoundExpression) -> BoundExpression {
      expression.remappingColumns { places[$0] ?? 0 }
    }
    var plan = LogicalPlan.scan(
      .init(
        table: statement.table?.name ?? "", columns: columns,
        schema: schema.selecting(columns.positions), predicate: predicate))
    if let predicate { plan = .filter(plan, onScan(predicate)) }
    if keys != nil {
      keys = keys?.map(onScan)
      for index in calls.indices { calls[index].argument = calls[index].argument.map(onScan) }
      plan = .aggregate(plan, keys: keys ?? [], calls: calls)
      if let having { plan = .filter(plan, having) }
    } else {
      for index in outputs.indices { outputs[index].expression = onScan(outputs[index].expression) }
    }
    let fields = outputs.map { Field($0.name, $0.expression.type) }
    plan = .project(plan, outputs.map(\.expression), Schema(fields))
    if statement.isDistinct { plan = .distinct(plan) }
    return finish(plan, fields, resultCount, sortKeys)
  }

  private func finish(
    _ plan: LogicalPlan, _ fields: [Field], _ resultCount: Int, _ sortKeys: [SortKey]
  ) -> LogicalPlan {
    var plan = plan
    if !sortKeys.isEmpty {
      let end = statement.limit.map { $0.addingReportingOverflow(statement.offset) }
      plan = .sort(plan, sortKeys, limit: end.flatMap { $0.overflow ? nil : $0.partialValue })
    }
    if statement.limit != nil || statement.offset > 0 {
      plan = .limit(plan, count: statement.limit, offset: statement.offset)
    }
    if fields.count > resultCount {
      let visible = (0..<resultCount).map { BoundExpression(.column($0), fields[$0].type) }
      plan = .project(plan, visible, Schema(Array(fields.prefix(resultCount))))
    }
    return plan
  }
}
