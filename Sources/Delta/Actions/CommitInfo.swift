import Base
package import JSON

/// The `commitInfo` action: who did what. Any writer may put anything here, so nothing is required
/// and whatever has an unexpected type is left out.
///
/// Delta protocol (PROTOCOL.md), "Commit Provenance Information".
package struct CommitInfo: Sendable, Equatable {
  package var timestampMillis: Int64?
  package var inCommitMillis: Int64?
  package var operation: String?
  /// Strings as they are, other values as JSON.
  package var operationParameters: [String: String]
  package var operationMetrics: [String: String]
  package var userMetadata: String?
  package var readVersion: Int64?
  package var isolationLevel: String?
  package var isBlindAppend: Bool?
  package var engineInfo: String?
  package var transactionID: String?
  /// Actions in the commit, this one included: Grebe's guard against a commit cut short.
  package var actionCount: Int64?
  /// Further members by name, as JSON.
  package var others: [String: String]

  package init() {
    operationParameters = [:]
    operationMetrics = [:]
    others = [:]
  }
}

extension CommitInfo {
  init(_ json: JSONValue) {
    self.init()
    for (name, value) in json.members {
      switch name {
      case "timestamp": timestampMillis = CommitInfo.millis(value)
      case "inCommitTimestamp": inCommitMillis = CommitInfo.millis(value)
      case "operation": operation = value.string
      case "operationParameters": operationParameters = CommitInfo.texts(value)
      case "operationMetrics": operationMetrics = CommitInfo.texts(value)
      case "userMetadata": userMetadata = value.string
      case "readVersion": readVersion = value.int64
      case "isolationLevel": isolationLevel = value.string
      case "isBlindAppend": isBlindAppend = value.boolean
      case "engineInfo": engineInfo = value.string
      case "txnId": transactionID = value.string
      case "grebeActionCount": actionCount = value.int64
      default: others[name] = value.json
      }
    }
  }

  /// Only what a replay needs.
  init(replaying json: JSONValue) {
    self.init()
    inCommitMillis = json["inCommitTimestamp"].flatMap { CommitInfo.millis($0) }
    actionCount = json["grebeActionCount"]?.int64
  }

  /// Nil if it is no time that anything can be added to.
  private static func millis(_ json: JSONValue) -> Int64? {
    json.int64.flatMap { $0.magnitude < Limits.logNumber.magnitude ? $0 : nil }
  }

  private static func texts(_ json: JSONValue) -> [String: String] {
    var texts: [String: String] = [:]
    for (name, value) in json.members where !value.isNull {
      texts[name] = value.string ?? value.json
    }
    return texts
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("commitInfo")
    writer.beginObject()
    if let inCommitMillis { writer.member("inCommitTimestamp", inCommitMillis) }
    if let timestampMillis { writer.member("timestamp", timestampMillis) }
    if let operation { writer.member("operation", operation) }
    writer.member("operationParameters", operationParameters.mapValues { Optional($0) })
    if let readVersion { writer.member("readVersion", readVersion) }
    if let isolationLevel { writer.member("isolationLevel", isolationLevel) }
    if let isBlindAppend { writer.member("isBlindAppend", isBlindAppend) }
    writer.member("operationMetrics", operationMetrics.mapValues { Optional($0) })
    if let userMetadata { writer.member("userMetadata", userMetadata) }
    if let engineInfo { writer.member("engineInfo", engineInfo) }
    if let transactionID { writer.member("txnId", transactionID) }
    if let actionCount { writer.member("grebeActionCount", actionCount) }
    for (name, json) in others.sorted(by: { $0.key < $1.key }) { writer.member(name, raw: json) }
    writer.endObject()
    writer.endObject()
  }
}
