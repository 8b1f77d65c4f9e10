import Columns

/// What to know about names before a table is made of them.
enum ColumnNames {
  /// Characters that Spark refuses in column names of tables without column mapping.
  private static let awkward = Set(" ,;{}()\n\t=")

  /// A line about names that some engines refuse; nil if there are none.
  static func warning(_ schema: Schema) -> String? {
    let names = schema.names.filter { $0.contains(where: awkward.contains) }
    guard !names.isEmpty else { return nil }
    let shown = names.prefix(3).map { "\"\($0)\"" }.joined(separator: ", ")
    return "note: Spark cannot write tables with column names such as \(shown)"
      + (names.count > 3 ? " and \(names.count - 3) more" : "")
  }
}
