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

  /// The live files, newest first; nothing is left of them here, so that they are not copied.
  mutating func takeFiles() -> [AddFile] {
    defer { files = [] }
    return files
  }

  mutating func apply(_ commit: CommitFile) {
    // Within a commit the later line decides, as in a log that is replayed forwards.
    for action in commit.actions.reversed() { apply(action) }
  }

  mutating func apply(_ action: Action) {
    switch action {
    case .add(let file):
      if seen.insert(file.key).inserted { files.append(file) }
    case .remove(let file): seen.insert(file.key)
    case .tableProtocol(let value): if tableProtocol == nil { tableProtocol = value }
    case .metadata(let value): if metadata == nil { metadata = value }
    case .transaction(let value):
      if transactions[value.applicationID] == nil { transactions[value.applicationID] = value }
    case .domainMetadata(let value):
      if seenDomains.insert(value.domain).inserted, !value.removed { domains[value.domain] = value }
    case .commitInfo, .change, .other: break
    }
  }

  /// A checkpoint's file: its keys are unique within the checkpoint, so it need not be remembered.
  mutating func applyCheckpoint(_ file: AddFile) {
    if seen.isEmpty || !seen.contains(file.key) { files.append(file) }
  }
}
