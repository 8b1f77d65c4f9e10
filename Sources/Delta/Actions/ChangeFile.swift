package import JSON

/// The `cdc` action: a file of the rows that a commit changed, with a column `_change_type`.
///
/// Delta protocol (PROTOCOL.md), "Add CDC File".
package struct ChangeFile: Sendable, Equatable {
  /// URL-encoded, relative to the table root unless it carries a scheme.
  package var path: String
  package var partitionValues: [String: String?]
  package var sizeBytes: Int64
  package var tags: [String: String?]?

  /// Says how the row changed: `insert`, `delete`, `update_preimage`, `update_postimage`.
  package static let typeColumn = "_change_type"
  /// Where change files are.
  static let directory = "_change_data/"

  /// A file written like a data file.
  package init(_ file: AddFile) {
    path = file.path
    partitionValues = file.partitionValues
    sizeBytes = file.sizeBytes
  }
}

extension ChangeFile {
  init(_ json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("cdc", json)
    path = try fields.string("path")
    partitionValues = try fields.optionalStringMap("partitionValues") ?? [:]
    sizeBytes = try fields.optionalInteger("size") ?? 0
    tags = try fields.optionalStringMap("tags")
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("cdc")
    writer.beginObject()
    writer.member("path", path)
    writer.member("partitionValues", partitionValues)
    writer.member("size", sizeBytes)
    writer.member("dataChange", false)
    if let tags { writer.member("tags", tags) }
    writer.endObject()
    writer.endObject()
  }
}
