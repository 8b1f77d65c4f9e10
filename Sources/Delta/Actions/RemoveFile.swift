package import JSON

/// The `remove` action: a file that leaves the table; a tombstone until it expires.
///
/// Delta protocol (PROTOCOL.md), "Add File and Remove File".
package struct RemoveFile: Sendable, Equatable {
  package var path: String
  package var deletionMillis: Int64?
  package var dataChange: Bool
  package var partitionValues: [String: String?]?
  package var sizeBytes: Int64?
  package var tags: [String: String?]?
  package var deletionVector: DeletionVector?
  package var baseRowID: Int64?
  package var defaultRowCommitVersion: Int64?

  package init(
    path: String, deletionMillis: Int64?, dataChange: Bool,
    partitionValues: [String: String?]? = nil, sizeBytes: Int64? = nil,
    tags: [String: String?]? = nil, deletionVector: DeletionVector? = nil,
    baseRowID: Int64? = nil, defaultRowCommitVersion: Int64? = nil
  ) {
    self.path = path
    self.deletionMillis = deletionMillis
    self.dataChange = dataChange
    self.partitionValues = partitionValues
    self.sizeBytes = sizeBytes
    self.tags = tags
    self.deletionVector = deletionVector
    self.baseRowID = baseRowID
    self.defaultRowCommitVersion = defaultRowCommitVersion
  }

  package var key: FileKey { FileKey(path: path, deletionVectorID: deletionVector?.uniqueID) }
}

extension RemoveFile {
  init(_ json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("remove", json)
    path = try fields.string("path")
    deletionMillis = try fields.optionalInteger("deletionTimestamp")
    dataChange = try fields.optionalBoolean("dataChange") ?? true
    partitionValues = try fields.optionalStringMap("partitionValues")
    sizeBytes = try fields.optionalInteger("size")
    tags = try fields.optionalStringMap("tags")
    deletionVector =
      if let vector = fields.field("deletionVector") { try DeletionVector(vector) } else { nil }
    baseRowID = try fields.optionalInteger("baseRowId")
    defaultRowCommitVersion = try fields.optionalInteger("defaultRowCommitVersion")
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("remove")
    writer.beginObject()
    writer.member("path", path)
    if let deletionMillis { writer.member("deletionTimestamp", deletionMillis) }
    writer.member("dataChange", dataChange)
    // The flag promises all three; a `remove` of others may lack some.
    if partitionValues != nil && sizeBytes != nil && tags != nil {
      writer.member("extendedFileMetadata", true)
    }
    if let partitionValues { writer.member("partitionValues", partitionValues) }
    if let sizeBytes { writer.member("size", sizeBytes) }
    if let tags { writer.member("tags", tags) }
    if let deletionVector { deletionVector.write(to: &writer) }
    if let baseRowID { writer.member("baseRowId", baseRowID) }
    if let defaultRowCommitVersion {
      writer.member("defaultRowCommitVersion", defaultRowCommitVersion)
    }
    writer.endObject()
    writer.endObject()
  }
}
