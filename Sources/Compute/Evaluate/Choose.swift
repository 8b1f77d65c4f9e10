import Base
import Columns

extension BoundExpression {
  /// CASE: each arm's condition runs on the rows no earlier arm took, its value on the rows it
  /// takes.
  func chooseValue(
    _ arms: [ConditionalValue<BoundExpression>], _ otherwise: BoundExpression,
    _ context: EvaluationContext
  ) throws(ComputeError) -> Operand {
    let count = context.rowCount
    var pieces: [Column] = []
    // For each row the position of its value in the pieces laid end to end.
    var source = [UInt32](repeating: 0, count: count)
    var placed = 0
    var open = Buffer<UInt32>((0..<count).map { UInt32($0) })

    func place(_ value: BoundExpression, at rows: Buffer<UInt32>) throws(ComputeError) {
      if rows.count == 0 { return }
      let narrowed = rows.count == count ? context : context.narrowed(to: rows)
      pieces.append(try value.operand(narrowed).column(count: rows.count))
      for position in 0..<rows.count { source[Int(rows[position])] = UInt32(placed + position) }
      placed += rows.count
    }

    for arm in arms where open.count > 0 {
      let narrowed = open.count == count ? context : context.narrowed(to: open)
      let condition = try arm.condition.operand(narrowed).column(count: open.count)
      guard case .boolean(let slots) = condition.values else {
        preconditionFailure("a condition that is not boolean was bound")
      }
      var taken = BufferBuilder<UInt32>(capacity: open.count)
      var left = BufferBuilder<UInt32>(capacity: open.count)
      for position in 0..<open.count {
        let holds = slots[position] != 0 && !condition.isNull(position)
        if holds { taken.append(open[position]) } else { left.append(open[position]) }
      }
      open = left.freeze()
      try place(arm.value, at: taken.freeze())
    }
    try place(otherwise, at: open)
    if pieces.isEmpty { return .column(Column(type, [])) }
    let all = try Column.concatenating(pieces, type: type)
    return .column(all.gathering(Buffer(source)))
  }
}
