package import JSON

/// The `protocol` action: what a client must implement to read or write the table.
///
/// Delta protocol (PROTOCOL.md), "Protocol Evolution".
public struct TableProtocol: Sendable, Equatable {
  public var minReaderVersion: Int
  public var minWriterVersion: Int
  /// Present only from reader version 3.
  public var readerFeatures: [String]?
  /// Present only from writer version 7.
  public var writerFeatures: [String]?

  public init(
    minReaderVersion: Int, minWriterVersion: Int, readerFeatures: [String]? = nil,
    writerFeatures: [String]? = nil
  ) {
    self.minReaderVersion = minReaderVersion
    self.minWriterVersion = minWriterVersion
    self.readerFeatures = readerFeatures
    self.writerFeatures = writerFeatures
  }
}

extension TableProtocol {
  init(_ json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("protocol", json)
    guard
      let reader = Int32(exactly: try fields.integer("minReaderVersion")),
      let writer = Int32(exactly: try fields.integer("minWriterVersion")),
      reader >= 1, writer >= 1
    else { throw ActionFault(message: "`protocol` has a version that is out of range") }
    minReaderVersion = Int(reader)
    minWriterVersion = Int(writer)
    readerFeatures = try fields.optionalStrings("readerFeatures")
    writerFeatures = try fields.optionalStrings("writerFeatures")
    try check()
  }

  /// What every protocol must satisfy, from JSON or from a checkpoint.
  func check() throws(ActionFault) {
    // Reader version 2 may stand beside writer version 7, whose features then count for both.
    // What later versions have is not known; they are refused by name.
    if minReaderVersion == 3 && readerFeatures == nil {
      throw ActionFault(message: "`protocol` of reader version 3 has no `readerFeatures`")
    }
    if minWriterVersion == 7 && writerFeatures == nil {
      throw ActionFault(message: "`protocol` of writer version 7 has no `writerFeatures`")
    }
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("protocol")
    writeFields(to: &writer)
    writer.endObject()
  }

  /// The object that stands for it, without its name.
  func writeFields(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("minReaderVersion", minReaderVersion)
    writer.member("minWriterVersion", minWriterVersion)
    if let readerFeatures { writer.member("readerFeatures", readerFeatures) }
    if let writerFeatures { writer.member("writerFeatures", writerFeatures) }
    writer.endObject()
  }
}
