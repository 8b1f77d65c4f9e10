// Rows of several batches go to their places in one: what concatenating and then gathering would
// give, with every value moved once.
import Base
import Columns

extension ColumnBatch {
  /// `columns` of all `batches` as columns of their own, row `r` of batch `b` at `places[b][r]`.
  ///
  /// - Complexity: O(rows * columns + bytes).
  /// - Throws: `ComputeError` when the text or elements of a column number more than 2^32.
  /// - Precondition: all have the types of `schema`; the places are every number below the count of
  ///   all rows, once.
  static func arranging(
    _ batches: [ColumnBatch], columns: [Int], schema: Schema, at places: [Buffer<UInt32>]
  ) throws(ComputeError) -> ColumnBatch {
    let rowCount = batches.reduce(0) { $0 + $1.rowCount }
    var arranged: [Column] = []
    for index in columns {
      arranged.append(
        try Column.arranging(
          batches.map { $0.columns[index] }, type: schema.fields[index].type, at: places,
          rowCount: rowCount))
    }
    return ColumnBatch(
      schema: schema.selecting(columns), columns: arranged, rowCount: rowCount)
  }
}

extension Column {
  fileprivate static func arranging(
    _ parts: [Column], type: DataType, at places: [Buffer<UInt32>], rowCount: Int
  ) throws(ComputeError) -> Column {
    let values: ColumnValues
    switch type.physical {
    case .boolean:
      values = .boolean(
        scatter(parts, places, rowCount) { if case .boolean(let slots) = $0 { slots } else { nil } }
      )
    case .int32:
      values = .int32(
        scatter(parts, places, rowCount) { if case .int32(let slots) = $0 { slots } else { nil } })
    case .int64:
      values = .int64(
        scatter(parts, places, rowCount) { if case .int64(let slots) = $0 { slots } else { nil } })
    case .int128:
      values = .int128(
        scatter(parts, places, rowCount) { if case .int128(let slots) = $0 { slots } else { nil } })
    case .float:
      values = .float(
        scatter(parts, places, rowCount) { if case .float(let slots) = $0 { slots } else { nil } })
    case .double:
      values = .double(
        scatter(parts, places, rowCount) { if case .double(let slots) = $0 { slots } else { nil } })
    case .bytes: values = try scatterText(parts, places, rowCount)
    case nil:
      var order = BufferBuilder<UInt32>(capacity: rowCount)
      order.append(repeating: 0, count: rowCount)
      var row: UInt32 = 0
      for places in places {
        for index in 0..<places.count {
          order[Int(places[index])] = row
          row += 1
        }
      }
      return try concatenating(parts, type: type).gathering(order.freeze()).compacted()
    }
    return Column(type: type, validity: scatterValidity(parts, places, rowCount), values: values)
  }

  // SAFETY: the places of all parts are every row below `rowCount`, once (`places`), so that every
  // slot is written, and none outside.
  private static func scatter<T: BitwiseCopyable>(
    _ parts: [Column], _ places: [Buffer<UInt32>], _ rowCount: Int,
    _ slots: (ColumnValues) -> Buffer<T>?
  ) -> Buffer<T> {
    var output = BufferBuilder<T>(capacity: rowCount)
    let target = unsafe output.unsafeTail(rowCount)
    for (part, places) in zip(parts, places) {
      if let slots = slots(part.values) { unsafe scatterSlots(slots, places, into: target) }
    }
    unsafe output.advance(by: rowCount)
    return output.freeze()
  }

  /// Where a text is, until it is copied.
  // SAFETY: used within `scatterText` only, whose parts keep the text.
  @unsafe
  private struct TextPlace: BitwiseCopyable {
    var start: UnsafePointer<UInt8>
    var count: Int
  }

  /// First where each text is goes to its place, then the text is copied front to back.
  // SAFETY: as in `scatter`; `parts` keep the text. A copy of 16 bytes reads past a text into its
  // buffer's padding, and writes past it into room that the next text, or nothing, takes.
  private static func scatterText(
    _ parts: [Column], _ places: [Buffer<UInt32>], _ rowCount: Int
  ) throws(ComputeError) -> ColumnValues {
    var texts = unsafe BufferBuilder<TextPlace>(capacity: rowCount)
    let target = unsafe texts.unsafeTail(rowCount)
    var total = 0
    for (part, places) in zip(parts, places) {
      guard case .bytes(let slots, let data) = part.values else { continue }
      let validity = part.validity
      unsafe data.withUnsafePointer { data in
        let slices = slots.span
        let rows = places.span
        for row in slices.indices {
          let slice = slices[row]
          let isNull = validity.map { !$0[row] } ?? false
          let count = isNull ? 0 : Int(slice.count)
          total &+= count
          let start = unsafe isNull ? data : data + Int(slice.offset)
          unsafe target[Int(rows[row])] = unsafe TextPlace(start: start, count: count)
        }
      }
    }
    guard total <= Int(UInt32.max) else {
      throw ComputeError(
        .resourceLimit, "a column of strings holds more than 4 GiB",
        hint: "select fewer rows, or fewer columns")
    }
    var slots = BufferBuilder<ValueSlice>(capacity: rowCount)
    let slot = unsafe slots.unsafeTail(rowCount)
    var bytes = BufferBuilder<UInt8>(capacity: total + 16)
    let start = unsafe UnsafeMutableRawPointer(bytes.unsafeTail(total + 16))
    var end = 0
    for row in 0..<rowCount {
      let count = unsafe target[row].count
      let source = unsafe UnsafeRawPointer(target[row].start)
      unsafe slot[row] = ValueSlice(
        offset: UInt32(truncatingIfNeeded: end), count: UInt32(truncatingIfNeeded: count))
      if count <= 16 {
        unsafe (start + end).storeBytes(
          of: source.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
      } else {
        unsafe (start + end).copyMemory(from: source, byteCount: count)
      }
      end &+= count
    }
    unsafe bytes.advance(by: total)
    unsafe slots.advance(by: rowCount)
    return withExtendedLifetime(parts) { .bytes(slots.take(), data: bytes.take()) }
  }

  private static func scatterValidity(
    _ parts: [Column], _ places: [Buffer<UInt32>], _ rowCount: Int
  ) -> Bitmap? {
    if parts.allSatisfy({ $0.validity == nil }) { return nil }
    var isValid = BufferBuilder<UInt8>(capacity: rowCount)
    isValid.append(repeating: 1, count: rowCount)
    for (part, places) in zip(parts, places) {
      guard let validity = part.validity else { continue }
      for row in 0..<places.count where !validity[row] { isValid[Int(places[row])] = 0 }
    }
    var bits = BitmapBuilder(capacity: rowCount)
    for row in 0..<rowCount { bits.append(isValid[row] == 1) }
    return bits.freeze()
  }
}

@specialized(where T == Int32)
@specialized(where T == Int64)
@specialized(where T == Double)
@unsafe
private func scatterSlots<T: BitwiseCopyable>(
  _ slots: Buffer<T>, _ places: Buffer<UInt32>, into target: UnsafeMutablePointer<T>
) {
  precondition(slots.count == places.count)
  // SAFETY: the caller's places are within its target; both buffers have `count` elements.
  unsafe slots.withUnsafePointer { slot in
    unsafe places.withUnsafePointer { place in
      for row in 0..<places.count { unsafe target[Int(place[row])] = slot[row] }
    }
  }
}
