/// What a commit did, for `history`: names and parameters as Spark spells them.
package struct Operation: Sendable, Equatable {
  /// `WRITE`, `CREATE TABLE`, `OPTIMIZE`, ...
  package var name: String
  package var parameters: [String: String]
  /// `numFiles`, `numOutputRows`, `numOutputBytes`, ...
  package var metrics: [String: String]
  package var userMetadata: String?
  /// Further members of `commitInfo`, as JSON.
  package var others: [String: String]

  package init(
    _ name: String, parameters: [String: String] = [:], metrics: [String: String] = [:],
    userMetadata: String? = nil, others: [String: String] = [:]
  ) {
    self.name = name
    self.parameters = parameters
    self.metrics = metrics
    self.userMetadata = userMetadata
    self.others = others
  }

  /// A `WRITE`, with `mode` `Append` or `Overwrite`.
  package static func write(mode: String, partitionBy: [String]) -> Operation {
    let columns = partitionBy.map { jsonText($0) }.joined(separator: ",")
    return Operation("WRITE", parameters: ["mode": mode, "partitionBy": "[\(columns)]"])
  }
}
