import Base
import Columns

/// SUM and AVG of floats and doubles.
///
/// Each addition's rounding error is kept beside the sum (Knuth's TwoSum) and added at the end, so
/// that the result is, but for rare last-digit cases, the correctly rounded one, whatever the order
/// of the rows and however many workers shared them.
final class DoubleSumAccumulator: Accumulator {
  struct Slot: BitwiseCopyable {
    var sum = 0.0
    var error = 0.0
    /// Rows with a value.
    var count: Int64 = 0

    @inline(__always)
    mutating func add(_ value: Double) {
      let total = sum + value
      let part = total - sum
      error += (sum - (total - part)) + (value - part)
      sum = total
    }

    var total: Double {
      // Infinities make the error meaningless, not the sum.
      error.isFinite ? sum + error : sum
    }
  }

  private let isAverage: Bool
  private var slots = BufferBuilder<Slot>()

  init(isAverage: Bool) { self.isAverage = isAverage }

  var sizeBytes: Int { slots.count * MemoryLayout<Slot>.stride }

  // SAFETY: `slots` has been extended to `groupCount`, and groups are below it.
  func update(
    _ column: Column?, rowCount: Int, groups: Buffer<UInt32>?, groupCount: Int
  ) throws(ComputeError) {
    guard let column else { preconditionFailure("a sum of nothing") }
    slots.extend(to: max(groupCount, 1), with: Slot())
    let values: Buffer<Double>
    switch column.values {
    case .double(let slots): values = slots
    case .float(let slots): values = map(slots) { Double($0) }
    default: preconditionFailure("a double sum of \(column.type)")
    }
    let totals = unsafe slots.unsafeElements()
    if let groups {
      unsafe addGrouped(values, column.validity, groups, totals)
    } else {
      var all = unsafe totals[0]
      sumAll(values, column.validity, into: &all)
      unsafe totals[0] = all
    }
  }

  func merge(
    _ other: any Accumulator, groups: Buffer<UInt32>, groupCount: Int
  ) throws(ComputeError) {
    guard let other = other as? DoubleSumAccumulator else {
      preconditionFailure("another aggregate")
    }
    slots.extend(to: groupCount, with: Slot())
    for group in 0..<min(other.slots.count, groups.count) {
      let theirs = other.slots[group]
      var mine = slots[Int(groups[group])]
      mine.add(theirs.sum)
      mine.error += theirs.error
      mine.count += theirs.count
      slots[Int(groups[group])] = mine
    }
  }

  func finish(groupCount: Int) throws(ComputeError) -> Column {
    slots.extend(to: groupCount, with: Slot())
    let slots = slots.take()
    let isAverage = isAverage
    let results = map(slots) { isAverage ? $0.total / Double($0.count) : $0.total }
    return Column(
      type: .double, validity: Bitmap(nonZero: map(slots) { $0.count == 0 ? 0 : 1 }),
      values: .double(results))
  }
}

// SAFETY: a group a row, all below the number of slots at `totals`.
@unsafe
private func addGrouped(
  _ values: Buffer<Double>, _ validity: Bitmap?, _ groups: Buffer<UInt32>,
  _ totals: UnsafeMutablePointer<DoubleSumAccumulator.Slot>
) {
  unsafe values.withUnsafePointer { slot in
    unsafe groups.withUnsafePointer { groups in
      if let validity {
        for row in 0..<values.count where validity[row] {
          let group = unsafe Int(groups[row])
          unsafe totals[group].add(slot[row])
          unsafe totals[group].count &+= 1
        }
      } else {
        for row in 0..<values.count {
          let group = unsafe Int(groups[row])
          unsafe totals[group].add(slot[row])
          unsafe totals[group].count &+= 1
        }
      }
    }
  }
}

/// Eight sums side by side, each with its error.
// SAFETY: eight values are loaded only where eight are left.
private func sumAll(
  _ values: Buffer<Double>, _ validity: Bitmap?, into slot: inout DoubleSumAccumulator.Slot
) {
  if let validity {
    for row in 0..<values.count where validity[row] {
      slot.add(values[row])
      slot.count &+= 1
    }
    return
  }
  var sums = SIMD8<Double>(repeating: 0)
  var errors = SIMD8<Double>(repeating: 0)
  let whole = values.count & ~7
  unsafe values.withUnsafePointer { start in
    var row = 0
    while row < whole {
      let eight = unsafe UnsafeRawPointer(start + row).loadUnaligned(as: SIMD8<Double>.self)
      let total = sums + eight
      let part = total - sums
      errors += (sums - (total - part)) + (eight - part)
      sums = total
      row &+= 8
    }
  }
  for lane in 0..<8 {
    slot.add(sums[lane])
    slot.error += errors[lane]
  }
  for row in whole..<values.count { slot.add(values[row]) }
  slot.count &+= Int64(values.count)
}
