import Base
package import JSON
import Store

/// The last checkpoint file: a hint where the log may be read from.
///
/// Delta protocol (PROTOCOL.md), "Last Checkpoint File Schema".
struct LastCheckpoint {
  static let path = logDirectory + "/_last_checkpoint"

  private let summary: CheckpointSummary

  private let nowMillis: Int64

  init(_ summary: CheckpointSummary, nowMillis: Int64) {
    self.summary = summary
    self.nowMillis = nowMillis
  }

  /// Writes the hint, unless there is one at a later version.
  func write(to store: any ObjectStore) throws(DeltaError) {
    if let version = LastCheckpoint.version(in: store), version > summary.version { return }
    let unchecked = json(checksum: nil)
    let root: JSONValue
    do { root = try JSONDocument(unchecked, range: 0..<unchecked.count).root } catch {
      throw DeltaError(.internalError, "the last checkpoint file is not JSON")
    }
    let bytes = json(checksum: MD5.hex(utf8: canonicalJSON(root)))
    try storing { () throws(StoreError) in try store.put(LastCheckpoint.path, bytes.bytes) }
  }

  private func json(checksum: String?) -> Buffer<UInt8> {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("version", summary.version)
    writer.member("size", summary.actionCount)
    writer.member("sizeInBytes", summary.sizeBytes)
    writer.member("numOfAddFiles", summary.fileCount)
    if summary.isV2 && summary.path != checkpointPath(summary.version) {
      // As Spark names the file: one version may have several. A classic name needs no naming, and
      // some readers look for a UUID here.
      writer.key("v2Checkpoint")
      writer.beginObject()
      writer.member("path", String(summary.path.dropFirst(logDirectory.utf8.count + 1)))
      writer.member("sizeInBytes", summary.topSizeBytes)
      writer.member("modificationTime", nowMillis)
      writer.endObject()
    }
    if let checksum { writer.member("checksum", checksum) }
    writer.endObject()
    return writer.freeze()
  }

  /// Whether there is a hint that names no version.
  static func isUnreadable(in store: any ObjectStore) -> Bool {
    (try? store.entry(path)) != nil && version(in: store) == nil
  }

  /// The version that the hint names; nil if there is none that can be read.
  static func version(in store: any ObjectStore) -> Int64? {
    guard let bytes = try? store.read(path, range: nil),
      let root = (try? JSONDocument(bytes, range: 0..<bytes.count))?.root, root.kind == .object
    else { return nil }
    return root["version"]?.int64.flatMap { (0..<Limits.logNumber).contains($0) ? $0 : nil }
  }
}

/// Delta protocol (PROTOCOL.md), "JSON checksum": every leaf with the path to it, sorted by the
/// paths' bytes. The top level's `checksum` is left out.
package func canonicalJSON(_ root: JSONValue) -> String {
  var leaves: [(path: String, value: String)] = []
  func quoted(_ text: String) -> String {
    "\"" + percentEncoded(text) { isUnreservedInURI($0) } + "\""
  }
  func visit(_ value: JSONValue, _ path: String) {
    let prefix = path.isEmpty ? "" : path + "+"
    switch value.kind {
    case .object:
      for (name, member) in value.members where !(path.isEmpty && name == "checksum") {
        visit(member, prefix + quoted(name))
      }
    case .array:
      for (index, element) in value.elements.enumerated() { visit(element, prefix + "\(index)") }
    case .string: leaves.append((path, quoted(value.string ?? "")))
    default: leaves.append((path, value.json))
    }
  }
  visit(root, "")
  leaves.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  return leaves.map { $0.path + "=" + $0.value }.joined(separator: ",")
}
