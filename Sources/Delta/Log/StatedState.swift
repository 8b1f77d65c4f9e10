import Base
import JSON
import Store

/// What a version checksum file says of the table at its version. Whatever it does not say, or says
/// in another shape than the protocol's, is not compared.
///
/// Delta protocol (PROTOCOL.md), "Version Checksum File Schema".
struct StatedState: Sendable {
  var tableSizeBytes: Int64?
  var fileCount: Int64?
  var deletedRecordCount: Int64?
  var deletionVectorCount: Int64?
  var inCommitMillis: Int64?
  var metadata: TableMetadata?
  var tableProtocol: TableProtocol?
  var transactions: [TransactionIdentifier]?
  var domains: [DomainMetadata]?
  var files: [AddFile]?

  /// - Throws: `ActionFault` unless it is a JSON object whose actions are of the right shape.
  init(_ bytes: Buffer<UInt8>) throws(ActionFault) {
    let json = try parsing { () throws(JSONError) in try JSONDocument(bytes).root }
    let fields = try ActionFields("checksum", json)
    tableSizeBytes = try fields.optionalInteger("tableSizeBytes")
    fileCount = try fields.optionalInteger("numFiles")
    deletedRecordCount = try fields.optionalInteger("numDeletedRecordsOpt")
    deletionVectorCount = try fields.optionalInteger("numDeletionVectorsOpt")
    inCommitMillis = try fields.optionalInteger("inCommitTimestampOpt")
    metadata = try fields.field("metadata").map { json throws(ActionFault) in
      try TableMetadata(json)
    }
    tableProtocol = try fields.field("protocol").map { json throws(ActionFault) in
      try TableProtocol(json)
    }
    transactions = try StatedState.list(fields, "setTransactions") {
      json throws(ActionFault) in
      try TransactionIdentifier(json)
    }
    domains = try StatedState.list(fields, "domainMetadata") { json throws(ActionFault) in
      try DomainMetadata(json)
    }
    var known = PartitionValuesCache()
    files = try StatedState.list(fields, "allFiles") { json throws(ActionFault) in
      try AddFile(json, &known)
    }
  }

  private static func list<T>(
    _ fields: ActionFields, _ name: String, _ read: (JSONValue) throws(ActionFault) -> T
  ) throws(ActionFault) -> [T]? {
    guard let json = fields.field(name) else { return nil }
    guard json.kind == .array else { throw ActionFault(message: "`\(name)` must be an array") }
    var list: [T] = []
    for element in json.elements { list.append(try read(element)) }
    return list
  }
}

extension StatedState {
  /// What contradicts the state, in words.
  func contradictions(_ state: LogState) -> [String] {
    var found: [String] = []
    func compare(_ name: String, _ stated: Int64?, _ actual: Int64?) {
      guard let stated, let actual, stated != actual else { return }
      found.append("`\(name)` is \(stated) and the log has \(actual)")
    }
    compare("numFiles", fileCount, Int64(state.files.count))
    compare("tableSizeBytes", tableSizeBytes, state.sizeBytes)
    compare("numDeletionVectorsOpt", deletionVectorCount, state.deletionVectorCount)
    compare("numDeletedRecordsOpt", deletedRecordCount, state.deletedRecordCount)
    compare("inCommitTimestampOpt", inCommitMillis, state.inCommitMillis)
    if let metadata, let actual = state.metadata, !isSame(metadata, actual) {
      found.append("`metadata` is not the log's")
    }
    if let tableProtocol, let actual = state.tableProtocol,
      sorted(tableProtocol) != sorted(actual)
    {
      found.append("`protocol` is not the log's")
    }
    // Those that have expired by the table's retention may be left out.
    for stated in transactions ?? [] {
      let actual = state.transactions[stated.applicationID]?.version
      if actual != stated.version {
        found.append(
          "`setTransactions` has \(stated.applicationID) at \(stated.version) and the log "
            + (actual.map { "at \($0)" } ?? "not at all"))
      }
    }
    if let domains {
      let stated = Dictionary(domains.map { ($0.domain, $0) }) { _, last in last }
      if stated.filter({ !$0.value.removed }) != state.domains {
        found.append("`domainMetadata` is not the log's")
      }
    }
    if let files, Set(files.map(\.key)) != Set(state.files.keys) {
      found.append("`allFiles` are not the log's files")
    }
    return found
  }

  private func isSame(_ a: TableMetadata, _ b: TableMetadata) -> Bool {
    var a = a
    // Some writers leave it out of one of the two.
    if a.createdMillis == nil || b.createdMillis == nil { a.createdMillis = b.createdMillis }
    return a == b
  }

  private func sorted(_ value: TableProtocol) -> TableProtocol {
    var value = value
    value.readerFeatures?.sort()
    value.writerFeatures?.sort()
    return value
  }
}

/// A table's state, brought forward commit by commit.
struct LogState: Sendable {
  var files: [FileKey: AddFile] = [:]
  var tableProtocol: TableProtocol?
  var metadata: TableMetadata?
  var transactions: [String: TransactionIdentifier] = [:]
  var domains: [String: DomainMetadata] = [:]
  var inCommitMillis: Int64?

  /// Before the first commit.
  init() {}

  /// - Parameter loader: after its replay; its files are taken.
  init(_ loader: inout SnapshotLoader) {
    for file in loader.takeFiles() { files[file.key] = file }
    let replay = loader.log.replay
    tableProtocol = replay.tableProtocol
    metadata = replay.metadata
    transactions = replay.transactions
    domains = replay.domains
    inCommitMillis = loader.log.inCommitMillis
  }

  mutating func apply(_ commit: CommitFile) {
    inCommitMillis = commit.info?.inCommitMillis
    for action in commit.actions {
      switch action {
      case .add(let file): files[file.key] = file
      case .remove(let file): files[file.key] = nil
      case .tableProtocol(let value): tableProtocol = value
      case .metadata(let value): metadata = value
      case .transaction(let value): transactions[value.applicationID] = value
      case .domainMetadata(let value): domains[value.domain] = value.removed ? nil : value
      case .commitInfo, .change, .other: break
      }
    }
  }

  var sizeBytes: Int64 { files.values.lazy.map(\.sizeBytes).saturatedSum() }
  var deletionVectorCount: Int64 { Int64(files.values.count { $0.deletionVector != nil }) }
  var deletedRecordCount: Int64 {
    files.values.lazy.compactMap(\.deletionVector?.cardinality).saturatedSum()
  }
}
