package import Base

extension Column {
  /// The rows at `rows`, in that order (repeats allowed). String data and the elements of lists
  /// are shared, not copied. O(rows), times the leaves of a struct.
  ///
  /// - Precondition: every index is below `count`.
  package func gathering(_ rows: Buffer<UInt32>) -> Column {
    let values: ColumnValues =
      switch values {
      case .boolean(let slots): .boolean(gather(slots, rows))
      case .int32(let slots): .int32(gather(slots, rows))
      case .int64(let slots): .int64(gather(slots, rows))
      case .int128(let slots): .int128(gather(slots, rows))
      case .float(let slots): .float(gather(slots, rows))
      case .double(let slots): .double(gather(slots, rows))
      case .bytes(let slots, let data): .bytes(gather(slots, rows), data: data)
      case .structure(let fields, _):
        .structure(fields.map { $0.gathering(rows) }, count: rows.count)
      case .list(let slots, let element): .list(gather(slots, rows), element: element)
      }
    return Column(type: type, validity: validity.flatMap { gatherBits($0, rows) }, values: values)
  }

  /// The selected rows.
  package func selecting(_ selection: Selection) -> Column {
    guard case .rows(let rows) = selection else { return self }
    return gathering(rows)
  }

  /// Rows `range`, storage shared where it can be.
  package func slice(_ range: Range<Int>) -> Column {
    let values: ColumnValues =
      switch values {
      case .boolean(let slots): .boolean(slots.slice(range))
      case .int32(let slots): .int32(slots.slice(range))
      case .int64(let slots): .int64(slots.slice(range))
      case .int128(let slots): .int128(slots.slice(range))
      case .float(let slots): .float(slots.slice(range))
      case .double(let slots): .double(slots.slice(range))
      case .bytes(let slots, let data): .bytes(slots.slice(range), data: data)
      case .structure(let fields, _):
        .structure(fields.map { $0.slice(range) }, count: range.count)
      case .list(let slots, let element): .list(slots.slice(range), element: element)
      }
    return Column(type: type, validity: validity.map { sliceBits($0, range) }, values: values)
  }

  /// The same column with what its slices point at copied together, so that it stops holding a
  /// larger buffer.
  package func compacted() -> Column {
    let values: ColumnValues
    switch self.values {
    case .bytes(let slots, let data): values = compactedBytes(slots, data)
    case .list(let slots, let element): values = compactedList(slots, element)
    case .structure(let fields, let count):
      values = .structure(fields.map { $0.compacted() }, count: count)
    default: return self
    }
    return Column(type: type, validity: validity, values: values)
  }

  private func compactedBytes(
    _ slots: Buffer<ValueSlice>, _ data: Buffer<UInt8>
  ) -> ColumnValues {
    var total = 0
    for index in 0..<count where !isNull(index) { total += Int(slots[index].count) }
    var compact = BufferBuilder<ValueSlice>(capacity: count)
    var bytes = BufferBuilder<UInt8>(capacity: total)
    let source = data.span
    for index in 0..<count {
      let slice = isNull(index) ? ValueSlice(offset: 0, count: 0) : slots[index]
      compact.append(ValueSlice(offset: UInt32(bytes.count), count: slice.count))
      bytes.append(contentsOf: source.extracting(slice.range))
    }
    return .bytes(compact.freeze(), data: bytes.freeze())
  }

  private func compactedList(_ slots: Buffer<ValueSlice>, _ element: Column) -> ColumnValues {
    var compact = BufferBuilder<ValueSlice>(capacity: count)
    var rows = BufferBuilder<UInt32>()
    for index in 0..<count {
      let slice = isNull(index) ? ValueSlice(offset: 0, count: 0) : slots[index]
      compact.append(ValueSlice(offset: UInt32(rows.count), count: slice.count))
      for row in slice.range { rows.append(UInt32(row)) }
    }
    return .list(compact.freeze(), element: element.gathering(rows.freeze()).compacted())
  }
}

extension ColumnBatch {
  /// The selected rows of every column.
  package func selecting(_ selection: Selection) -> ColumnBatch {
    guard case .rows(let rows) = selection else { return self }
    return ColumnBatch(
      schema: schema, columns: columns.map { $0.gathering(rows) }, rowCount: rows.count)
  }

  package func slice(_ range: Range<Int>) -> ColumnBatch {
    ColumnBatch(schema: schema, columns: columns.map { $0.slice(range) }, rowCount: range.count)
  }
}

@specialized(where T == Int32)
@specialized(where T == Int64)
@specialized(where T == Double)
@specialized(where T == ValueSlice)
private func gather<T: BitwiseCopyable>(_ slots: Buffer<T>, _ rows: Buffer<UInt32>) -> Buffer<T> {
  var output = BufferBuilder<T>(capacity: rows.count)
  let source = slots.span
  let indices = rows.span
  output.append(count: rows.count) { output in
    for index in indices.indices { output.append(source[Int(indices[index])]) }
  }
  return output.freeze()
}

/// Nil when no gathered row is null.
private func gatherBits(_ bits: Bitmap, _ rows: Buffer<UInt32>) -> Bitmap? {
  var output = BitmapBuilder(capacity: rows.count)
  let words = bits.words.span
  let indices = rows.span
  var ones = 0
  for index in indices.indices {
    let row = indices[index]
    let bit = (words[Int(row &>> 6)] &>> UInt64(row & 63)) & 1
    ones &+= Int(bit)
    output.append(bit == 1)
  }
  return ones == rows.count ? nil : output.freeze()
}

private func sliceBits(_ bits: Bitmap, _ range: Range<Int>) -> Bitmap {
  var output = BitmapBuilder(capacity: range.count)
  for index in range { output.append(bits[index]) }
  return output.freeze()
}
