/// Bad rows that have one reason: of a load that left them out, because `--on-bad-row skip` says
/// so or they seem to be comments, or of a replay that left them in quarantine.
public struct BadRows: Sendable, Equatable {
  /// As the quarantine table calls it, such as `invalid_value`, or one of a replay's own.
  public let reason: String
  public let rowCount: Int
  /// Where the first of them is, in the order of the input.
  public let source: String
  /// 1-based line on which it starts; of a Parquet file, the number of the row.
  public let line: Int64
  /// The column at fault; nil if it is the whole row.
  public let column: String?
  /// What is wrong with it.
  public let message: String
  /// For a person: `orders.csv: line 3`.
  public let place: String
}
