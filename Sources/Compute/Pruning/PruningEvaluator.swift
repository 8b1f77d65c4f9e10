package import Columns

/// Whether the rows of a container can satisfy a condition.
package enum PruningVerdict: Sendable, Equatable {
  /// No row does: the container need not be read.
  case none
  /// Some may.
  case some
  /// Every row does: the condition need not be applied.
  case all
}

/// Decides from statistics whether a file, a row group or a page can hold a row that satisfies a
/// condition. Partition values are statistics whose bounds are equal.
///
/// It follows SQL's three-valued logic over sets of possible answers, so that NOT and nulls need no
/// special cases: unknown statistics make everything possible, and only what is certain prunes.
/// Bounds are taken as they are given: truncated ones have to be valid bounds still. Float bounds
/// never exclude NaN, because writers leave NaN out of them; so `x > 5` on a float column is only
/// pruned when all rows are null.
package struct PruningEvaluator: Sendable {
  private let predicate: BoundExpression

  /// - Precondition: the predicate is a condition over the columns the statistics are given for.
  package init(_ predicate: BoundExpression) {
    precondition(predicate.type == .boolean)
    self.predicate = predicate
  }

  /// The columns whose statistics can matter.
  package var columnIndices: [Int] { predicate.columnIndices }

  /// Those that the predicate compares with a value by = or IN: the ones whose `mayContain` is
  /// asked.
  package var equalityColumnIndices: [Int] {
    var found: Set<Int> = []
    collectEqualities(predicate, into: &found)
    return found.sorted()
  }

  private func collectEqualities(_ expression: BoundExpression, into found: inout Set<Int>) {
    switch expression.node {
    case .compare(.equal, let left, let right), .compare(.notEqual, let left, let right):
      if right.literal != nil, let column = left.plainColumn { found.insert(column) }
      if left.literal != nil, let column = right.plainColumn { found.insert(column) }
    case .inList(let part, _, _):
      if let column = part.plainColumn { found.insert(column) }
    default: break
    }
    for child in expression.children { collectEqualities(child, into: &found) }
  }

  /// - Parameters:
  ///   - rowCount: rows of the container, nulls included; nil if unknown.
  ///   - statistics: what is known about the column at a position of the schema.
  ///   - mayContain: false when no row of the column equals the value, as a bloom filter says.
  /// - Complexity: O(nodes), no data is touched.
  package func verdict(
    rowCount: Int?, mayContain: (Int, Scalar) -> Bool = { _, _ in true },
    _ statistics: (Int) -> ColumnStatistics?
  ) -> PruningVerdict {
    if rowCount == 0 { return .none }
    let answers = withoutActuallyEscaping(statistics) { statistics in
      withoutActuallyEscaping(mayContain) { mayContain in
        PruningWalk(rowCount: rowCount, statistics: statistics, mayContain: mayContain)
          .truth(predicate)
      }
    }
    if !answers.contains(.canBeTrue) { return .none }
    return answers == .canBeTrue ? .all : .some
  }
}

/// One evaluation: the statistics of one container.
private struct PruningWalk {
  let rowCount: Int?
  let statistics: (Int) -> ColumnStatistics?
  let mayContain: (Int, Scalar) -> Bool

  // MARK: Conditions

  func truth(_ expression: BoundExpression) -> TruthSet {
    switch expression.node {
    case .and(let parts): return parts.reduce(.canBeTrue) { $0.and(truth($1)) }
    case .or(let parts): return parts.reduce(.canBeFalse) { $0.or(truth($1)) }
    case .not(let part): return truth(part).negated
    default: break
    }
    if let exact = constant(expression) {
      if case .boolean(let value) = exact { return value ? .canBeTrue : .canBeFalse }
      return .canBeNull
    }
    switch expression.node {
    case .compare(let op, let left, let right):
      let answers = compare(op, range(left), range(right))
      return isAbsent(left, right) ? answers.subtracting(answerIfEqual(op)) : answers
    case .isNull(let part):
      let range = range(part)
      return TruthSet(canBeTrue: range.canBeNull, canBeFalse: range.canBeValue, canBeNull: false)
    case .isNotNull(let part):
      let range = range(part)
      return TruthSet(canBeTrue: range.canBeValue, canBeFalse: range.canBeNull, canBeNull: false)
    case .known(let value, let part):
      let range = range(part)
      return TruthSet(
        canBeTrue: value && range.canBeValue, canBeFalse: !value && range.canBeValue,
        canBeNull: range.canBeNull)
    case .inList(let part, let values, let hasNull):
      let column = part.plainColumn
      let present = values.filter { value in column.map { mayContain($0, value) } ?? true }
      return member(range(part), of: present, hasNull: hasNull)
    case .like(let part, let pattern): return like(range(part), pattern)
    case .call(.startsWith, let parts):
      guard case .string(let prefix) = parts[1].literal else { return .anything }
      return startsWith(range(parts[0]), Array(prefix.utf8), isWholeTest: true)
    case .column: return compare(.equal, range(expression), ValueRange(constant: .boolean(true)))
    default: return .anything
    }
  }

  /// Whether one side is a column and the other a value that it does not hold.
  private func isAbsent(_ left: BoundExpression, _ right: BoundExpression) -> Bool {
    if let column = left.plainColumn, let value = right.literal {
      return !mayContain(column, value)
    }
    if let column = right.plainColumn, let value = left.literal {
      return !mayContain(column, value)
    }
    return false
  }

  /// What `op` only answers for sides that are equal, or nothing.
  private func answerIfEqual(_ op: ComparisonOperator) -> TruthSet {
    switch op {
    case .equal: .canBeTrue
    case .notEqual: .canBeFalse
    default: []
    }
  }

  private func compare(
    _ op: ComparisonOperator, _ left: ValueRange, _ right: ValueRange
  ) -> TruthSet {
    let orders = left.orders(against: right)
    let hasValues = left.canBeValue && right.canBeValue
    func possible(_ wanted: Bool) -> Bool {
      (orders.below && op.holds(-1) == wanted) || (orders.equal && op.holds(0) == wanted)
        || (orders.above && op.holds(1) == wanted)
    }
    return TruthSet(
      canBeTrue: hasValues && possible(true), canBeFalse: hasValues && possible(false),
      canBeNull: left.canBeNull || right.canBeNull)
  }

  private func member(_ range: ValueRange, of values: [Scalar], hasNull: Bool) -> TruthSet {
    var answers: TruthSet = .canBeFalse
    for value in values {
      answers = answers.or(compare(.equal, range, ValueRange(constant: value)))
    }
    if range.canBeNull { answers.insert(.canBeNull) }
    if !range.canBeValue { return .canBeNull }
    // Not found beside a null is unknown.
    return hasNull ? answers.or(.canBeNull) : answers
  }

  private func like(_ range: ValueRange, _ pattern: LikePattern) -> TruthSet {
    if pattern.isPlainText {
      let text = Scalar.string(String(decoding: pattern.prefix, as: UTF8.self))
      return compare(.equal, range, ValueRange(constant: text))
    }
    return startsWith(range, pattern.prefix, isWholeTest: pattern.isPrefixOnly)
  }

  /// Texts with this prefix lie between it and the prefix followed by the largest text there is.
  private func startsWith(
    _ range: ValueRange, _ prefix: [UInt8], isWholeTest: Bool
  ) -> TruthSet {
    guard range.canBeValue else { return .canBeNull }
    var answers: TruthSet = [.canBeTrue, .canBeFalse]
    if let low = range.low?.bytes {
      // Everything is above all texts with the prefix.
      if !low.starts(with: prefix) && prefix.lexicographicallyPrecedes(low) {
        answers.remove(.canBeTrue)
      }
    }
    if let high = range.high?.bytes, high.lexicographicallyPrecedes(prefix) {
      answers.remove(.canBeTrue)
    }
    if isWholeTest, let low = range.low?.bytes, let high = range.high?.bytes,
      low.starts(with: prefix), high.starts(with: prefix)
    {
      answers.remove(.canBeFalse)
    }
    return range.canBeNull ? answers.union(.canBeNull) : answers
  }

  // MARK: Values

  func range(_ expression: BoundExpression) -> ValueRange {
    switch expression.node {
    case .literal(let scalar): return ValueRange(constant: scalar)
    case .column(let index):
      return ValueRange(statistics(index), type: expression.type, rowCount: rowCount)
    case .cast(let part, let isTry):
      guard isMonotone(from: part.type, to: expression.type) else { return .unknown }
      return mapped(range(part), by: expression, mayLose: isTry)
    case .call(.extract(.year), _), .call(.truncate, _), .call(.floor, _), .call(.ceiling, _),
      .call(.round, _):
      return mapped(range(expression.children[0]), by: expression, mayLose: false)
    case .arithmetic(let op, let left, let right) where op == .add || op == .subtract:
      // The other side is one value, and adding it keeps the order.
      if right.literal != nil {
        return mapped(range(left), by: expression, operand: 0, mayLose: false)
      }
      if op == .add, left.literal != nil {
        return mapped(range(right), by: expression, operand: 1, mayLose: false)
      }
      return .unknown
    default: return .unknown
    }
  }

  /// Whether a larger value never becomes a smaller one.
  private func isMonotone(from source: DataType, to target: DataType) -> Bool {
    if target == .string || source == .string || target == .boolean || source == .boolean {
      return false
    }
    return source != .binary && target != .binary
  }

  /// The range of a function that keeps the order of its one varying operand: its value at both
  /// ends. An end it cannot be computed for is unknown.
  private func mapped(
    _ range: ValueRange, by expression: BoundExpression, operand: Int = 0, mayLose: Bool
  ) -> ValueRange {
    let part = expression.children[operand]
    func value(at end: Scalar?) -> Scalar? {
      guard let end, let ends = try? Column.one(end, part.type) else { return nil }
      let schema = Schema([Field("x", part.type)])
      let row = ColumnBatch(schema: schema, columns: [ends], rowCount: 1)
      var probe = expression
      probe = probe.replacingChild(operand, with: BoundExpression(.column(0), part.type))
      guard let result = try? probe.evaluate(on: row)[0], !result.isNull else { return nil }
      if case .double(let value) = result, value.isNaN { return nil }
      return result
    }
    return ValueRange(
      low: value(at: range.low), high: value(at: range.high), canBeNull: range.canBeNull || mayLose,
      canBeValue: range.canBeValue, canBeNaN: range.canBeNaN)
  }

  /// The answer of a condition whose columns are all constant here, whatever it computes: this is
  /// how partition columns decide functions that have no order.
  private func constant(_ expression: BoundExpression) -> Scalar? {
    let indices = expression.columnIndices
    var columns: [Column] = []
    var fields: [Field] = []
    for index in indices {
      guard let type = expression.typeOfColumn(index),
        let value = ValueRange(statistics(index), type: type, rowCount: rowCount).constant,
        let column = try? Column.one(value, type)
      else { return nil }
      columns.append(column)
      fields.append(Field("", type))
    }
    let row = ColumnBatch(schema: Schema(fields), columns: columns, rowCount: 1)
    let positions = Dictionary(uniqueKeysWithValues: zip(indices, 0..<indices.count))
    let local = expression.remappingColumns { positions[$0]! }
    return try? local.evaluate(on: row)[0]
  }
}
