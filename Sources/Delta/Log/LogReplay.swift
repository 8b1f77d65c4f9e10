/// Reconciles actions into the state of a table: Delta protocol (PROTOCOL.md), "Action
/// Reconciliation".
///
/// Feed the newest version first, then older ones, the checkpoint last: the first action seen for a
/// key decides, so that files removed since are never held. O(1) an action; memory for the live
/// files and for the keys of what the commits after the checkpoint added and removed.
struct LogReplay {
  private(set) var tableProtocol: TableProtocol?
  private(set) var metadata: TableMetadata?
  private(set) var transactions: [String: TransactionIdentifier] = [:]
  private(set) var domains: [String: DomainMetadata] = [:]
  /// Live files, newest first.
  private var files: [AddFile] = []
  private var seen = FileKeySet()
  private var seenDomains: Set<String> = []
  /// Tombstones older than this are forgotten; nil forgets all.
  private let tombstonesSinceMillis: Int64?
  private var tombstones: [RemoveFile] = []

  /// - Parameter tombstonesSinceMillis: keep the removes of files that are not live and were
  ///   deleted at this time or later, as a checkpoint must; nil keeps none.
  init(tombstonesSinceMillis: Int64? = nil) {
    self.tombstonesSinceMillis = tombstonesSinceMillis
  }

  var keepsTombstones: Bool { tombstonesSinceMillis != nil }

  /// Whether a file of a checkpoint may be one that was seen.
  var comparesKeys: Bool { !seen.isEmpty }

  /// Makes room for the files of a checkpoint, as far as their number can be believed.
  mutating func reserve(fileCount: Int) {
    files.reserveCapacity(min(fileCount, 1 << 20))
  }

  /// The live files, newest first; nothing is left of them here, so that they are not copied.
  mutating func takeFiles() -> [AddFile] {
    defer { files = [] }
    return files
  }

  /// The tombstones, newest first; nothing is left of them here.
  mutating func takeTombstones() -> [RemoveFile] {
    defer { tombstones = [] }
    return tombstones
  }

  /// An action of a commit. Within a commit the later line decides, as in a log that is replayed
  /// forwards: feed them backwards.
  mutating func apply(_ step: consuming ReplayStep) {
    switch consume step {
    case .add(let file, let key): if seen.insert(key ?? file.key) { files.append(file) }
    case .remove(let key): _ = seen.insert(key)
    case .tombstone(let file): if seen.insert(file.key) { keep(file) }
    case .table(let action): apply(action)
    }
  }

  /// An action of a checkpoint, whose keys are unique and so need not be remembered.
  mutating func applyCheckpoint(_ step: consuming ReplayStep) {
    switch consume step {
    case .add(let file, let key):
      if seen.isEmpty || !seen.contains(key ?? file.key) { files.append(file) }
    case .remove: break
    case .tombstone(let file): if seen.isEmpty || !seen.contains(file.key) { keep(file) }
    case .table(let action): apply(action)
    }
  }

  private mutating func apply(_ action: Action) {
    switch action {
    case .tableProtocol(let value): if tableProtocol == nil { tableProtocol = value }
    case .metadata(let value): if metadata == nil { metadata = value }
    case .transaction(let value):
      if transactions[value.applicationID] == nil { transactions[value.applicationID] = value }
    case .domainMetadata(let value):
      if seenDomains.insert(value.domain).inserted, !value.removed { domains[value.domain] = value }
    case .add, .remove, .commitInfo, .change, .other: break
    }
  }

  /// A tombstone without a time counts as the oldest there is.
  private mutating func keep(_ tombstone: RemoveFile) {
    guard let tombstonesSinceMillis else { return }
    if tombstone.deletionMillis ?? 0 >= tombstonesSinceMillis { tombstones.append(tombstone) }
  }
}

/// What an action means to a replay.
enum ReplayStep: Sendable {
  /// Without its key where that has nothing to be compared with.
  case add(AddFile, FileKey?)
  /// A `remove` of which nothing else is needed.
  case remove(FileKey)
  case tombstone(RemoveFile)
  /// Protocol, metadata, `txn` or domain metadata.
  case table(Action)
}
