import Base
import JSON

/// Identity of a logical file: where its bytes are, and which of its rows are deleted.
package struct FileKey: Sendable, Hashable {
  /// Unescaped and escaped again in one way, so that two spellings of one path are one file, and
  /// paths of different bytes are different files.
  package let path: String
  package let deletionVectorID: String?
  /// Of both: workers hash, so that the one that keeps the set of keys need not.
  let hash: Int

  package init(path: String, deletionVectorID: String?) {
    self.deletionVectorID = deletionVectorID
    if isPlain(path) {
      self.path = path
    } else {
      let decoded = percentDecoded(path) ?? path
      // What is plain once it is unescaped is a plain path written in another way.
      self.path = isPlain(decoded) ? decoded : byteIdentity(decoded)
    }
    var hasher = Hasher()
    hasher.combine(self.path)
    if let deletionVectorID { hasher.combine(deletionVectorID) }
    hash = hasher.finalize()
  }

  package static func == (a: FileKey, b: FileKey) -> Bool {
    a.hash == b.hash && a.path == b.path && a.deletionVectorID == b.deletionVectorID
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// Whether Swift compares the text by its bytes and no escaped text (`byteIdentity`) equals it.
private func isPlain(_ path: String) -> Bool {
  path.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "%") }
}

extension FileKey {
  /// Of a `remove`, whose other fields a replay without tombstones does not need.
  init(removed json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("remove", json)
    let path = try fields.string("path")
    let vector = try fields.field("deletionVector").map { value throws(ActionFault) in
      try DeletionVector(value)
    }
    self.init(path: path, deletionVectorID: vector?.uniqueID)
  }
}
