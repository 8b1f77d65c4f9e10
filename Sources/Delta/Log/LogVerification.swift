import Base
package import Store

/// What a check of a table's log found.
package struct LogVerification: Sendable {
  /// Versions that have a version checksum file and were compared with it.
  package var checkedVersions: [Int64] = []
  /// Every contradiction and every damaged commit, as errors that name the file.
  package var findings: [DeltaError] = []
  /// Version checksum files that cannot be read. They contradict nothing: whoever writes one need
  /// not make it durable.
  package var unreadable: [String] = []
}

extension LogVerification {
  /// Compares every version that can still be read with its version checksum file, where it has
  /// one. Reading a table never depends on these files.
  ///
  /// Delta protocol (PROTOCOL.md), "State Validation".
  ///
  /// - Throws: `notFound` if there is no table; `corrupt` for a log that cannot be read at all.
  /// - Complexity: O(actions of the log + files for each checksum file).
  package static func checksums(
    _ store: any ObjectStore, parallelism: Int = 1
  ) throws(DeltaError) -> LogVerification {
    try relisting(store) { (listing) throws(DeltaError) in
      var verification = LogVerification()
      try verification.check(listing, store, parallelism)
      return verification
    }
  }

  private mutating func check(
    _ listing: LogListing, _ store: any ObjectStore, _ parallelism: Int
  ) throws(DeltaError) {
    // Says what is wrong if there is no table or the log has gaps.
    let latest = try LogSegment(listing, target: nil, table: store.location).version
    var loader = SnapshotLoader(store: store, parallelism: parallelism)
    let commits = Dictionary(
      listing.commits.map { ($0.version, $0.entry) }, uniquingKeysWith: { first, _ in first })
    let checksums = Dictionary(
      listing.checksums.map { ($0.version, $0.entry) }, uniquingKeysWith: { first, _ in first })
    var state: LogState?
    var previous: Int64 = -1
    // Not every version up to the latest: the first may have any number.
    let versions = Set(commits.keys).union(checksums.keys)
      .union(listing.checkpoints.map(\.version)).filter { $0 <= latest }
    for version in versions.sorted() {
      if version != previous + 1 { state = nil }
      previous = version
      if let entry = commits[version], state != nil || version == 0 {
        do {
          let commit = try CommitFile.read(store, entry, version: version)
          if state == nil { state = LogState() }
          state?.apply(commit)
        } catch where error.code == .corrupt {
          findings.append(error)
          state = nil
        }
      } else {
        state = nil
      }
      // After what was cleaned up the next checkpoint is where the log goes on.
      if state == nil, listing.checkpoints.contains(where: { $0.version == version }) {
        try loader.replay(listing, version: version)
        state = LogState(&loader)
      }
      if let state, let entry = checksums[version] {
        try compare(state, version, entry, store)
      }
    }
  }

  private mutating func compare(
    _ state: LogState, _ version: Int64, _ entry: ObjectEntry, _ store: any ObjectStore
  ) throws(DeltaError) {
    try checkSize(entry, version: version, table: store.location)
    let bytes = try readingLog(entry.path, table: store.location) { () throws(StoreError) in
      try store.read(entry.path, range: nil)
    }
    let faults: [String]
    do throws(ActionFault) { faults = try StatedState(bytes).contradictions(state) } catch {
      unreadable.append(entry.path)
      return
    }
    checkedVersions.append(version)
    findings += faults.map { fault in
      .corrupt(
        fault, table: store.location, version: version, file: entry.path,
        hint: "the log was changed after the commit, or the writer of this file counted wrong")
    }
  }
}
