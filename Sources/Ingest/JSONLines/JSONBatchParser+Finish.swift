import Base
import Columns
import JSON

// From slots to a batch, rejects and what was learnt.

extension JSONBatchParser {
  func finish(
    _ text: consuming BufferBuilder<UInt8>, _ frame: JSONFrame, _ pointer: TextPointer,
    _ count: Int, newlineCount: Int
  ) -> ParsedBatch {
    var text = text
    var extra = BufferBuilder<UInt8>()
    unescapeStrings(pointer, count: count, extra: &extra)
    if extra.count > 0 { text.append(contentsOf: extra.span) }
    let data = text.take()
    // SAFETY: the data begins with what the slots were made over, and outlives the call.
    return unsafe data.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      var columns =
        options.areObjects
        ? (0..<tree.root.childCount).map { column(tree.root.child($0), text, data) }
        : [column(tree.root, text, data)]
      let isRescued = options.rescues ? rescue(data, &columns) : { _ in false }
      let misfits = notes.misfits.filter { !isRescued($0) }
      let rowCount = tree.root.count
      let batch = ColumnBatch(schema: batchSchema, columns: columns, rowCount: rowCount)
      lastKept = kept(batch, misfits)
      return ParsedBatch(
        batch: lastKept.map { batch.selecting(.rows($0)) } ?? batch,
        rejects: rejectedRows(frame, misfits, text),
        contradictions: contradictions(data, text), rowsRead: rowCount + frame.rejects.count,
        consumedBytes: frame.consumedBytes, newlineCount: newlineCount, text: data.slice(0..<count),
        isRegular: true, newFields: newFields(data), absences: keptAbsences(),
        ignoredMembers: ignoredMembers(data))
    }
  }

  /// The absences of the rows that are in the batch, with their places there.
  private func keptAbsences() -> [JSONAbsence] {
    guard let lastKept, !notes.absences.isEmpty else { return notes.absences }
    var absences: [JSONAbsence] = []
    var place = 0
    for absence in notes.absences {
      while place < lastKept.count && lastKept[place] < absence.row { place += 1 }
      guard place < lastKept.count else { break }
      if lastKept[place] == absence.row {
        absences.append(JSONAbsence(row: place, column: absence.column))
      }
    }
    return absences
  }

  /// The rows without misfits; nil: all.
  private func kept(_ batch: ColumnBatch, _ misfits: [JSONMisfit]) -> Buffer<UInt32>? {
    guard !misfits.isEmpty else { return nil }
    var isBad = [Bool](repeating: false, count: batch.rowCount)
    for misfit in misfits { isBad[misfit.row] = true }
    var kept = BufferBuilder<UInt32>(capacity: batch.rowCount)
    for row in 0..<batch.rowCount where !isBad[row] { kept.append(UInt32(row)) }
    return kept.freeze()
  }

  /// A row of the batch parsed last, as a reject for a reason that the parser does not know.
  ///
  /// - Parameter parsed: what `parse` made, before anything else was parsed.
  package func rejecting(
    _ row: Int, of parsed: ParsedBatch, _ reason: RejectReason, _ message: String
  ) -> RejectedRow {
    let range = rowRange(lastKept.map { Int($0[row]) } ?? row)
    // SAFETY: the text is what the rows' ranges were made over, and outlives the call.
    return unsafe parsed.text.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      var rejected = rejectedRow(range, reason, message, nil, value: nil, text)
      rejected.lineOffset = text.count(of: ASCII.lineFeed, in: 0..<range.lowerBound)
      return rejected
    }
  }

  func rowRange(_ row: Int) -> Range<Int> { Int(rowRanges[row * 2])..<Int(rowRanges[row * 2 + 1]) }

  // MARK: Rejects

  /// Rejects of walk and conversion in the order of the input; of a row with several misfits, the
  /// first one's.
  private func rejectedRows(
    _ frame: JSONFrame, _ misfits: [JSONMisfit], _ text: TextPointer
  ) -> [RejectedRow] {
    guard !frame.rejects.isEmpty || !misfits.isEmpty else { return [] }
    var rows = frame.rejects.map { reject in
      rejectedRow(reject.range, reject.reason, reject.message, reject.node, value: nil, text)
    }
    var first: [Int: JSONMisfit] = [:]
    for misfit in misfits {
      if let earlier = first[misfit.row], isBefore(earlier, misfit) { continue }
      first[misfit.row] = misfit
    }
    for misfit in first.values {
      // An empty string is a value, too; what a record lacks is none.
      let value = misfit.reason == .nullInRequired ? nil : text.string(misfit.range)
      rows.append(
        rejectedRow(
          rowRange(misfit.row), misfit.reason, message(misfit, value ?? ""), misfit.node,
          value: value, text))
    }
    rows.sort { $0.byteOffset < $1.byteOffset }
    var lines = 0
    var counted = 0
    for index in rows.indices {
      lines += text.count(of: ASCII.lineFeed, in: counted..<rows[index].byteOffset)
      counted = rows[index].byteOffset
      rows[index].lineOffset = lines
    }
    return rows
  }

  private func isBefore(_ a: JSONMisfit, _ b: JSONMisfit) -> Bool {
    (a.node.column, a.range.lowerBound) <= (b.node.column, b.range.lowerBound)
  }

  private func message(_ misfit: JSONMisfit, _ value: String) -> String {
    let cut = value.utf8.count <= 80 ? value : String(value.prefix(80)) + "…"
    let shown = cut.isEmpty ? "\"\"" : cut
    return switch misfit.reason {
    case .nullInRequired: "a null where the column allows none"
    case .outOfRange: "\(shown) does not fit \(misfit.node.field.type)"
    case .invalidJSON: "\(shown) is not JSON"
    default: "\(shown) is not of type \(misfit.node.field.type)"
    }
  }

  private func rejectedRow(
    _ range: Range<Int>, _ reason: RejectReason, _ message: String, _ node: JSONNodeRef?,
    value: String?, _ text: TextPointer
  ) -> RejectedRow {
    let end = min(range.upperBound, range.lowerBound + options.rejectTextBytesMax)
    return RejectedRow(
      lineOffset: 0, byteOffset: range.lowerBound, reason: reason, message: message,
      rawText: text.string(range.lowerBound..<end), column: node.flatMap(path), value: value,
      expectedType: node?.field.type)
  }

  /// `customer.name`; elements and entries add nothing.
  func path(_ node: JSONNodeRef) -> String? {
    var names: [String] = []
    var current: JSONNodeRef? = node
    while let node = current, !(node == tree.root && options.areObjects) {
      let parent = node.parent
      let isPart = parent.map { $0.kind == .list || $0.kind == .map } ?? false
      if !isPart { names.append(node.field.name) }
      current = parent
    }
    return names.isEmpty ? nil : names.reversed().joined(separator: ".")
  }

  // MARK: What was learnt

  /// The record of `row`, parsed again.
  func document(_ row: Int, _ data: Buffer<UInt8>) -> JSONValue? {
    try? JSONDocument(data, range: rowRange(row), depthMax: options.depthMax).root
  }

  /// Rows that are no JSON teach nothing.
  func rowsNotJSON() -> Set<Int> {
    Set(notes.misfits.lazy.filter { $0.reason == .invalidJSON }.map(\.row))
  }

  /// All that `record` has for `column`, with values that a later one of the same name replaces.
  private func members(_ record: JSONValue, _ column: Int) -> [JSONValue] {
    guard options.areObjects && !options.areTuples else {
      return member(record, column).map { [$0] } ?? []
    }
    let folded = tree.root.child(column).field.jsonKey.lowercased()
    return record.members.filter { $0.name.lowercased() == folded }.map(\.value)
  }

  /// The member of `record` that fills `column`, the last if it is there more than once.
  func member(_ record: JSONValue, _ column: Int) -> JSONValue? {
    guard options.areObjects else { return record }
    if options.areTuples { return record.elements.dropFirst(column).first { _ in true } }
    let key = tree.root.child(column).field.jsonKey
    if let exact = record[key] { return exact }
    let folded = key.lowercased()
    return record.members.first { $0.name.lowercased() == folded }?.value
  }

  private func contradictions(_ data: Buffer<UInt8>, _ text: TextPointer) -> [Contradiction] {
    if notes.contradictions.isEmpty { return [] }
    let bad = rowsNotJSON()
    return notes.contradictions.sorted { $0.key < $1.key }.compactMap { column, unordered in
      let rows = Set(unordered).subtracting(bad).sorted()
      guard let first = rows.first else { return nil }
      var shape = JSONShape(type: options.schema.fields[column].type)
      var value = ""
      for row in rows {
        for member in document(row, data).map({ members($0, column) }) ?? [] {
          if value.isEmpty { value = String(member.json.prefix(80)) }
          shape.observe(member, formats, depth: options.areObjects ? 1 : 0)
        }
      }
      let start = rowRange(first).lowerBound
      return Contradiction(
        column: column, neededType: shape.type, value: value,
        lineOffset: text.count(of: ASCII.lineFeed, in: 0..<start), byteOffset: start)
    }
  }

  /// Values of a new member whose type is looked at, a batch.
  private static let sampledValues = 64

  private func newFields(_ data: Buffer<UInt8>) -> [Field] {
    guard options.unknownMembers == .collect, !notes.unknown.isEmpty else { return [] }
    var table = JSONObjectShape()
    table.isTable = true
    var seen: [String: Int] = [:]
    let bad = rowsNotJSON()
    for unknown in notes.unknown where !bad.contains(unknown.row) {
      guard let name = (try? JSONDocument(data, range: unknown.key))?.root.string else { continue }
      let place = (path(unknown.parent) ?? "") + "\u{0}" + name
      seen[place, default: 0] += 1
      if seen[place, default: 0] > JSONBatchParser.sampledValues { continue }
      var shape = JSONShape()
      if let value = try? JSONDocument(data, range: unknown.value, depthMax: options.depthMax) {
        shape.observe(value.root, formats, depth: 1)
      }
      note(name, shape, below: unknown.parent, in: &table)
    }
    return table.fields
  }

  /// Puts the shape of a new member where it belongs below its column.
  private func note(
    _ name: String, _ shape: JSONShape, below parent: JSONNodeRef, in table: inout JSONObjectShape
  ) {
    var (name, shape, node) = (name, shape, parent)
    while !(node == tree.root && options.areObjects) {
      var outer = JSONShape()
      switch node.kind {
      case .list: outer.withElement { $0.merge(shape) }
      case .map: outer.withObject { $0.becomeMap(shape) }
      default: outer.withObject { object in object.withMember(name) { $0.merge(shape) } }
      }
      (shape, name) = (outer, node.field.name)
      guard let next = node.parent else { break }
      node = next
    }
    table.withMember(name) { $0.merge(shape) }
  }
}
