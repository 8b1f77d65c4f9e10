import Base
public import Columns
package import JSON

/// The `metaData` action: schema, partitioning and configuration, replaced as a whole.
///
/// Delta protocol (PROTOCOL.md), "Change Metadata".
public struct TableMetadata: Sendable, Equatable {
  /// A UUID that stays with the table.
  public var id: String
  public var name: String?
  public var comment: String?
  /// `parquet` in every table since Delta 0.3.
  public var formatProvider: String
  public var formatOptions: [String: String?]
  public var schema: Schema
  public var partitionColumns: [String]
  public var createdMillis: Int64?
  public var configuration: [String: String]

  public init(
    id: String, name: String? = nil, comment: String? = nil, schema: Schema,
    partitionColumns: [String] = [], createdMillis: Int64? = nil,
    configuration: [String: String] = [:]
  ) {
    self.id = id
    self.name = name
    self.comment = comment
    formatProvider = "parquet"
    formatOptions = [:]
    self.schema = schema
    self.partitionColumns = partitionColumns
    self.createdMillis = createdMillis
    self.configuration = configuration
  }

  /// Whether a boolean property is set to true.
  package func isSet(_ property: String) -> Bool {
    configuration[property]?.lowercased() == "true"
  }
}

extension TableMetadata {
  init(_ json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("metaData", json)
    id = try fields.string("id")
    name = try fields.optionalString("name")
    comment = try fields.optionalString("description")
    if let format = fields.field("format") {
      let formatFields = try ActionFields("metaData.format", format)
      formatProvider = try formatFields.optionalString("provider") ?? "parquet"
      formatOptions = try formatFields.optionalStringMap("options") ?? [:]
    } else {
      formatProvider = "parquet"
      formatOptions = [:]
    }
    schema = try Schema(deltaJSON: try fields.string("schemaString"))
    partitionColumns = try fields.optionalStrings("partitionColumns") ?? []
    createdMillis = try fields.optionalInteger("createdTime")
    configuration = (try fields.optionalStringMap("configuration") ?? [:]).compactMapValues { $0 }
    try check()
  }

  /// What every metadata must satisfy, from JSON or from a checkpoint.
  func check() throws(ActionFault) {
    for column in partitionColumns where schema.index(of: column) == nil {
      throw ActionFault(message: "the partition column `\(column)` is not in the schema")
    }
  }

  /// What metadata must satisfy to be written, besides: a table's columns, and the fields of its
  /// structs, differ in more than case.
  func checkForWriting() throws(ActionFault) {
    try check()
    if let (one, other) = DataType.structure(schema.fields).namesThatDifferInCase {
      throw ActionFault(
        message: "the columns `\(one)` and `\(other)` have one name to Delta, which ignores case")
    }
    if DataType.structure(schema.fields).groupDepth > Limits.schemaDepth {
      throw ActionFault(
        message: "a column lies in more than the \(Limits.schemaDepth) groups that files may nest")
    }
    for kept in RowTrackingColumns(self)?.fields ?? [] {
      let name = kept.name.lowercased()
      for field in schema.fields
      where [field.name, field.physicalName(columnMapping)].contains(where: {
        $0.lowercased() == name
      }) {
        throw ActionFault(
          message: "the table's files keep ids of rows in a column `\(kept.name)`: no other column "
            + "can have the name")
      }
    }
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("metaData")
    writeFields(to: &writer)
    writer.endObject()
  }

  /// The object that stands for it, without its name.
  func writeFields(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    if let name { writer.member("name", name) }
    if let comment { writer.member("description", comment) }
    writer.key("format")
    writer.beginObject()
    writer.member("provider", formatProvider)
    writer.member("options", formatOptions)
    writer.endObject()
    writer.member("schemaString", schema.deltaJSON)
    writer.member("partitionColumns", partitionColumns)
    writer.member("configuration", configuration.mapValues { Optional($0) })
    if let createdMillis { writer.member("createdTime", createdMillis) }
    writer.endObject()
  }
}

extension DataType {
  /// Names on the longest path to a leaf in a Parquet file: lists and maps take two.
  fileprivate var groupDepth: Int {
    switch self {
    case .structure(let fields): 1 + (fields.map(\.type.groupDepth).max() ?? 0)
    case .array(let element, _): 2 + element.groupDepth
    case .map(let key, let value, _): 2 + max(key.groupDepth, value.groupDepth)
    default: 0
    }
  }

  /// Two fields of one struct that differ at most in case; nil where there are none.
  fileprivate var namesThatDifferInCase: (String, String)? {
    switch self {
    case .structure(let fields):
      var seen: [String: String] = [:]
      for field in fields {
        if let known = seen.updateValue(field.name, forKey: field.name.lowercased()) {
          return (known, field.name)
        }
        if let inner = field.type.namesThatDifferInCase { return inner }
      }
      return nil
    case .array(let element, _): return element.namesThatDifferInCase
    case .map(let key, let value, _):
      return key.namesThatDifferInCase ?? value.namesThatDifferInCase
    default: return nil
    }
  }
}
