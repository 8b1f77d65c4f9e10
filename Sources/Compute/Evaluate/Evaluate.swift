import Base
package import Columns

extension BoundExpression {
  /// The value for every row of `batch`, or for the rows of `selection` only. O(rows * nodes).
  ///
  /// - Throws: `ComputeError` when a value overflows or cannot be cast. Rows outside the selection
  ///   never fail.
  package func evaluate(
    on batch: ColumnBatch, _ selection: Selection? = nil
  ) throws(ComputeError) -> Column {
    try EvaluationContext(batch, selection).evaluate(self)
  }

  /// The value for every row of `batch` that has one, null for the others, and those, ascending,
  /// with what overflows in them or cannot be cast. O(rows * nodes), and as much again for each
  /// doubling of the rows without a value.
  package func evaluateEach(
    on batch: ColumnBatch
  ) throws(ComputeError) -> (values: Column, faults: [(row: Int, fault: ComputeError)]) {
    do throws(ComputeError) { return (try evaluate(on: batch), []) } catch {
      guard error.code == .invalidArgument, batch.rowCount > 0 else { throw error }
      if batch.rowCount == 1 { return (Column(type, [.null]), [(0, error)]) }
    }
    let half = batch.rowCount / 2
    let first = try evaluateEach(on: batch.slice(0..<half))
    let second = try evaluateEach(on: batch.slice(half..<batch.rowCount))
    return (
      try Column.concatenating([first.values, second.values], type: type),
      first.faults + second.faults.map { ($0.row + half, $0.fault) }
    )
  }

  func operand(_ context: EvaluationContext) throws(ComputeError) -> Operand {
    switch node {
    case .column(let index): return .column(context.column(index))
    case .literal(let scalar): return .constant(scalar, type)
    case .compare(let op, let left, let right):
      return try compareOperands(
        op, left.operand(context), right.operand(context), count: context.rowCount)
    case .and(let parts): return try connect(parts, context, stopsAt: false)
    case .or(let parts): return try connect(parts, context, stopsAt: true)
    case .not(let part): return negateTruth(try part.operand(context))
    case .inList, .like: return try truth(context)
    case .isNull(let part):
      return nullTest(try part.operand(context), wantsNull: true, count: context.rowCount)
    case .isNotNull(let part):
      return nullTest(try part.operand(context), wantsNull: false, count: context.rowCount)
    case .known(let value, let part):
      let validity = try part.operand(context).column(count: context.rowCount).validity
      return .column(
        Column(
          type: .boolean, validity: validity,
          values: .boolean(Buffer(repeating: value ? 1 : 0, count: context.rowCount))))
    case .arithmetic(let op, let left, let right):
      return try computeArithmetic(
        op, left.operand(context), right.operand(context), type, count: context.rowCount)
    case .negate(let part):
      return try computeNegation(part.operand(context), type, count: context.rowCount)
    case .cast(let part, let isTry):
      let source = try part.operand(context).column(count: context.rowCount)
      return .column(try Cast.apply(source, to: type, isTry: isTry))
    case .field(let part, let index):
      return .column(field(index, of: try part.operand(context).column(count: context.rowCount)))
    case .call(let function, let parts): return try apply(function, parts, context)
    case .choose(let arms, let otherwise): return try chooseValue(arms, otherwise, context)
    }
  }

  private func field(_ index: Int, of column: Column) -> Column {
    guard case .structure(let fields, _) = column.values else {
      preconditionFailure("a field of \(column.type) was bound")
    }
    // What a field holds under a null struct means nothing.
    let field = fields[index]
    return Column(
      type: field.type, validity: intersect(column.validity, field.validity), values: field.values)
  }

  /// LIKE and IN, written out as a column.
  private func truth(_ context: EvaluationContext) throws(ComputeError) -> Operand {
    let operand: Operand
    let test: ValueTest
    var hasNull = false
    switch node {
    case .inList(let part, let values, let withNull):
      operand = try part.operand(context)
      test = .oneOf(values)
      hasNull = withNull
    case .like(let part, let pattern):
      operand = try part.operand(context)
      test = .like(pattern)
    default: preconditionFailure("not a test of one value")
    }
    let column = operand.column(count: context.rowCount)
    let all = Selection.all(count: context.rowCount)
    let hits = selectRows(column, test, wanted: true, among: all, isAligned: false)
    var bits = Column(type: .boolean, values: .boolean(spread(hits, count: context.rowCount)))
    var validity = column.validity
    if hasNull, case .boolean(let slots) = bits.values {
      // Not found among values of which one is unknown: unknown.
      validity = intersect(validity, Bitmap(nonZero: slots))
    }
    bits = Column(type: .boolean, validity: validity, values: bits.values)
    return .column(bits)
  }

  private func nullTest(_ operand: Operand, wantsNull: Bool, count: Int) -> Operand {
    guard case .column(let column) = operand else {
      return .constant(.boolean(operand.isNullConstant == wantsNull), .boolean)
    }
    guard let validity = column.validity else { return .constant(.boolean(!wantsNull), .boolean) }
    let flip: UInt8 = wantsNull ? 1 : 0
    return .column(
      Column(type: .boolean, values: .boolean(map(validity.bytes) { $0 ^ flip })))
  }

  private func negateTruth(_ operand: Operand) -> Operand {
    switch operand {
    case .constant(.boolean(let value), _): return .constant(.boolean(!value), .boolean)
    case .constant: return operand
    case .column(let column):
      guard case .boolean(let slots) = column.values else { return operand }
      return .column(
        Column(
          type: .boolean, validity: column.validity,
          values: .boolean(map(slots) { ($0 & 1) ^ 1 })))
    }
  }

  /// AND (`stopsAt` false) and OR (`stopsAt` true): the stopping value wins, then null, then the
  /// other value. A part is only evaluated on the rows that no earlier part has decided, so that
  /// `x <> 0 AND 10 % x = 1` cannot fail on the rows its first part excludes.
  private func connect(
    _ parts: [BoundExpression], _ context: EvaluationContext, stopsAt stop: Bool
  ) throws(ComputeError) -> Operand {
    let count = context.rowCount
    var values = [UInt8](repeating: stop ? 0 : 1, count: count)
    var known = [UInt8](repeating: 1, count: count)
    var open = (0..<count).map { UInt32($0) }
    for part in parts where !open.isEmpty {
      let narrowed = open.count == count ? context : context.narrowed(to: Buffer(open))
      let column = try part.operand(narrowed).column(count: open.count)
      guard case .boolean(let slots) = column.values else {
        preconditionFailure("a condition that is not boolean was bound")
      }
      var remaining: [UInt32] = []
      for (position, row) in open.enumerated() {
        if column.isNull(position) {
          known[Int(row)] = 0
          remaining.append(row)
        } else if (slots[position] != 0) == stop {
          values[Int(row)] = stop ? 1 : 0
          known[Int(row)] = 1
        } else {
          remaining.append(row)
        }
      }
      open = remaining
    }
    return .column(
      Column(
        type: .boolean, validity: Bitmap(nonZero: Buffer(known)), values: .boolean(Buffer(values))))
  }
}

/// A byte a row: 1 where the row is selected.
func spread(_ selection: Selection, count: Int) -> Buffer<UInt8> {
  guard case .rows(let rows) = selection else { return Buffer(repeating: 1, count: count) }
  var output = BufferBuilder<UInt8>(capacity: count)
  output.append(repeating: 0, count: count)
  let indices = rows.span
  for index in indices.indices { output[Int(indices[index])] = 1 }
  return output.freeze()
}
