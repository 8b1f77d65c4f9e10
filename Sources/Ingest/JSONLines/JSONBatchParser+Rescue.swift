import Base
import Columns
import JSON

// The column of what has no other place.

/// A JSON object that is put together: members that are JSON already, and objects again.
private struct RescuedObject {
  private(set) var order: [String] = []
  private var values: [String: String] = [:]
  private var objects: [String: RescuedObject] = [:]

  mutating func set(_ path: ArraySlice<String>, _ json: String) {
    guard let name = path.first else { return }
    if values[name] == nil && objects[name] == nil { order.append(name) }
    if path.count == 1 {
      values[name] = json
      objects[name] = nil
    } else if values[name] == nil {
      objects[name, default: RescuedObject()].set(path.dropFirst(), json)
    }
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    for name in order {
      writer.key(name)
      if let json = values[name] { writer.raw(json) } else { objects[name]?.write(to: &writer) }
    }
    writer.endObject()
  }
}

extension JSONBatchParser {
  /// Fills the last column, and makes null what moves there.
  ///
  /// A member that the schema lacks is kept under the names that lead to it; one that is missing
  /// below an array or map, and a value that does not fit, with the whole of its column.
  ///
  /// - Returns: whether a misfit is rescued. One in a column that allows no null, or that is no
  ///   JSON, is not.
  func rescue(_ data: Buffer<UInt8>, _ columns: inout [Column]) -> (JSONMisfit) -> Bool {
    let root = tree.root
    let isRescued = { (misfit: JSONMisfit) in
      misfit.reason != .nullInRequired && misfit.reason != .invalidJSON
        && root.child(misfit.node.column).isNullable
    }
    var objects: [Int: RescuedObject] = [:]
    for unknown in notes.unknown {
      if let path = path(to: unknown, data) {
        let json = document(data, unknown.value)?.json ?? "null"
        objects[unknown.row, default: RescuedObject()].set(path[...], json)
      } else {
        rescueColumn(unknown.parent.column, unknown.row, data, &objects)
      }
    }
    var nulls: [Int: Set<Int>] = [:]
    for misfit in notes.misfits where isRescued(misfit) {
      nulls[misfit.node.column, default: []].insert(misfit.row)
      rescueColumn(misfit.node.column, misfit.row, data, &objects)
    }
    for (column, rows) in nulls { columns[column] = columns[column].nulling(rows) }
    columns[columns.count - 1] = rescuedColumn(objects)
    return isRescued
  }

  private func document(_ data: Buffer<UInt8>, _ range: Range<Int>) -> JSONValue? {
    try? JSONDocument(data, range: range, depthMax: options.depthMax).root
  }

  /// Keeps all that the record has for a column.
  private func rescueColumn(
    _ column: Int, _ row: Int, _ data: Buffer<UInt8>, _ objects: inout [Int: RescuedObject]
  ) {
    guard let json = document(row, data).flatMap({ member($0, column) })?.json else { return }
    let key = tree.root.child(column).field.jsonKey
    objects[row, default: RescuedObject()].set([key], json)
  }

  /// The names that lead to a member; nil if it lies below an array or map.
  private func path(to unknown: JSONUnknownMember, _ data: Buffer<UInt8>) -> [String]? {
    guard let name = document(data, unknown.key)?.string else { return nil }
    var names = [name]
    var node = unknown.parent
    while !(node == tree.root) {
      if node.kind != .structure { return nil }
      guard let parent = node.parent, parent.kind == .structure else { return nil }
      names.append(node.field.jsonKey)
      node = parent
    }
    return names.reversed()
  }

  private func rescuedColumn(_ objects: [Int: RescuedObject]) -> Column {
    let rowCount = tree.root.count
    var slices = BufferBuilder<ValueSlice>(capacity: rowCount)
    var validity = BitmapBuilder(capacity: rowCount)
    var bytes = BufferBuilder<UInt8>()
    for row in 0..<rowCount {
      var slice = ValueSlice(offset: 0, count: 0)
      if let object = objects[row] {
        var writer = JSONWriter()
        object.write(to: &writer)
        let json = writer.freeze()
        slice = ValueSlice(offset: UInt32(bytes.count), count: UInt32(json.count))
        bytes.append(contentsOf: json.span)
      }
      slices.append(slice)
      validity.append(objects[row] != nil)
    }
    return Column(
      type: .string, validity: validity.take(), values: .bytes(slices.take(), data: bytes.take()))
  }
}

extension Column {
  /// The column with `rows` null as well.
  fileprivate func nulling(_ rows: Set<Int>) -> Column {
    var bits = BitmapBuilder(capacity: count)
    for row in 0..<count { bits.append(!isNull(row) && !rows.contains(row)) }
    return Column(type: type, validity: bits.take(), values: values)
  }
}
