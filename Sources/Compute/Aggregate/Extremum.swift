import Base
import Columns

/// MIN and MAX of values that are stored in a fixed width.
final class ExtremumAccumulator<T: FixedWidthInteger & BitwiseCopyable>: Accumulator {
  private let type: DataType
  private let isMax: Bool
  private var best = BufferBuilder<T>()
  /// 1 where the group has a value.
  private var seen = BufferBuilder<UInt8>()

  init(_ type: DataType, isMax: Bool) {
    self.type = type
    self.isMax = isMax
  }

  var sizeBytes: Int { best.count * (MemoryLayout<T>.stride + 1) }

  private func reserve(_ groupCount: Int) {
    best.extend(to: max(groupCount, 1), with: isMax ? .min : .max)
    seen.extend(to: max(groupCount, 1), with: 0)
  }

  // SAFETY: `best` and `seen` hold a slot for every group, and groups are below `groupCount`.
  func update(
    _ column: Column?, rowCount: Int, groups: Buffer<UInt32>?, groupCount: Int
  ) throws(ComputeError) {
    guard let column else { preconditionFailure("an extremum of nothing") }
    reserve(groupCount)
    let slots = ExtremumAccumulator.orderedSlots(column)
    let best = unsafe best.unsafeElements()
    let seen = unsafe seen.unsafeElements()
    if isMax {
      unsafe fold(slots, column, groups, best, seen) { $0 > $1 ? $0 : $1 }
    } else {
      unsafe fold(slots, column, groups, best, seen) { $0 < $1 ? $0 : $1 }
    }
  }

  // SAFETY: rows are below the columns' count, groups below the slots at `best` and `seen`.
  @inline(__always)
  @unsafe
  private func fold(
    _ slots: Buffer<T>, _ column: Column, _ groups: Buffer<UInt32>?,
    _ best: UnsafeMutablePointer<T>, _ seen: UnsafeMutablePointer<UInt8>, _ better: (T, T) -> T
  ) {
    let validity = column.validity
    unsafe slots.withUnsafePointer { slot in
      guard let groups else {
        var value = unsafe best[0]
        if let validity {
          for row in 0..<slots.count where validity[row] { value = unsafe better(slot[row], value) }
        } else {
          for row in 0..<slots.count { value = unsafe better(slot[row], value) }
        }
        unsafe best[0] = value
        if column.nullCount < slots.count { unsafe seen[0] = 1 }
        return
      }
      unsafe groups.withUnsafePointer { groups in
        for row in 0..<slots.count where validity?[row] ?? true {
          let group = unsafe Int(groups[row])
          unsafe best[group] = better(slot[row], best[group])
          unsafe seen[group] = 1
        }
      }
    }
  }

  func merge(
    _ other: any Accumulator, groups: Buffer<UInt32>, groupCount: Int
  ) throws(ComputeError) {
    guard let other = other as? ExtremumAccumulator<T> else {
      preconditionFailure("another aggregate")
    }
    reserve(groupCount)
    for group in 0..<min(other.best.count, groups.count) where other.seen[group] != 0 {
      let mine = Int(groups[group])
      best[mine] = isMax ? max(best[mine], other.best[group]) : min(best[mine], other.best[group])
      seen[mine] = 1
    }
  }

  func finish(groupCount: Int) throws(ComputeError) -> Column {
    reserve(groupCount)
    let validity = Bitmap(nonZero: seen.take())
    return Column(
      type: type, validity: validity, values: ExtremumAccumulator.values(best.take(), type))
  }

  /// The column's slots, floats as the integers that order as they do.
  private static func orderedSlots(_ column: Column) -> Buffer<T> {
    let slots: Any? =
      switch column.values {
      case .boolean(let slots): slots
      case .int32(let slots): slots
      case .int64(let slots): slots
      case .int128(let slots): slots
      case .float(let slots): map(slots) { sortable(Double($0)) }
      case .double(let slots): map(slots) { sortable($0) }
      case .bytes, .structure, .list: nil
      }
    guard let slots = slots as? Buffer<T> else {
      preconditionFailure("an extremum of \(column.type)")
    }
    return slots
  }

  private static func values(_ best: Buffer<T>, _ type: DataType) -> ColumnValues {
    switch (type.physical, best as Any) {
    case (.float, let slots as Buffer<Int64>): .float(map(slots) { Float(unsortable($0)) })
    case (.double, let slots as Buffer<Int64>): .double(map(slots) { unsortable($0) })
    case (_, let slots as Buffer<UInt8>): .boolean(slots)
    case (_, let slots as Buffer<Int32>): .int32(slots)
    case (_, let slots as Buffer<Int64>): .int64(slots)
    case (_, let slots as Buffer<Int128>): .int128(slots)
    default: preconditionFailure("an extremum of \(type)")
    }
  }
}

/// The double that `sortable` gave.
@inline(__always)
func unsortable(_ ordered: Int64) -> Double {
  Double(bitPattern: UInt64(bitPattern: ordered >= 0 ? ordered : ordered ^ .max))
}

/// MIN and MAX of strings and binary values, by unsigned bytes. Copies a text when it wins.
final class TextExtremumAccumulator: Accumulator {
  private let type: DataType
  private let isMax: Bool
  private var best: [Buffer<UInt8>?] = []

  init(_ type: DataType, isMax: Bool) {
    self.type = type
    self.isMax = isMax
  }

  var sizeBytes: Int { best.reduce(0) { $0 + ($1?.count ?? 0) + 24 } }

  private func reserve(_ groupCount: Int) {
    while best.count < max(groupCount, 1) { best.append(nil) }
  }

  // SAFETY: every slice of a valid row lies within the data.
  func update(
    _ column: Column?, rowCount: Int, groups: Buffer<UInt32>?, groupCount: Int
  ) throws(ComputeError) {
    guard let column, case .bytes(let slots, let data) = column.values else {
      preconditionFailure("a text extremum of something else")
    }
    reserve(groupCount)
    let isValid = ValidityBits(column.validity)
    unsafe data.withUnsafePointer { start in
      for row in 0..<slots.count where isValid[row] {
        let group = Int(groups?[row] ?? 0)
        let slice = slots[row]
        if let known = best[group] {
          let order = unsafe known.withUnsafePointer { known_ in
            unsafe compareBytes(start + Int(slice.offset), Int(slice.count), known_, known.count)
          }
          if isMax ? order <= 0 : order >= 0 { continue }
        }
        var copy = BufferBuilder<UInt8>(capacity: Int(slice.count))
        copy.append(contentsOf: data.slice(slice.range).span)
        best[group] = copy.freeze()
      }
    }
  }

  // SAFETY: both texts are read within their counts.
  func merge(
    _ other: any Accumulator, groups: Buffer<UInt32>, groupCount: Int
  ) throws(ComputeError) {
    guard let other = other as? TextExtremumAccumulator else {
      preconditionFailure("another aggregate")
    }
    reserve(groupCount)
    for group in 0..<min(other.best.count, groups.count) {
      guard let theirs = other.best[group] else { continue }
      let mine = Int(groups[group])
      guard let known = best[mine] else {
        best[mine] = theirs
        continue
      }
      let order = unsafe theirs.withUnsafePointer { a in
        unsafe known.withUnsafePointer { b in unsafe compareBytes(a, theirs.count, b, known.count) }
      }
      if isMax ? order > 0 : order < 0 { best[mine] = theirs }
    }
  }

  func finish(groupCount: Int) throws(ComputeError) -> Column {
    reserve(groupCount)
    var text = TextColumnBuilder(rowCount: groupCount)
    for known in best.prefix(groupCount) {
      let bytes = known ?? Buffer()
      text.append(bytes.span)
    }
    let bits = Bitmap(nonZero: Buffer(best.prefix(groupCount).map { $0 == nil ? UInt8(0) : 1 }))
    return Column(type: type, validity: bits, values: try text.finish())
  }
}
