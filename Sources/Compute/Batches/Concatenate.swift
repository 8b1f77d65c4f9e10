import Base
package import Columns

extension Column {
  /// The rows of all `parts`, in order, as one column with its own text. O(rows + bytes).
  ///
  /// - Throws: `ComputeError` when the text takes more than 4 GiB, the most a column addresses.
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
    case nil: throw ComputeError(.unsupported, "columns of type \(type) cannot be joined")
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
  /// - Throws: `ComputeError` when a column of text takes more than 4 GiB.
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
