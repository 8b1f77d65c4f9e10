import Base
import Columns

/// The running values of one aggregate, one for each group. Owned by one worker.
protocol Accumulator: AnyObject {
  /// Takes in a batch. `groups` has the group of each row, or is nil when all rows are of group 0.
  func update(
    _ column: Column?, rowCount: Int, groups: Buffer<UInt32>?, groupCount: Int
  ) throws(ComputeError)

  /// Takes in another worker's values; its group `i` is group `groups[i]` here.
  func merge(
    _ other: any Accumulator, groups: Buffer<UInt32>, groupCount: Int
  ) throws(ComputeError)

  /// A row a group, of the aggregate's type. Groups that were never updated count too.
  func finish(groupCount: Int) throws(ComputeError) -> Column

  var sizeBytes: Int { get }
}

extension AggregateCall {
  func makeAccumulator() -> any Accumulator {
    if isDistinct { return DistinctAccumulator(self) }
    guard let argument else { return CountAccumulator() }
    switch function {
    case .count: return CountAccumulator()
    case .sum, .average:
      return argument.type.isFloating
        ? DoubleSumAccumulator(isAverage: function == .average)
        : IntegerSumAccumulator(
          isAverage: function == .average, type: type, scale: argument.type.decimalScale)
    case .min, .max: return makeExtremum(type, isMax: function == .max)
    }
  }

  private func makeExtremum(_ type: DataType, isMax: Bool) -> any Accumulator {
    switch type.physical {
    case .boolean: ExtremumAccumulator<UInt8>(type, isMax: isMax)
    case .int32: ExtremumAccumulator<Int32>(type, isMax: isMax)
    case .int64: ExtremumAccumulator<Int64>(type, isMax: isMax)
    case .int128: ExtremumAccumulator<Int128>(type, isMax: isMax)
    // Floats compare as the integers that order as they do.
    case .float, .double: ExtremumAccumulator<Int64>(type, isMax: isMax)
    case .bytes, nil: TextExtremumAccumulator(type, isMax: isMax)
    }
  }
}

/// Whether a row has a value, for loops that test one at a time.
struct ValidityBits {
  private let bitmap: Bitmap?

  init(_ bitmap: Bitmap?) { self.bitmap = bitmap }

  @inline(__always)
  subscript(row: Int) -> Bool { bitmap.map { $0[row] } ?? true }
}

extension BufferBuilder {
  /// Grows to `count` elements.
  mutating func extend(to count: Int, with element: Element) {
    if self.count < count { append(repeating: element, count: count - self.count) }
  }
}

// MARK: Counts

/// COUNT: rows, or rows with a value.
final class CountAccumulator: Accumulator {
  private var counts = BufferBuilder<Int64>()

  var sizeBytes: Int { counts.count * 8 }

  // SAFETY: `counts` holds a slot for every group, and groups are below `groupCount`.
  func update(
    _ column: Column?, rowCount: Int, groups: Buffer<UInt32>?, groupCount: Int
  ) throws(ComputeError) {
    counts.extend(to: max(groupCount, 1), with: 0)
    let totals = unsafe counts.unsafeElements()
    guard let groups else {
      unsafe totals[0] &+= Int64(column.map { $0.count - $0.nullCount } ?? rowCount)
      return
    }
    unsafe groups.withUnsafePointer { groups in
      if let validity = column?.validity {
        for row in 0..<rowCount {
          unsafe totals[Int(groups[row])] &+= validity[row] ? 1 : 0
        }
      } else {
        for row in 0..<rowCount { unsafe totals[Int(groups[row])] &+= 1 }
      }
    }
  }

  func merge(
    _ other: any Accumulator, groups: Buffer<UInt32>, groupCount: Int
  ) throws(ComputeError) {
    guard let other = other as? CountAccumulator else { preconditionFailure("another aggregate") }
    counts.extend(to: groupCount, with: 0)
    for group in 0..<min(other.counts.count, groups.count) {
      counts[Int(groups[group])] += other.counts[group]
    }
  }

  func finish(groupCount: Int) throws(ComputeError) -> Column {
    counts.extend(to: groupCount, with: 0)
    return Column(type: .long, values: .int64(counts.take()))
  }
}
