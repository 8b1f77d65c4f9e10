import Base
import JSON

/// Where the deleted rows of a file are recorded.
///
/// Delta protocol (PROTOCOL.md), "Deletion Vector Descriptor Schema".
public struct DeletionVector: Sendable, Equatable {
  /// `u` a file named by a UUID, `i` inline, `p` an absolute path.
  public var storageType: String
  public var pathOrInlineVector: String
  public var offset: Int64?
  public var sizeBytes: Int64
  /// Rows that are deleted.
  public var cardinality: Int64

  public init(
    storageType: String, pathOrInlineVector: String, offset: Int64?, sizeBytes: Int64,
    cardinality: Int64
  ) {
    self.storageType = storageType
    self.pathOrInlineVector = pathOrInlineVector
    self.offset = offset
    self.sizeBytes = sizeBytes
    self.cardinality = cardinality
  }

  /// Whether its numbers can be those of a vector: nothing that is added to them overflows.
  var isPossible: Bool {
    [sizeBytes, cardinality, offset ?? 0].allSatisfy { (0..<Limits.logNumber).contains($0) }
  }

  /// Distinguishes logical files over one data file.
  package var uniqueID: String {
    storageType + pathOrInlineVector + (offset.map { "@\($0)" } ?? "")
  }
}

extension DeletionVector {
  init(_ json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("deletionVector", json)
    storageType = try fields.string("storageType")
    pathOrInlineVector = try fields.string("pathOrInlineDv")
    offset = try fields.optionalInteger("offset")
    sizeBytes = try fields.integer("sizeInBytes")
    cardinality = try fields.integer("cardinality")
  }

  func write(to writer: inout JSONWriter) {
    writer.key("deletionVector")
    writer.beginObject()
    writer.member("storageType", storageType)
    writer.member("pathOrInlineDv", pathOrInlineVector)
    if let offset { writer.member("offset", offset) }
    writer.member("sizeInBytes", sizeBytes)
    writer.member("cardinality", cardinality)
    writer.endObject()
  }
}
