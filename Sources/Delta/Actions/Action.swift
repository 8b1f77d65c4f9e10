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
  private static let names: Set<String> = [
    "commitInfo", "protocol", "metaData", "txn", "domainMetadata", "add", "remove", "cdc",
  ]

  /// Delta protocol (PROTOCOL.md), "Delta Log Entries": every action is a line of its own. Of two
  /// in one line one would be lost.
  ///
  /// - Throws: `ActionFault` naming the actions, where an object has more than one.
  static func checkIsOne(_ json: JSONValue) throws(ActionFault) {
    let found = json.members.filter { names.contains($0.name) && !$0.value.isNull }
    if found.count > 1 {
      throw ActionFault(
        message: "the line has two actions, `\(found[0].name)` and `\(found[1].name)`: each has a "
          + "line of its own")
    }
  }

  /// - Throws: `ActionFault` unless it is an object with one known action of the right shape, an
  ///   unknown one, or none.
  init(_ json: JSONValue) throws(ActionFault) {
    guard json.kind == .object else { throw ActionFault(message: "not a JSON object") }
    try Action.checkIsOne(json)
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
