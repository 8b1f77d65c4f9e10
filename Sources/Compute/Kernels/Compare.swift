import Base
import Columns

/// `a op b` for every row, as a boolean; null where either is.
///
/// - Precondition: both have the same physical type.
func compareOperands(
  _ op: ComparisonOperator, _ a: Operand, _ b: Operand, count: Int
) throws(ComputeError) -> Operand {
  if a.isNullConstant || b.isNullConstant { return .constant(.null, .boolean) }
  let slots: Buffer<UInt8>
  switch a.type.physical {
  case .boolean: slots = compareLanes(op, a.booleans!, b.booleans!, count)
  case .int32: slots = compareLanes(op, a.int32s!, b.int32s!, count)
  case .int64: slots = compareLanes(op, a.int64s!, b.int64s!, count)
  case .int128: slots = compareLanes(op, a.int128s!, b.int128s!, count)
  case .float:
    slots = compareLanes(
      op, a.floats!.mapped { sortable(Double($0)) }, b.floats!.mapped { sortable(Double($0)) },
      count)
  case .double:
    slots = compareLanes(
      op, a.doubles!.mapped { sortable($0) }, b.doubles!.mapped { sortable($0) }, count)
  case .bytes:
    let passed = selectRows(
      a.column(count: count), op, b.column(count: count), among: .all(count: count))
    slots = spread(passed, count: count)
  case nil: preconditionFailure("a comparison of nested values was bound")
  }
  return .column(
    Column(type: .boolean, validity: intersect(a.validity, b.validity), values: .boolean(slots)))
}

private func compareLanes<T: BitwiseCopyable & Comparable>(
  _ op: ComparisonOperator, _ a: Lane<T>, _ b: Lane<T>, _ count: Int
) -> Buffer<UInt8> {
  switch op {
  case .equal: zip(a, b, count: count) { $0 == $1 ? 1 : 0 }
  case .notEqual: zip(a, b, count: count) { $0 != $1 ? 1 : 0 }
  case .less: zip(a, b, count: count) { $0 < $1 ? 1 : 0 }
  case .lessOrEqual: zip(a, b, count: count) { $0 <= $1 ? 1 : 0 }
  case .greater: zip(a, b, count: count) { $0 > $1 ? 1 : 0 }
  case .greaterOrEqual: zip(a, b, count: count) { $0 >= $1 ? 1 : 0 }
  }
}

extension Lane {
  @inline(__always)
  func mapped<R: BitwiseCopyable>(_ body: (T) -> R) -> Lane<R> {
    switch self {
    case .many(let slots): .many(map(slots, body))
    case .one(let value): .one(body(value))
    }
  }
}
