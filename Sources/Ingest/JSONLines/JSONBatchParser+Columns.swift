import Base
import Columns

// From slots to columns.

extension JSONBatchParser {
  /// Replaces escapes in all text: a slice that holds any moves behind the text, into `extra`.
  func unescapeStrings(
    _ text: TextPointer, count: Int, extra: inout BufferBuilder<UInt8>
  ) {
    guard hasBackslashes else { return }
    unescape(tree.root, text, count, &extra)
  }

  private func unescape(
    _ node: JSONNodeRef, _ text: TextPointer, _ count: Int, _ extra: inout BufferBuilder<UInt8>
  ) {
    for index in 0..<node.childCount { unescape(node.child(index), text, count, &extra) }
    guard node.kind == .text else { return }
    for row in 0..<node.count {
      let slot = node.slot(row)
      if slot >> 63 == 1 {  // Not a string: it stays as it is written.
        node.setSlot(row, slot & ~(1 << 63))
        continue
      }
      let slice = node.slice(row)
      guard hasBackslash(in: slice.range) else { continue }
      let first = extra.count
      if appendUnescapedJSON(text, slice.range, to: &extra) {
        node.setSlice(
          row,
          ValueSlice(offset: UInt32(count + first), count: UInt32(extra.count - first)))
      } else {
        extra.truncate(to: first)
        noteMisfit(node, row, slice.range, .invalidJSON)
        node.setSlice(row, ValueSlice(offset: 0, count: 0))
      }
    }
  }

  /// The rows of `node` as a column.
  func column(_ node: JSONNodeRef, _ text: TextPointer, _ data: Buffer<UInt8>) -> Column {
    let type = node.field.type
    switch node.kind {
    case .structure:
      let columns = (0..<node.childCount).map { column(node.child($0), text, data) }
      return Column(
        type: node.storedType, validity: node.validity(),
        values: .structure(columns, count: node.count))
    case .list:
      return Column(
        type: node.storedType, validity: node.validity(),
        values: .list(slices(node), element: column(node.child(0), text, data)))
    case .map:
      let entries = Column(
        type: node.storedType.elementField?.type ?? .void,
        values: .structure(
          [column(node.child(0), text, data), column(node.child(1), text, data)],
          count: node.child(0).count))
      return Column(
        type: node.storedType, validity: node.validity(),
        values: .list(slices(node), element: entries))
    case .text, .emptyObject, .rescued:
      return Column(
        type: .string, validity: node.validity(), values: .bytes(slices(node), data: data))
    case .boolean:
      var values = BufferBuilder<UInt8>(capacity: node.count)
      for row in 0..<node.count { values.append(UInt8(truncatingIfNeeded: node.slot(row))) }
      return Column(type: type, validity: node.validity(), values: .boolean(values.freeze()))
    case .void:
      return Column(.string, repeating: .null, count: node.count)
    case .number, .temporal:
      return leaf(node, text)
    }
  }

  private func slices(_ node: JSONNodeRef) -> Buffer<ValueSlice> {
    var slices = BufferBuilder<ValueSlice>(capacity: node.count)
    // SAFETY: a slot is a `ValueSlice`, offset first; there is room for `count`.
    let slots = unsafe UnsafeRawPointer(node.base.pointee.slots)
    unsafe slices.unsafeTail(node.count).update(
      from: slots.assumingMemoryBound(to: ValueSlice.self), count: node.count)
    unsafe slices.advance(by: node.count)
    return slices.freeze()
  }

  private func leaf(_ node: JSONNodeRef, _ text: TextPointer) -> Column {
    exceptionRows.removeAll()
    // SAFETY: room for every row of the node.
    let exceptions = unsafe Slots(base: exceptionRows.unsafeTail(node.count + 1))
    let converter = JSONConverter(
      node: node, text: text, formats: formats, hasBackslashes: hasBackslashes,
      isStrict: options.strictColumns.contains(node.column), exceptionRows: exceptions,
      misfit: { row, range, reason in self.noteMisfit(node, row, range, reason) },
      contradict: { row in
        self.notes.contradict(node.column, row: self.topRow(node, row))
      })
    return converter.convert()
  }

  func noteMisfit(
    _ node: JSONNodeRef, _ row: Int, _ range: Range<Int>, _ reason: RejectReason
  ) {
    notes.misfits.append(
      JSONMisfit(row: topRow(node, row), node: node, reason: reason, range: range))
  }

  /// The row of the batch that row `row` of `node` belongs to. O(levels of lists, log rows).
  func topRow(_ node: JSONNodeRef, _ row: Int) -> Int {
    var row = row
    var node = node
    while let parent = node.parent {
      if parent.kind == .list || parent.kind == .map {
        // The last slice that begins at or before the row, empty ones left out.
        var low = 0
        var high = parent.count
        while low < high {
          let middle = (low + high) / 2
          if parent.slice(middle).range.upperBound <= row {
            low = middle + 1
          } else {
            high = middle
          }
        }
        row = low
      }
      node = parent
    }
    return row
  }
}
