import Base
import Columns

/// SUM and AVG of integers and decimals, exact: 128-bit sums of unscaled values.
final class IntegerSumAccumulator: Accumulator {
  struct Slot: BitwiseCopyable {
    var sum: Int128 = 0
    /// Rows with a value.
    var count: Int64 = 0
  }

  private let isAverage: Bool
  private let type: DataType
  private let scale: Int
  private var slots = BufferBuilder<Slot>()

  init(isAverage: Bool, type: DataType, scale: Int) {
    self.isAverage = isAverage
    self.type = type
    self.scale = scale
  }

  var sizeBytes: Int { slots.count * MemoryLayout<Slot>.stride }

  // SAFETY: `slots` has been extended to `groupCount`, and groups are below it.
  func update(
    _ column: Column?, rowCount: Int, groups: Buffer<UInt32>?, groupCount: Int
  ) throws(ComputeError) {
    guard let column else { preconditionFailure("a sum of nothing") }
    slots.extend(to: max(groupCount, 1), with: Slot())
    let totals = unsafe slots.unsafeElements()
    switch column.values {
    case .int32(let values):
      if let groups {
        unsafe addGrouped(values, column.validity, groups, totals)
      } else {
        unsafe totals[0].sum &+= Int128(sum32(values, column.validity))
        unsafe totals[0].count &+= Int64(rowCount - column.nullCount)
      }
    case .int64(let values):
      if let groups {
        unsafe addGrouped(values, column.validity, groups, totals)
      } else {
        unsafe totals[0].sum &+= sum64(values, column.validity)
        unsafe totals[0].count &+= Int64(rowCount - column.nullCount)
      }
    case .int128(let values): unsafe try addWide(values, column, groups, totals)
    default: preconditionFailure("an integer sum of \(column.type)")
    }
  }

  /// 128-bit values may overflow their sum; 64-bit ones cannot.
  // SAFETY: groups are below the number of slots at `totals`.
  @unsafe
  private func addWide(
    _ values: Buffer<Int128>, _ column: Column, _ groups: Buffer<UInt32>?,
    _ totals: UnsafeMutablePointer<Slot>
  ) throws(ComputeError) {
    let isValid = ValidityBits(column.validity)
    for row in 0..<values.count where isValid[row] {
      let group = Int(groups?[row] ?? 0)
      let (sum, over) = unsafe totals[group].sum.addingReportingOverflow(values[row])
      if over { throw .overflow("a sum", type) }
      unsafe totals[group].sum = sum
      unsafe totals[group].count &+= 1
    }
  }

  func merge(
    _ other: any Accumulator, groups: Buffer<UInt32>, groupCount: Int
  ) throws(ComputeError) {
    guard let other = other as? IntegerSumAccumulator else {
      preconditionFailure("another aggregate")
    }
    slots.extend(to: groupCount, with: Slot())
    for group in 0..<min(other.slots.count, groups.count) {
      let (sum, over) = slots[Int(groups[group])].sum.addingReportingOverflow(
        other.slots[group].sum)
      if over { throw .overflow("a sum", type) }
      slots[Int(groups[group])].sum = sum
      slots[Int(groups[group])].count += other.slots[group].count
    }
  }

  func finish(groupCount: Int) throws(ComputeError) -> Column {
    slots.extend(to: groupCount, with: Slot())
    let slots = slots.take()
    let validity = Bitmap(nonZero: map(slots) { $0.count == 0 ? 0 : 1 })
    if isAverage {
      let divisor = Double(powerOfTen(scale))
      let averages = map(slots) { $0.count == 0 ? 0 : Double($0.sum) / divisor / Double($0.count) }
      return Column(type: .double, validity: validity, values: .double(averages))
    }
    if type == .long {
      for group in 0..<slots.count where Int64(exactly: slots[group].sum) == nil {
        throw ComputeError(
          .invalidArgument, "a sum, \(slots[group].sum), does not fit a long",
          hint: "cast the argument to decimal(38,0) or double")
      }
      return Column(
        type: type, validity: validity,
        values: .int64(map(slots) { Int64(truncatingIfNeeded: $0.sum) }))
    }
    let limit = powerOfTen(DataType.maxDecimalPrecision).magnitude
    for group in 0..<slots.count where slots[group].sum.magnitude >= limit {
      throw .overflow("a sum", type)
    }
    return Column(type: type, validity: validity, values: .int128(map(slots) { $0.sum }))
  }
}

// MARK: Loops

// SAFETY: a group a row, all below the number of slots at `totals`.
@inline(__always)
@unsafe
private func addGrouped<T: FixedWidthInteger & BitwiseCopyable>(
  _ values: Buffer<T>, _ validity: Bitmap?, _ groups: Buffer<UInt32>,
  _ totals: UnsafeMutablePointer<IntegerSumAccumulator.Slot>
) {
  unsafe values.withUnsafePointer { values_ in
    unsafe groups.withUnsafePointer { groups in
      if let validity {
        for row in 0..<values.count where validity[row] {
          let group = unsafe Int(groups[row])
          unsafe totals[group].sum &+= Int128(values_[row])
          unsafe totals[group].count &+= 1
        }
      } else {
        for row in 0..<values.count {
          let group = unsafe Int(groups[row])
          unsafe totals[group].sum &+= Int128(values_[row])
          unsafe totals[group].count &+= 1
        }
      }
    }
  }
}

/// Fewer than 2^31 values of 32 bits cannot overflow 64.
// SAFETY: rows are below the count.
private func sum32(_ values: Buffer<Int32>, _ validity: Bitmap?) -> Int64 {
  var total: Int64 = 0
  unsafe values.withUnsafePointer { slot in
    if let validity {
      for row in 0..<values.count { total &+= validity[row] ? unsafe Int64(slot[row]) : 0 }
    } else {
      for row in 0..<values.count { total &+= unsafe Int64(slot[row]) }
    }
  }
  return total
}

/// Adds in 64 bits and notes whether every value was small enough for that; only if not, adds
/// again in 128.
// SAFETY: rows are below the count.
private func sum64(_ values: Buffer<Int64>, _ validity: Bitmap?) -> Int128 {
  var total: Int64 = 0
  // All of -2^41 ..< 2^41, shifted to 0 ..< 2^42, have no bit above: then 2^21 of them fit.
  let half: Int64 = 1 << 41
  var bits: UInt64 = 0
  unsafe values.withUnsafePointer { slot in
    if let validity {
      for row in 0..<values.count where validity[row] {
        let value = unsafe slot[row]
        total &+= value
        bits |= UInt64(bitPattern: value &+ half)
      }
    } else {
      for row in 0..<values.count {
        let value = unsafe slot[row]
        total &+= value
        bits |= UInt64(bitPattern: value &+ half)
      }
    }
  }
  if bits &>> 42 == 0 && values.count <= 1 << 21 { return Int128(total) }
  var wide: Int128 = 0
  let isValid = ValidityBits(validity)
  for row in 0..<values.count where isValid[row] { wide &+= Int128(values[row]) }
  return wide
}
