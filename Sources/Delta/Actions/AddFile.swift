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
  /// Parsed on demand by pruning; most scans never look at it.
  var statisticsSource: StatisticsSource
  public var tags: [String: String?]?
  /// Nil where all of them are: there are millions of files in memory, and few have any.
  private var features: FeatureFields?

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
    statisticsSource = StatisticsSource(statisticsJSON)
    self.tags = tags
    featureFields = (deletionVector, baseRowID, defaultRowCommitVersion, clusteringProvider)
  }
}

/// What only files of tables with some feature have.
private indirect enum FeatureFields: Sendable, Equatable {
  case fields(DeletionVector?, Int64?, Int64?, String?)
}

extension AddFile {
  private var featureFields: (DeletionVector?, Int64?, Int64?, String?) {
    get {
      guard case .fields(let vector, let rowID, let version, let provider)? = features else {
        return (nil, nil, nil, nil)
      }
      return (vector, rowID, version, provider)
    }
    set {
      let isEmpty =
        newValue.0 == nil && newValue.1 == nil && newValue.2 == nil && newValue.3 == nil
      features =
        isEmpty ? nil : .fields(newValue.0, newValue.1, newValue.2, newValue.3)
    }
  }

  public var deletionVector: DeletionVector? {
    get { features == nil ? nil : featureFields.0 }
    set { featureFields.0 = newValue }
  }

  public var baseRowID: Int64? {
    get { featureFields.1 }
    set { featureFields.1 = newValue }
  }

  public var defaultRowCommitVersion: Int64? {
    get { featureFields.2 }
    set { featureFields.2 = newValue }
  }

  public var clusteringProvider: String? {
    get { featureFields.3 }
    set { featureFields.3 = newValue }
  }
}

extension AddFile {
  /// Statistics as raw JSON: O(statistics) where a checkpoint holds them as columns.
  public var statisticsJSON: String? {
    get { statisticsSource.json }
    set { statisticsSource = StatisticsSource(newValue) }
  }

  /// - Parameter known: gives files with equal partition values one dictionary.
  init(_ json: JSONValue, _ known: inout PartitionValuesCache) throws(ActionFault) {
    let fields = try ActionFields("add", json)
    var path: String?
    var partitionValues: [String: String?]?
    var sizeBytes: Int64?
    var modifiedMillis: Int64?
    var dataChange: Bool?
    self.init(path: "", partitionValues: [:], sizeBytes: 0, modifiedMillis: 0)
    var member = JSONMemberCursor(json)
    // In one pass: there are hundreds of thousands of these.
    while member.advance() {
      if member.valueIsNull { continue }
      let value = member.value
      if member.isNamed("path") {
        path = try fields.string("path", value)
      } else if member.isNamed("partitionValues") {
        partitionValues = try known.values(value, of: fields)
      } else if member.isNamed("size") {
        sizeBytes = try fields.integer("size", value)
      } else if member.isNamed("modificationTime") {
        modifiedMillis = try fields.integer("modificationTime", value)
      } else if member.isNamed("dataChange") {
        dataChange = try fields.boolean("dataChange", value)
      } else if member.isNamed("stats") {
        statisticsSource = .text(try fields.string("stats", value))
      } else if member.isNamed("tags") {
        tags = try fields.stringMap("tags", value)
      } else if member.isNamed("deletionVector") {
        deletionVector = try DeletionVector(value)
      } else if member.isNamed("baseRowId") {
        baseRowID = try fields.integer("baseRowId", value)
      } else if member.isNamed("defaultRowCommitVersion") {
        defaultRowCommitVersion = try fields.integer("defaultRowCommitVersion", value)
      } else if member.isNamed("clusteringProvider") {
        clusteringProvider = try fields.string("clusteringProvider", value)
      }
    }
    self.path = try fields.require(path, "path")
    self.partitionValues = try fields.require(partitionValues, "partitionValues")
    self.sizeBytes = try fields.require(sizeBytes, "size")
    self.modifiedMillis = try fields.require(modifiedMillis, "modificationTime")
    self.dataChange = try fields.require(dataChange, "dataChange")
    try check()
  }

  /// What every `add` must satisfy, from JSON or from a checkpoint.
  func check() throws(ActionFault) {
    if sizeBytes < 0 { throw ActionFault(message: "`add.size` is negative") }
    if sizeBytes >= Limits.logNumber { throw ActionFault(message: "`add.size` is out of range") }
    if modifiedMillis.magnitude >= Limits.logNumber.magnitude {
      throw ActionFault(message: "`add.modificationTime` is out of range")
    }
    if let deletionVector, !deletionVector.isPossible {
      throw ActionFault(message: "`add.deletionVector` has numbers that are out of range")
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

  /// The `remove` that takes this file out of the table. It says all that the file is, and no tags
  /// are as much of an answer as some.
  package func removed(atMillis: Int64, dataChange: Bool) -> RemoveFile {
    RemoveFile(
      path: path, deletionMillis: atMillis, dataChange: dataChange,
      partitionValues: partitionValues, sizeBytes: sizeBytes, tags: tags ?? [:],
      deletionVector: deletionVector, baseRowID: baseRowID,
      defaultRowCommitVersion: defaultRowCommitVersion)
  }
}
