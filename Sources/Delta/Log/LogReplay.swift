/// Reconciles actions into the state of a table: Delta protocol (PROTOCOL.md), "Action
/// Reconciliation".
///
/// Feed the newest version first, then older ones, the checkpoint last: the first action seen for a
/// key decides, so that files removed since are never held.
struct LogReplay {
  private(set) var tableProtocol: TableProtocol?
  private(set) var metadata: TableMetadata?
  private(set) var transactions: [String: TransactionIdentifier] = [:]
  private(set) var domains: [String: DomainMetadata] = [:]
  /// Live files, newest first.
  private var files: [AddFile] = []
  private var seen: Set<FileKey> = []
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

  mutating func apply(_ commit: CommitFile) {
    // Within a commit the later line decides, as in a log that is replayed forwards.
    for action in commit.actions.reversed() { apply(action) }
  }

  mutating func apply(_ action: Action) {
    switch action {
    case .add(let file):
      if seen.insert(file.key).inserted { files.append(file) }
    case .remove(let file): if seen.insert(file.key).inserted { keep(file) }
    case .tableProtocol(let value): if tableProtocol == nil { tableProtocol = value }
    case .metadata(let value): if metadata == nil { metadata = value }
    case .transaction(let value):
      if transactions[value.applicationID] == nil { transactions[value.applicationID] = value }
    case .domainMetadata(let value):
      if seenDomains.insert(value.domain).inserted, !value.removed { domains[value.domain] = value }
    case .commitInfo, .change, .other: break
    }
  }

  /// A tombstone without a time counts as the oldest there is.
  private mutating func keep(_ tombstone: RemoveFile) {
    guard let tombstonesSinceMillis else { return }
    if tombstone.deletionMillis ?? 0 >= tombstonesSinceMillis { tombstones.append(tombstone) }
  }

  /// A checkpoint's tombstone; see `applyCheckpoint(_ file: AddFile)`.
  mutating func applyCheckpoint(_ tombstone: RemoveFile) {
    if seen.isEmpty || !seen.contains(tombstone.key) { keep(tombstone) }
  }

  /// A checkpoint's file: its keys are unique within the checkpoint, so it need not be remembered.
  mutating func applyCheckpoint(_ file: AddFile) {
    if seen.isEmpty || !seen.contains(file.key) { files.append(file) }
  }
}
