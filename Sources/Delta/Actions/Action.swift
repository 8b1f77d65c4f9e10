package import JSON

/// One line of a commit.
package enum Action: Sendable, Equatable {
  case commitInfo(CommitInfo)
  case tableProtocol(TableProtocol)
  case metadata(TableMetadata)
  case transaction(TransactionIdentifier)
  case domainMetadata(DomainMetadata)
  case add(AddFile)
  case remove(RemoveFile)
  case change(ChangeFile)
  /// Whatever later protocols add: readers ignore it.
  case other(String)
}

extension Action {
  /// - Throws: `ActionFault` unless it is an object with a known action of the right shape, an
  ///   unknown one, or none.
  init(_ json: JSONValue) throws(ActionFault) {
    guard json.kind == .object else { throw ActionFault(message: "not a JSON object") }
    var name: String?
    for member in json.members where !member.value.isNull {
      name = member.name
      switch member.name {
      case "add":
        var known = PartitionValuesCache()
        self = .add(try AddFile(member.value, &known))
      case "remove": self = .remove(try RemoveFile(member.value))
      case "cdc": self = .change(try ChangeFile(member.value))
      case "commitInfo": self = .commitInfo(CommitInfo(member.value))
      case "protocol": self = .tableProtocol(try TableProtocol(member.value))
      case "metaData": self = .metadata(try TableMetadata(member.value))
      case "txn": self = .transaction(try TransactionIdentifier(member.value))
      case "domainMetadata": self = .domainMetadata(try DomainMetadata(member.value))
      default: continue
      }
      return
    }
    self = .other(name ?? "")
  }

  package func write(to writer: inout JSONWriter) {
    switch self {
    case .commitInfo(let info): info.write(to: &writer)
    case .tableProtocol(let value): value.write(to: &writer)
    case .metadata(let metadata): metadata.write(to: &writer)
    case .transaction(let transaction): transaction.write(to: &writer)
    case .domainMetadata(let domain): domain.write(to: &writer)
    case .add(let file): file.write(to: &writer)
    case .remove(let file): file.write(to: &writer)
    case .change(let file): file.write(to: &writer)
    case .other: break
    }
  }
}
