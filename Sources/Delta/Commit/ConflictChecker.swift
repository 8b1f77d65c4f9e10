/// Why a commit lost to one that was made first.
public enum ConflictReason: Sendable, Equatable {
  case tableCreated
  case protocolChanged
  case metadataChanged
  /// Both remove this file, or delete rows of it.
  case fileRemoved(path: String)
  /// Both add this file.
  case fileAdded(path: String)
  /// The other added rows that this transaction should have seen.
  case rowsAdded(path: String)
  /// The other removed rows that this transaction looked at.
  case rowsRemoved(path: String)
  /// Both record the progress of this application; without what follows a `?`.
  case sameApplication(id: String)
  case sameDomain(String)
  /// The other may have deleted files that this transaction brings back.
  case filesVacuumed
  /// The table is no longer at the version that the caller insists on.
  case versionMoved
  /// Other writers won every attempt.
  case tooManyAttempts
}

extension ConflictReason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tableCreated: "another writer created the table"
    case .protocolChanged: "another writer changed the table's protocol"
    case .metadataChanged: "another writer changed the table's schema or properties"
    case .fileRemoved(let path): "another writer removed the file \(path)"
    case .fileAdded(let path): "another writer added the file \(path)"
    case .rowsAdded(let path): "another writer added rows (file \(path))"
    case .rowsRemoved(let path): "another writer removed rows (file \(path))"
    case .sameApplication(let id): "another writer recorded a load of \(id)"
    case .sameDomain(let domain): "another writer changed the domain \(domain)"
    case .filesVacuumed: "a vacuum deletes files that are no longer in the table"
    case .versionMoved: "the table is no longer at the required version"
    case .tooManyAttempts: "other writers kept winning"
    }
  }
}

/// Decides whether a transaction may be committed after versions that it did not see.
///
///   mine \ theirs   append     rewrite (no data change)   remove rows     metadata, protocol
///   append          ok         ok                         ok              conflict
///   rewrite         ok         conflict if same files     as before       conflict
///   delete          if read    conflict if same files     and if read     conflict
///   overwrite       if read    conflict if same files     and if read     conflict
///   metadata        ok         ok                         ok              conflict
///   row tracking on conflict   conflict                   conflict        conflict
///   restore         as an overwrite of the whole table; and a vacuum is in its way
///
/// Files are told apart by path alone: with another deletion vector a file is another logical file,
/// but whoever gives it that vector takes the one away that this transaction saw.
///
/// Delta protocol (PROTOCOL.md) leaves conflicts to the writers; spec/delta/conflicts.md has them
/// pair by pair.
struct ConflictChecker {
  private let transaction: Transaction
  /// Paths, each in its one spelling.
  private let removed: Set<String>
  private let added: Set<String>
  private let applications: Set<String>
  private let domains: Set<String>
  /// The base's files, once they have been asked for.
  private var baseFiles: [FileKey: AddFile]?
  /// What the winners so far added, and this transaction would not have read.
  private var others: [FileKey: AddFile] = [:]

  init(_ transaction: Transaction) {
    self.transaction = transaction
    removed = Set(transaction.removes.map(\.key.path))
    added = Set(transaction.adds.map(\.key.path)).subtracting(removed)
    applications = Set(transaction.transactions.map { ConflictChecker.subject($0.applicationID) })
    domains = Set(transaction.domains.map(\.domain))
  }

  /// The first reason against; nil if there is none.
  ///
  /// - Parameter winner: the commit of the version after the base, then of those that follow it.
  mutating func conflict(with winner: CommitFile) -> ConflictReason? {
    if transaction.base == nil { return .tableCreated }
    for action in winner.actions {
      if let reason = conflict(with: action) { return reason }
    }
    if case .files = transaction.reads {
      for case .add(let file) in winner.actions { others[file.key] = file }
    }
    return nil
  }

  private mutating func conflict(with action: Action) -> ConflictReason? {
    switch action {
    case .tableProtocol: return .protocolChanged
    case .metadata: return .metadataChanged
    case .transaction(let theirs):
      return applications.contains(ConflictChecker.subject(theirs.applicationID))
        ? .sameApplication(id: ConflictChecker.subject(theirs.applicationID)) : nil
    case .domainMetadata(let theirs):
      return domains.contains(theirs.domain) ? .sameDomain(theirs.domain) : nil
    case .remove(let file):
      if transaction.restatesFiles { return .fileRemoved(path: file.path) }
      if removed.contains(file.key.path) { return .fileRemoved(path: file.path) }
      return file.dataChange && wasRead(file) ? .rowsRemoved(path: file.path) : nil
    case .add(let file):
      if transaction.restatesFiles { return .rowsAdded(path: file.path) }
      if added.contains(file.key.path) { return .fileAdded(path: file.path) }
      return file.dataChange && wouldRead(file) ? .rowsAdded(path: file.path) : nil
    case .commitInfo(let info):
      return transaction.bringsFilesBack && info.isVacuum ? .filesVacuumed : nil
    case .change, .other: return nil
    }
  }

  /// What an id records the progress of: two ids that differ only behind a `?` record two states
  /// of the same thing, as those of Grebe's ledger do.
  private static func subject(_ id: String) -> String {
    id.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(id[..<$0]) } ?? id
  }

  private func wouldRead(_ file: AddFile) -> Bool {
    switch transaction.reads {
    case .nothing: false
    case .wholeTable: true
    case .files(let isRead): isRead(file)
    }
  }

  /// Whether the transaction looked at a file that the other removed, or would have.
  private mutating func wasRead(_ removed: RemoveFile) -> Bool {
    switch transaction.reads {
    case .nothing: return false
    case .wholeTable: return true
    case .files(let isRead): return knownFile(removed.key).map(isRead) ?? true
    }
  }

  /// O(files of the base) when a file is first looked for there.
  private mutating func knownFile(_ key: FileKey) -> AddFile? {
    if let file = others[key] { return file }
    if baseFiles == nil {
      baseFiles = Dictionary(
        (transaction.base?.files ?? []).map { ($0.key, $0) }, uniquingKeysWith: { $1 })
    }
    return baseFiles?[key]
  }
}

extension CommitInfo {
  fileprivate var isVacuum: Bool { operation?.hasPrefix("VACUUM") == true }
}
