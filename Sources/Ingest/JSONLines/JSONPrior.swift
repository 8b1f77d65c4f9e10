import Columns

/// What the first of several texts that belong together tells of those that are JSON.
package struct JSONPrior: Sendable {
  let layout: JSONLayout?
  /// Of columns that arrays fill by position.
  let names: [String]?
  /// Names of columns that members fill, in lower case.
  private let members: Set<String>
  /// Whether its records, of any kind, fill the one column `value`.
  let areValues: Bool

  /// - Parameter inference: what has seen the records of `first`.
  package init(_ first: DetectedJSONLayout, _ inference: JSONInference) {
    layout = first.layout
    names = first.names
    areValues = first.names == nil && !inference.areObjects
    members = areValues ? [] : Set(inference.schema.names.map { $0.lowercased() })
  }

  /// - Parameter columns: of a text that is no JSON.
  package init(columns: [String]) {
    (layout, names, areValues) = (nil, nil, false)
    members = Set(columns.map { $0.lowercased() })
  }

  /// What the records of a text that belongs with the first are.
  package var records: ExpectedJSONRecords { areValues ? .values : .objects }

  /// Whether `member` of an object is a value of a row, as it is in the first text.
  func hasColumn(_ member: String) -> Bool { members.contains(member.lowercased()) }
}

/// What is known of records before they are looked at.
package enum ExpectedJSONRecords: Sendable {
  /// Nothing: one that is no object makes them all values of the column `value`.
  case unknown
  case objects
  case values
}
