import Base
import JSON

/// Partition values seen before, so that files of one partition share one dictionary.
struct PartitionValuesCache: Sendable {
  private struct Entry: Sendable {
    let key: [UInt8]
    let values: [String: String?]
  }

  /// By a hash of the key; of two with one hash the later is kept.
  private var entries: [Int: Entry] = [:]
  /// More partitions than this are hardly met again before the cache is full.
  private static let countMax = 4096

  /// The values of a `partitionValues` object: by its bytes, where they were met before.
  mutating func values(
    _ json: JSONValue, of fields: ActionFields
  ) throws(ActionFault) -> [String: String?] {
    let raw = json.rawBytes
    if raw.count <= 2 { return try fields.stringMap("partitionValues", json) }  // `{}`
    // SAFETY: `start` has `raw.count` bytes, which are read within the closure alone.
    return try unsafe raw.withUnsafePointer { start throws(ActionFault) in
      let key = unsafe UnsafeRawBufferPointer(start: start, count: raw.count)
      return try unsafe values(key) { () throws(ActionFault) in
        try fields.stringMap("partitionValues", json)
      }
    }
  }

  /// The values that `make` gives for a key.
  mutating func values(
    _ key: [UInt8], make: () -> [String: String?]
  ) -> [String: String?] {
    // SAFETY: the bytes are read within the closure alone.
    unsafe key.withUnsafeBytes { unsafe values($0, make: make) }
  }

  // SAFETY: the key's bytes outlive the call, and are hashed, compared and copied within it.
  private mutating func values<E: Error>(
    _ key: UnsafeRawBufferPointer, make: () throws(E) -> [String: String?]
  ) throws(E) -> [String: String?] {
    var hasher = Hasher()
    unsafe hasher.combine(bytes: key)
    let hash = hasher.finalize()
    if let entry = entries[hash], unsafe entry.key.elementsEqual(key) { return entry.values }
    let values = try make()
    if entries.count >= PartitionValuesCache.countMax { entries = [:] }
    entries[hash] = Entry(key: unsafe Array(key), values: values)
    return values
  }
}
