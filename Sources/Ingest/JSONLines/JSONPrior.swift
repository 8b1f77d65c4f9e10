import Columns

/// What is known of texts that are JSON before they are looked at: what the first of several that
/// belong together tells of the others, or the columns that they are to fill.
package struct JSONPrior: Sendable {
  /// The member that holds the rows of an object that is none; nil if there are no such objects.
  let rowsMember: String?
  /// Of columns that arrays fill by position.
  let names: [String]?
  /// What the records are, but for arrays with `names`.
  package let records: ExpectedJSONRecords
  /// Names of columns that members fill, in lower case.
  private var members: Set<String>

  var areValues: Bool { records == .values }

  /// - Parameter columns: that members fill.
  package init(
    rowsMember: String? = nil, names: [String]? = nil, records: ExpectedJSONRecords = .objects,
    columns: [String]
  ) {
    self.rowsMember = rowsMember
    self.names = names
    self.records = records
    members = records == .values ? [] : Set(columns.map { $0.lowercased() })
  }

  /// - Parameter inference: what has seen the records of `first`.
  package init(_ first: DetectedJSONLayout, _ inference: JSONInference) {
    self.init(
      rowsMember: first.layout.rowsMember, names: first.names,
      records: first.names == nil && !inference.areObjects ? .values : .objects,
      columns: inference.schema.names)
  }

  /// The same with more columns that members fill.
  package func adding(columns: some Sequence<String>) -> JSONPrior {
    if areValues { return self }
    var prior = self
    prior.members.formUnion(columns.lazy.map { $0.lowercased() })
    return prior
  }

  /// Whether `member` of an object is a value of a row.
  func hasColumn(_ member: String) -> Bool { members.contains(member.lowercased()) }
}

/// What is known of records before they are looked at.
package enum ExpectedJSONRecords: Sendable {
  /// Nothing: one that is no object makes them all values of the column `value`.
  case unknown
  case objects
  case values
}
