import Ingest

extension ConversionOptions {
  /// A source column that the table lacks.
  public enum NewColumnPolicy: String, Sendable, CaseIterable {
    /// The table gets it; older rows are null in it.
    case add
    case fail
    /// Its values are left out.
    case ignore
    /// Its values go, as a JSON object, into the column `_rescued_data`.
    case rescue
  }

  /// A source value whose type is not that of the table's column.
  public enum TypeConflictPolicy: String, Sendable, CaseIterable {
    /// It makes its row a bad one.
    case fail
    /// The column's type becomes one that holds both, where both are numbers.
    case widen
    /// Its row goes to quarantine, whatever becomes of other bad rows.
    case quarantine
  }

  /// When a source's column is the table's.
  public enum ColumnMatching: String, Sendable, CaseIterable {
    /// The names are the same.
    case exact
    /// They are but for the case of letters, and no other column's is nearer.
    case ignoreCase = "ignore-case"
  }

  /// What happens to sources that do not look like the table.
  public struct Evolution: Sendable {
    /// Nil: `fail` where the columns are given, by a table or a schema, else `add`.
    public var newColumns: NewColumnPolicy?
    public var typeConflicts = TypeConflictPolicy.fail
    public var matching = ColumnMatching.ignoreCase

    public init() {}
  }

  /// What becomes of a bad row.
  func fate(ofReason reason: RejectReason) -> BadRowPolicy {
    if reason.isNoRow { return .skip }
    guard evolution.typeConflicts == .quarantine else { return onBadRow }
    return reason == .invalidValue || reason == .outOfRange ? .quarantine : onBadRow
  }

  /// Whether rows may go to quarantine.
  var quarantines: Bool { onBadRow == .quarantine || evolution.typeConflicts == .quarantine }
}
