import Base
import JSON
import Store

/// Writes log compaction files, which readers may take in place of the commits they stand for.
///
/// Delta protocol (PROTOCOL.md), "Log Compaction Files".
struct LogCompaction {
  private let store: any ObjectStore

  /// Commits that take more are left as they are: it pays to read many small files as one.
  private static let sizeLimitBytes: Int64 = 64 << 20

  init(_ store: any ObjectStore) { self.store = store }

  static func path(_ versions: ClosedRange<Int64>) -> String {
    logDirectory + "/" + padded(Int(versions.lowerBound), 20) + "."
      + padded(Int(versions.upperBound), 20) + ".compacted.json"
  }

  /// Writes the file that stands for the commits of `versions`, unless there is one, a commit is no
  /// longer there, or they are too large. Returns its path.
  func write(_ versions: ClosedRange<Int64>) throws(DeltaError) -> String? {
    var sizeBytes: Int64 = 0
    for version in versions {
      let entry = try storing { () throws(StoreError) in try store.entry(commitPath(version)) }
      guard let entry else { return nil }
      sizeBytes = sizeBytes.addingSaturated(entry.sizeBytes)
    }
    if sizeBytes > LogCompaction.sizeLimitBytes { return nil }
    var reconciled = ReconciledActions()
    for version in versions.reversed() {
      guard let commit = try CommitFile.read(store, version: version) else { return nil }
      for action in commit.actions.reversed() { reconciled.apply(action) }
    }
    let path = LogCompaction.path(versions)
    let bytes = reconciled.lines()
    let outcome = try storing { () throws(StoreError) in
      try store.putIfAbsent(path, bytes.bytes)
    }
    return outcome == .written ? path : nil
  }
}

/// What is left of the actions of some commits, fed newest first. Unlike in the state of a table,
/// whatever says that something is gone stays: it may be in an older commit.
private struct ReconciledActions {
  private var seen: Set<Subject> = []
  private var kept: [Action] = []

  /// What an action replaces older ones about.
  private enum Subject: Hashable {
    case tableProtocol, metadata
    case transaction(String)
    case domain(String)
    case file(FileKey)
  }

  mutating func apply(_ action: Action) {
    let subject: Subject
    switch action {
    case .tableProtocol: subject = .tableProtocol
    case .metadata: subject = .metadata
    case .transaction(let value): subject = .transaction(value.applicationID)
    case .domainMetadata(let value): subject = .domain(value.domain)
    case .add(let file): subject = .file(file.key)
    case .remove(let file): subject = .file(file.key)
    case .commitInfo, .change, .other: return
    }
    if seen.insert(subject).inserted { kept.append(action) }
  }

  func lines() -> Buffer<UInt8> {
    var writer = JSONWriter()
    for action in kept.reversed() {
      action.write(to: &writer)
      writer.endLine()
    }
    return writer.freeze()
  }
}
