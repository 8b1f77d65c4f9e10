import Base
package import Columns

extension Column {
  /// The rows of all `parts`, in order, as one column with its own text and elements.
  /// O(rows + bytes + elements).
  ///
  /// - Throws: `ComputeError` when text or elements number more than 2^32, the most a column
  ///   addresses.
  /// - Precondition: every part is of `type`.
  package static func concatenating(
    _ parts: [Column], type: DataType
  ) throws(ComputeError) -> Column {
    precondition(parts.allSatisfy { $0.type == type })
    if parts.count == 1 { return parts[0] }
    let values: ColumnValues
    switch type.physical {
    case .boolean:
      values = .boolean(join(parts) { if case .boolean(let slots) = $0 { slots } else { nil } })
    case .int32:
      values = .int32(join(parts) { if case .int32(let slots) = $0 { slots } else { nil } })
    case .int64:
      values = .int64(join(parts) { if case .int64(let slots) = $0 { slots } else { nil } })
    case .int128:
      values = .int128(join(parts) { if case .int128(let slots) = $0 { slots } else { nil } })
    case .float:
      values = .float(join(parts) { if case .float(let slots) = $0 { slots } else { nil } })
    case .double:
      values = .double(join(parts) { if case .double(let slots) = $0 { slots } else { nil } })
    case .bytes: values = try joinText(parts)
    case nil: values = try joinNested(parts, type)
    }
    return Column(type: type, validity: joinValidity(parts), values: values)
  }

  private static func join<T: BitwiseCopyable>(
    _ parts: [Column], _ slots: (ColumnValues) -> Buffer<T>?
  ) -> Buffer<T> {
    var output = BufferBuilder<T>(capacity: parts.reduce(0) { $0 + $1.count })
    for part in parts {
      if let slots = slots(part.values) { output.append(contentsOf: slots.span) }
    }
    return output.freeze()
  }

  private static func joinText(_ parts: [Column]) throws(ComputeError) -> ColumnValues {
    // Null rows may point anywhere; only text that rows own is copied.
    var sizeBytes = 0
    for part in parts {
      guard case .bytes(let slots, _) = part.values else { continue }
      for row in 0..<slots.count where !part.isNull(row) { sizeBytes += Int(slots[row].count) }
    }
    guard sizeBytes <= Int(UInt32.max) else {
      throw ComputeError(
        .resourceLimit, "a column of strings holds more than 4 GiB",
        hint: "select fewer rows, or fewer columns")
    }
    var output = BufferBuilder<ValueSlice>(capacity: parts.reduce(0) { $0 + $1.count })
    var bytes = BufferBuilder<UInt8>(capacity: sizeBytes)
    for part in parts {
      guard case .bytes(let slots, let data) = part.values else { continue }
      let source = data.span
      for row in 0..<slots.count {
        let slice = part.isNull(row) ? ValueSlice(offset: 0, count: 0) : slots[row]
        output.append(ValueSlice(offset: UInt32(bytes.count), count: slice.count))
        bytes.append(contentsOf: source.extracting(slice.range))
      }
    }
    return .bytes(output.freeze(), data: bytes.freeze())
  }

  private static func joinNested(
    _ parts: [Column], _ type: DataType
  ) throws(ComputeError) -> ColumnValues {
    let count = parts.reduce(0) { $0 + $1.count }
    if case .structure(let fields) = type {
      var children: [Column] = []
      for (index, field) in fields.enumerated() {
        let pieces = parts.compactMap { part -> Column? in
          if case .structure(let columns, _) = part.values { columns[index] } else { nil }
        }
        children.append(try concatenating(pieces, type: field.type))
      }
      return .structure(children, count: count)
    }
    guard let element = type.elementField else {
      throw ComputeError(.unsupported, "columns of type \(type) cannot be joined")
    }
    var slots = BufferBuilder<ValueSlice>(capacity: count)
    var pieces: [Column] = []
    var elementCount = 0
    for part in parts {
      let (own, elements) = try part.ownElements()
      guard elementCount + elements.count <= Int(UInt32.max) else { throw tooManyElements() }
      let shift = UInt32(elementCount)
      let moved = map(own) { ValueSlice(offset: $0.offset &+ shift, count: $0.count) }
      slots.append(contentsOf: moved.span)
      pieces.append(elements)
      elementCount += elements.count
    }
    return .list(slots.freeze(), element: try concatenating(pieces, type: element.type))
  }

  /// The slices of an array or map, with no more elements than its rows have: shared where they lie
  /// one after the other, as they do in a column that was read, else gathered. Null rows have none.
  private func ownElements() throws(ComputeError) -> (
    slots: Buffer<ValueSlice>, elements: Column
  ) {
    guard case .list(let slots, let element) = values else {
      preconditionFailure("the elements of a \(type)")
    }
    var own = BufferBuilder<ValueSlice>(capacity: count)
    var start: Int?
    var end = 0
    var isDense = true
    var total = 0
    for row in 0..<count {
      let slice = isNull(row) ? ValueSlice(offset: 0, count: 0) : slots[row]
      own.append(ValueSlice(offset: UInt32(total), count: slice.count))
      if slice.count == 0 { continue }
      isDense = isDense && (start == nil || Int(slice.offset) == end)
      start = start ?? Int(slice.offset)
      end = slice.range.upperBound
      total += Int(slice.count)
      guard total <= Int(UInt32.max) else { throw Column.tooManyElements() }
    }
    guard let start else { return (own.freeze(), element.slice(0..<0)) }
    if isDense { return (own.freeze(), element.slice(start..<end)) }
    var rows = BufferBuilder<UInt32>(capacity: total)
    for row in 0..<count where !isNull(row) {
      for index in slots[row].range { rows.append(UInt32(truncatingIfNeeded: index)) }
    }
    return (own.freeze(), element.gathering(rows.freeze()))
  }

  private static func tooManyElements() -> ComputeError {
    ComputeError(
      .resourceLimit, "a column of arrays holds more than 2^32 elements",
      hint: "select fewer rows, or fewer columns")
  }

  private static func joinValidity(_ parts: [Column]) -> Bitmap? {
    if parts.allSatisfy({ $0.validity == nil }) { return nil }
    var output = BitmapBuilder(capacity: parts.reduce(0) { $0 + $1.count })
    for part in parts {
      if let validity = part.validity {
        output.append(contentsOf: validity)
      } else {
        output.append(repeating: true, count: part.count)
      }
    }
    return output.freeze()
  }
}

extension ColumnBatch {
  /// The rows of all `batches`, in order. O(rows * columns + bytes).
  ///
  /// - Throws: `ComputeError` when the text or elements of a column number more than 2^32.
  /// - Precondition: all have the types of `schema`.
  package static func concatenating(
    _ batches: [ColumnBatch], schema: Schema
  ) throws(ComputeError) -> ColumnBatch {
    if batches.count == 1 { return batches[0] }
    var columns: [Column] = []
    for index in 0..<schema.count {
      columns.append(
        try Column.concatenating(batches.map { $0.columns[index] }, type: schema.fields[index].type)
      )
    }
    return ColumnBatch(
      schema: schema, columns: columns, rowCount: batches.reduce(0) { $0 + $1.rowCount })
  }
}
