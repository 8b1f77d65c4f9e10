// `stats_parsed` and `partitionValues_parsed`: what `stats` and `partitionValues` say, in the types
// of the columns. Delta protocol (PROTOCOL.md), "Checkpoints", "Per-file Statistics".
import Columns
import JSON

/// The parsed columns of a checkpoint's `add`.
struct ParsedColumns: Sendable {
  private let partitionFields: [Field]
  /// Columns with statistics; names are physical.
  private let nodes: [ParsedNode]
  /// Whether bounds may be wider than the rows that deletion vectors leave.
  private let saysTightness: Bool

  init(_ snapshot: Snapshot) {
    let metadata = snapshot.metadata
    let mapping = metadata.columnMapping
    func physical(_ field: Field) -> Field {
      var field = field
      field.name = field.physicalName(mapping)
      if case .structure(let children) = field.type {
        field.type = .structure(children.map(physical))
      }
      return field
    }
    partitionFields = metadata.partitionColumns.compactMap { name in
      metadata.schema.index(of: name).map { physical(metadata.schema.fields[$0]) }
    }
    let columns = metadata.schema.fields.filter { !metadata.partitionColumns.contains($0.name) }
    let indexed = snapshot.indexedColumns
    var left = indexed.count
    nodes = ParsedNode.nodes(columns.map(physical), left: &left, named: indexed.named)
    saysTightness = snapshot.tableProtocol.writerFeatures?.contains("deletionVectors") == true
  }

  /// Nil for a table without partitions.
  ///
  /// - Throws: `corrupt` for a text that stands for no value of its column: a null in its place
  ///   would be another partition.
  func partitionValues(_ files: [AddFile], _ rows: Range<Int>) throws(DeltaError) -> Column? {
    guard !partitionFields.isEmpty else { return nil }
    var columns: [(name: String, column: Column)] = []
    for field in partitionFields {
      var values: [Scalar] = []
      values.reserveCapacity(rows.count)
      for row in rows {
        let text = files[row].partitionValues[field.name] ?? nil
        values.append(try partitionScalar(text, type: field.type, column: field.name))
      }
      columns.append((field.name, Column(field.type, values)))
    }
    return .structure(columns)
  }

  /// Null where a file has no statistics that make sense.
  func statistics(_ files: [AddFile], _ rows: Range<Int>) -> Column {
    let roots = rows.map { row -> JSONValue? in
      guard let text = files[row].statisticsJSON, let root = (try? JSONDocument(utf8: text))?.root
      else { return nil }
      return root.kind == .object ? root : nil
    }
    func member(_ name: String) -> [JSONValue?] { roots.map { $0?[name] } }
    let all = roots.indices
    let counts = member("numRecords")
    var fields: [(name: String, column: Column)] = [
      ("numRecords", .longs(all) { counts[$0]?.int64 })
    ]
    for (name, part) in [("minValues", ParsedPart.minimum), ("maxValues", .maximum)] {
      if let column = ParsedNode.column(nodes, member(name), part) { fields.append((name, column)) }
    }
    if let column = ParsedNode.column(nodes, member("nullCount"), .nullCount) {
      fields.append(("nullCount", column))
    }
    if saysTightness {
      let tight = member("tightBounds")
      fields.append(("tightBounds", .flags(all) { tight[$0]?.boolean }))
    }
    return .structure(fields, isPresent: roots.map { $0 != nil })
  }
}

private enum ParsedPart {
  case minimum, maximum, nullCount
}

/// A column with statistics, or a struct of such.
private indirect enum ParsedNode: Sendable {
  case column(String, DataType)
  case structure(String, [ParsedNode])

  /// - Parameters:
  ///   - left: columns that may still have statistics; fields of structs count.
  ///   - named: those that have them in any case.
  static func nodes(
    _ fields: [Field], left: inout Int, named: Set<[String]>, below path: [String] = []
  ) -> [ParsedNode] {
    var nodes: [ParsedNode] = []
    for field in fields {
      if case .structure(let children) = field.type {
        let below = self.nodes(children, left: &left, named: named, below: path + [field.name])
        if !below.isEmpty { nodes.append(.structure(field.name, below)) }
      } else if left > 0 || named.contains(path + [field.name]) {
        nodes.append(.column(field.name, field.type))
        left -= 1
      }
    }
    return nodes
  }

  /// One row a file; nil if no column has such a statistic.
  static func column(
    _ nodes: [ParsedNode], _ objects: [JSONValue?], _ part: ParsedPart
  ) -> Column? {
    var fields: [(name: String, column: Column)] = []
    for node in nodes {
      switch node {
      case .column(let name, let type):
        let values = objects.map { $0?[name] }
        if part == .nullCount {
          fields.append((name, .longs(values.indices) { values[$0]?.int64 }))
        } else if type.hasBounds {
          let bounds = values.map { bound($0, type, isMax: part == .maximum) }
          fields.append((name, Column(type, bounds)))
        }
      case .structure(let name, let below):
        if let column = column(below, objects.map { $0?[name] }, part) {
          fields.append((name, column))
        }
      }
    }
    if fields.isEmpty { return nil }
    return .structure(fields, isPresent: objects.map { $0?.kind == .object })
  }

  /// Null where the text says nothing of the type. Writers cut time stamps to milliseconds: what a
  /// greatest one may have lost is given back, since the type has no room for a doubt.
  private static func bound(_ json: JSONValue?, _ type: DataType, isMax: Bool) -> Scalar {
    guard let json, !json.isNull, let value = parseStatistic(json, type) else { return .null }
    switch value {
    case .timestamp(let micros) where isMax: return .timestamp(min(micros, .max - 999) + 999)
    case .timestampNtz(let micros) where isMax: return .timestampNtz(min(micros, .max - 999) + 999)
    default: return value
    }
  }
}

extension DataType {
  /// Whether statistics hold a least and a greatest value.
  fileprivate var hasBounds: Bool {
    switch self {
    case .byte, .short, .integer, .long, .float, .double, .decimal, .string, .date, .timestamp,
      .timestampNtz:
      true
    default: false
    }
  }
}
