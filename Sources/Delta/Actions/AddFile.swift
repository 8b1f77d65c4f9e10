import Base
package import JSON

/// The `add` action: a data file that belongs to the table from this version on.
///
/// Delta protocol (PROTOCOL.md), "Add File and Remove File".
public struct AddFile: Sendable, Equatable {
  /// URL-encoded, relative to the table root unless it carries a scheme.
  public var path: String
  /// Keyed by physical column name; `nil` is the null partition, not "absent".
  public var partitionValues: [String: String?]
  public var sizeBytes: Int64
  public var modifiedMillis: Int64
  /// False when the rows only moved, as in a compaction. Streams skip such files.
  public var dataChange: Bool
  /// Raw JSON. Parsed on demand by pruning; most scans never look at it.
  public var statisticsJSON: String?
  public var tags: [String: String?]?
  public var deletionVector: DeletionVector?
  public var baseRowID: Int64?
  public var defaultRowCommitVersion: Int64?
  public var clusteringProvider: String?

  public init(
    path: String, partitionValues: [String: String?], sizeBytes: Int64, modifiedMillis: Int64,
    dataChange: Bool = true, statisticsJSON: String? = nil, tags: [String: String?]? = nil,
    deletionVector: DeletionVector? = nil, baseRowID: Int64? = nil,
    defaultRowCommitVersion: Int64? = nil, clusteringProvider: String? = nil
  ) {
    self.path = path
    self.partitionValues = partitionValues
    self.sizeBytes = sizeBytes
    self.modifiedMillis = modifiedMillis
    self.dataChange = dataChange
    self.statisticsJSON = statisticsJSON
    self.tags = tags
    self.deletionVector = deletionVector
    self.baseRowID = baseRowID
    self.defaultRowCommitVersion = defaultRowCommitVersion
    self.clusteringProvider = clusteringProvider
  }
}

extension AddFile {
  init(_ json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("add", json)
    path = try fields.string("path")
    partitionValues = try fields.stringMap("partitionValues")
    sizeBytes = try fields.integer("size")
    modifiedMillis = try fields.integer("modificationTime")
    dataChange = try fields.boolean("dataChange")
    statisticsJSON = try fields.optionalString("stats")
    tags = try fields.optionalStringMap("tags")
    deletionVector =
      if let vector = fields.field("deletionVector") { try DeletionVector(vector) } else { nil }
    baseRowID = try fields.optionalInteger("baseRowId")
    defaultRowCommitVersion = try fields.optionalInteger("defaultRowCommitVersion")
    clusteringProvider = try fields.optionalString("clusteringProvider")
    try check()
  }

  /// What every `add` must satisfy, from JSON or from a checkpoint.
  func check() throws(ActionFault) {
    if sizeBytes < 0 { throw ActionFault(message: "`add.size` is negative") }
    if sizeBytes >= Limits.logNumber { throw ActionFault(message: "`add.size` is out of range") }
    if modifiedMillis.magnitude >= Limits.logNumber.magnitude {
      throw ActionFault(message: "`add.modificationTime` is out of range")
    }
    if percentDecoded(path) == nil || path.isEmpty {
      throw ActionFault(message: "`add.path` is not a URI: \(path)")
    }
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("add")
    writer.beginObject()
    writer.member("path", path)
    writer.member("partitionValues", partitionValues)
    writer.member("size", sizeBytes)
    writer.member("modificationTime", modifiedMillis)
    writer.member("dataChange", dataChange)
    if let statisticsJSON { writer.member("stats", statisticsJSON) }
    if let tags { writer.member("tags", tags) }
    if let deletionVector { deletionVector.write(to: &writer) }
    if let baseRowID { writer.member("baseRowId", baseRowID) }
    if let defaultRowCommitVersion {
      writer.member("defaultRowCommitVersion", defaultRowCommitVersion)
    }
    if let clusteringProvider { writer.member("clusteringProvider", clusteringProvider) }
    writer.endObject()
    writer.endObject()
  }
}

extension AddFile {
  /// What log replay deduplicates by: a path may recur under a new deletion vector.
  package var key: FileKey { FileKey(path: path, deletionVectorID: deletionVector?.uniqueID) }

  /// The file's path below the table's root, unescaped.
  ///
  /// - Throws: `unsupported` for an absolute path or URL, as shallow clones have.
  package func storePath() throws(DeltaError) -> String { try Delta.storePath(logged: path) }

  /// The `remove` that takes this file out of the table.
  package func removed(atMillis: Int64, dataChange: Bool) -> RemoveFile {
    RemoveFile(
      path: path, deletionMillis: atMillis, dataChange: dataChange,
      partitionValues: partitionValues, sizeBytes: sizeBytes, tags: tags,
      deletionVector: deletionVector, baseRowID: baseRowID,
      defaultRowCommitVersion: defaultRowCommitVersion)
  }
}

/// The path below the table's root of a file that the log names, unescaped.
///
/// - Throws: `unsupported` for an absolute path or URL, as shallow clones have.
func storePath(logged path: String) throws(DeltaError) -> String {
  guard let decoded = percentDecoded(path) else {
    throw .corrupt("a file's path is not a URI: \(path)")
  }
  if decoded.hasPrefix("/") || decoded.contains("://") || decoded.hasPrefix("file:") {
    throw DeltaError(
      .unsupported, "files outside the table's directory (a shallow clone) cannot be read",
      file: decoded)
  }
  return decoded
}

/// Identity of a logical file: where its bytes are, and which of its rows are deleted.
package struct FileKey: Sendable, Hashable {
  /// Unescaped and escaped again in one way, so that two spellings of one path are one file, and
  /// paths of different bytes are different files.
  package var path: String
  package var deletionVectorID: String?

  package init(path: String, deletionVectorID: String?) {
    let isEscaped = path.utf8.contains(UInt8(ascii: "%"))
    self.path = byteIdentity(isEscaped ? percentDecoded(path) ?? path : path)
    self.deletionVectorID = deletionVectorID
  }
}
