import Base
package import Columns
import JSON

/// Leaf columns with statistics where `delta.dataSkippingNumIndexedCols` does not say otherwise.
package let defaultIndexedColumnCount = 32

extension TableMetadata {
  /// Columns of a file, in order, that get statistics; all if the property is negative. Clustered
  /// tables have more: `Snapshot.indexedColumns`.
  var indexedColumnCount: Int {
    let property = configuration["delta.dataSkippingNumIndexedCols"].flatMap { Int($0) }
    let count = property ?? defaultIndexedColumnCount
    return count < 0 ? Int.max : count
  }
}

/// The statistics of a data file as its `add` holds them. A struct's are an object of its fields';
/// arrays and maps have none.
///
/// - Parameters:
///   - schema: the columns of the file, partition columns left out.
///   - columns: one a leaf of `schema`, in the order of the file.
package func statisticsJSON(
  rowCount: Int64, schema: Schema, columns: [ColumnStatistics],
  indexed: IndexedColumns = IndexedColumns()
) -> String {
  var tree = StatisticsTree(columns: columns, indexed: indexed)
  let nodes = tree.nodes(schema.fields)
  precondition(tree.isAtEnd)
  var writer = JSONWriter()
  writer.beginObject()
  writer.member("numRecords", rowCount)
  for (name, isMax) in [("minValues", false), ("maxValues", true)] {
    writer.key(name)
    write(nodes, to: &writer) { field, column, writer in
      guard let bound = isMax ? column.max : column.min else { return }
      write(bound, of: field, isMax: isMax, to: &writer)
    }
  }
  writer.key("nullCount")
  write(nodes, to: &writer) { field, column, writer in
    if let count = column.nullCount { writer.member(field.name, count) }
  }
  writer.member("tightBounds", true)
  writer.endObject()
  return writer.text
}

/// The statistics of a file that gets a deletion vector: its bounds hold still, but may not be
/// tight, and the number of its rows, deleted or not, has to be there whatever else is.
func statisticsBesideVector(_ known: String?, rowCount: UInt64) -> String {
  statistics(known, rowCount: rowCount, isTight: false)
}

/// Statistics that say how many rows the file has, deleted or not, whatever else they say.
///
/// - Parameter isTight: whether bounds are tight; nil: as `known` says.
func statistics(_ known: String?, rowCount: UInt64, isTight: Bool? = nil) -> String {
  let document = known.flatMap { try? JSONDocument(utf8: $0) }
  let replaced = isTight == nil ? ["numRecords"] : ["numRecords", "tightBounds"]
  var writer = JSONWriter()
  writer.beginObject()
  writer.member("numRecords", rowCount)
  if let root = document?.root, root.kind == .object {
    for member in root.members where !replaced.contains(member.name) {
      writer.member(member.name, raw: member.value.json)
    }
  }
  if let isTight { writer.member("tightBounds", isTight) }
  writer.endObject()
  return writer.text
}

/// A column with statistics, or a struct of such.
private indirect enum StatisticsNode {
  case column(Field, ColumnStatistics)
  case structure(Field, [StatisticsNode])
}

/// Gives the leaves' statistics to the fields of a schema.
private struct StatisticsTree {
  private var columns: ArraySlice<ColumnStatistics>
  /// Columns that may still have statistics. Fields of structs count, structs do not.
  private var indexedCount: Int
  private let indexed: IndexedColumns

  init(columns: [ColumnStatistics], indexed: IndexedColumns) {
    self.columns = columns[...]
    indexedCount = indexed.count
    self.indexed = indexed
  }

  var isAtEnd: Bool { columns.isEmpty }

  mutating func nodes(_ fields: [Field], below path: [String] = []) -> [StatisticsNode] {
    var nodes: [StatisticsNode] = []
    for field in fields {
      if case .structure(let children) = field.type {
        let below = self.nodes(children, below: path + [field.name])
        if !below.isEmpty { nodes.append(.structure(field, below)) }
        continue
      }
      let leaf = columns.first
      columns = columns.dropFirst(leafCount(field.type))
      defer { indexedCount -= 1 }
      let isIndexed =
        indexedCount > 0 && !(path.isEmpty && indexed.unnamed.contains(field.name))
        || indexed.named.contains(path + [field.name])
      if isIndexed, let leaf, !field.type.isNested { nodes.append(.column(field, leaf)) }
    }
    return nodes
  }

  private func leafCount(_ type: DataType) -> Int {
    switch type {
    case .structure(let fields): fields.reduce(0) { $0 + leafCount($1.type) }
    case .array(let element, _): leafCount(element)
    case .map(let key, let value, _): leafCount(key) + leafCount(value)
    default: 1
    }
  }
}

/// Writes an object with what `member` writes of every column.
private func write(
  _ nodes: [StatisticsNode], to writer: inout JSONWriter,
  member: (Field, ColumnStatistics, inout JSONWriter) -> Void
) {
  writer.beginObject()
  for node in nodes {
    switch node {
    case .column(let field, let column): member(field, column, &writer)
    case .structure(let field, let below):
      writer.key(field.name)
      write(below, to: &writer, member: member)
    }
  }
  writer.endObject()
}

/// Writes one bound, or nothing where the format has no way to say it.
private func write(
  _ bound: Scalar, of field: Field, isMax: Bool, to writer: inout JSONWriter
) {
  switch bound {
  case .integer(let value): writer.member(field.name, value)
  case .double(let value) where value.isFinite:
    writer.key(field.name)
    writer.double(value)
  case .decimal(let unscaled, let scale):
    writer.member(field.name, raw: decimalText(unscaled, scale: scale))
  case .string(let text):
    if let text = isMax ? upperPrefix(text) : lowerPrefix(text) { writer.member(field.name, text) }
  case .date(let days):
    let date = CivilDate(daysSinceEpoch: Int(days))
    if (1...9999).contains(date.year) { writer.member(field.name, date.text) }
  case .timestamp(let micros), .timestampNtz(let micros):
    guard let text = milliText(micros, roundsUp: isMax) else { return }
    writer.member(field.name, field.type == .timestamp ? text + "Z" : text)
  default: break
  }
}

/// `yyyy-mm-ddThh:mm:ss.mmm`, the precision that every reader takes: down for a lower bound, up for
/// an upper one.
private func milliText(_ micros: Int64, roundsUp: Bool) -> String? {
  let rest = ((micros % 1000) + 1000) % 1000
  let (down, tooLow) = micros.subtractingReportingOverflow(rest)
  let (up, tooHigh) = down.addingReportingOverflow(roundsUp && rest != 0 ? 1000 : 0)
  if tooLow || tooHigh { return nil }
  let time = CivilTime(microsSinceEpoch: up)
  guard (1...9999).contains(time.date.year) else { return nil }
  let seconds = CivilTime(date: time.date, microsOfDay: time.microsOfDay / 1_000_000 * 1_000_000)
  let millis = Int(time.microsOfDay % 1_000_000 / 1000)
  return seconds.text(separator: "T") + "." + padded(millis, 3)
}

private let prefixScalars = 32

/// Every string that starts with the prefix is not below it.
private func lowerPrefix(_ text: String) -> String {
  String(String.UnicodeScalarView(text.unicodeScalars.prefix(prefixScalars)))
}

/// A short string that is not below `text`; nil if there is none.
///
/// The last character of the prefix that has a successor is replaced by it. UTF-8 sorts by code
/// point, so this bounds every continuation of the prefix.
private func upperPrefix(_ text: String) -> String? {
  var prefix = Array(text.unicodeScalars.prefix(prefixScalars))
  if prefix.count == text.unicodeScalars.count { return text }
  while let last = prefix.popLast() {
    let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
    if let successor = Unicode.Scalar(next) {
      return String(String.UnicodeScalarView(prefix + [successor]))
    }
  }
  return nil
}
