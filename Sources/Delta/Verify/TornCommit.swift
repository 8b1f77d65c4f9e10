import Base
import JSON
package import Store

/// The newest commit of a log, where its writer was stopped in the middle: empty, full of zeros, or
/// cut off. No version follows it, and nobody has read it as one.
package struct TornCommit: Sendable, Equatable {
  package let version: Int64
  package let path: String
  package let sizeBytes: Int64
  package let modifiedMillis: Int64
  /// Actions that can still be read.
  package private(set) var actionCount = 0
  /// What the commit was to do, if that can still be read.
  package private(set) var operation: String?
  /// Data files that it was to add, as far as they can be read: their rows are not in the table.
  package private(set) var addedPaths: [String] = []

  /// Younger than that, a commit may still be in the making.
  static let settledMillis: Int64 = 60_000

  private init(version: Int64, entry: ObjectEntry) {
    self.version = version
    path = entry.path
    sizeBytes = entry.sizeBytes
    modifiedMillis = entry.modifiedMillis
  }

  /// Nil if the newest commit is whole, or damaged in another way.
  static func find(
    in store: any ObjectStore, _ listing: LogListing
  ) throws(DeltaError) -> TornCommit? {
    guard let (version, entry) = listing.commits.last, version == listing.latestVersion,
      // A checkpoint was made of it, so it was whole once.
      !listing.checkpoints.contains(where: { $0.version == version }),
      entry.sizeBytes <= Int64(Limits.commitBytes)
    else { return nil }
    let bytes = try storing { () throws(StoreError) in try store.read(entry.path, range: nil) }
    var commit = TornCommit(version: version, entry: entry)
    return commit.reads(bytes) ? commit : nil
  }

  /// Reads what there is to read; false unless it ends early.
  private mutating func reads(_ bytes: Buffer<UInt8>) -> Bool {
    var statedCount: Int64?
    var start = 0
    let span = bytes.span
    while start < span.count {
      var end = start
      var isBlank = true
      while end < span.count, span[end] != UInt8(ascii: "\n") {
        if ![0, 0x20, 0x0D, 0x09].contains(span[end]) { isBlank = false }
        end += 1
      }
      let line = start..<end
      start = end + 1
      if isBlank { continue }
      guard let document = try? JSONDocument(bytes, range: line) else {
        // A bad line that another follows was not cut off.
        return end == span.count
      }
      // Nor was one that is sound and no action.
      guard let action = try? Action(document.root) else { return false }
      actionCount += 1
      switch action {
      case .commitInfo(let info):
        statedCount = info.actionCount
        operation = info.operation
      case .add(let file): addedPaths.append(file.path)
      default: break
      }
    }
    if actionCount == 0 { return true }
    return statedCount.map { $0 > Int64(actionCount) } ?? false
  }

  var finding: Finding {
    Finding(
      .commitTorn,
      "the newest commit ends early: \(sizeBytes) bytes, of which \(actionCount) actions can be "
        + "read; the table cannot be opened until it is moved aside", version: version, file: path)
  }
}

// MARK: Repair

extension TornCommit {
  /// Moves the torn newest commit, if there is one, to a name that no log has, so that the version
  /// before is the newest again. Touches no other version.
  ///
  /// - Returns: what was moved, and where it is now; nil if the newest commit is not torn.
  /// - Throws: `conflict` if it was written within the last minute, or changes: its writer may be
  ///   at it.
  package static func repair(
    in store: any ObjectStore, environment: Environment
  ) throws(DeltaError) -> (commit: TornCommit, movedTo: String)? {
    guard let torn = try find(in: store, try LogListing(store: store)) else { return nil }
    let now = environment.nowMillis()
    guard torn.modifiedMillis <= now - settledMillis else {
      throw torn.busy("was written less than a minute ago")
    }
    let name = logDirectory + "/_torn_" + padded(Int(torn.version), 20) + "_" + String(now)
    // Its checksum first: as long as the commit is there, another run finds both.
    let checksum = logDirectory + "/" + padded(Int(torn.version), 20) + ".crc"
    if try storing({ () throws(StoreError) in try store.entry(checksum) }) != nil {
      try torn.move(checksum, to: name + "_crc", in: store)
    }
    try torn.move(torn.path, to: name, in: store)
    return (torn, name)
  }

  private func move(
    _ path: String, to name: String, in store: any ObjectStore
  ) throws(DeltaError) {
    let entry = try storing { () throws(StoreError) in try store.entry(path) }
    let bytes = try storing { () throws(StoreError) in try store.read(path, range: nil) }
    // The copy first: a crash in between leaves both, and another run finishes.
    let outcome = try storing { () throws(StoreError) in try store.putIfAbsent(name, bytes.bytes) }
    guard outcome == .written,
      try storing({ () throws(StoreError) in try store.entry(path) }) == entry,
      path != self.path
        || (entry?.sizeBytes == sizeBytes && entry?.modifiedMillis == modifiedMillis)
    else { throw busy("changes") }
    try storing { () throws(StoreError) in try store.delete(path) }
  }

  private func busy(_ what: String) -> DeltaError {
    DeltaError(
      .conflict, "the newest commit ends early and \(what): its writer may be at it",
      version: version, file: path, hint: "wait a minute, then run it again")
  }
}
