import Base
import Columns
import Compute

/// One term of `--sort-by`: a column, or a column and `asc` or `desc`.
///
/// Nulls come first, or last if the order is descending, as Spark has it; NaN is above all numbers.
enum SortTerm {
  /// - Throws: `invalidArgument` for a column that is not there, has no order, or is named twice.
  static func keys(_ terms: [String], in schema: Schema) throws(GrebeError) -> [SortKey] {
    var keys: [SortKey] = []
    for term in terms {
      let (column, isDescending) = try resolve(term, in: schema)
      let field = schema.fields[column]
      guard field.type.isOrdered else {
        throw GrebeError(
          .invalidArgument, "rows cannot be sorted by a \(field.type)",
          place: "column \(field.name)")
      }
      guard !keys.contains(where: { $0.column == column }) else {
        throw GrebeError(.invalidArgument, "sort column named twice", place: field.name)
      }
      keys.append(
        SortKey(column: column, isDescending: isDescending, nullsFirst: !isDescending))
    }
    return keys
  }

  /// A column may be called `a desc` itself.
  private static func resolve(
    _ term: String, in schema: Schema
  ) throws(GrebeError) -> (column: Int, isDescending: Bool) {
    if let column = schema.resolve(term) { return (column, false) }
    for (word, isDescending) in [(" desc", true), (" asc", false)]
    where term.lowercased().hasSuffix(word) {
      var name = term.dropLast(word.count)
      while name.last == " " { name.removeLast() }
      if let column = schema.resolve(String(name)) { return (column, isDescending) }
    }
    throw GrebeError(
      .invalidArgument, "no such column to sort by", place: term,
      hint: "name columns, or a column and desc; the columns are "
        + schema.names.joined(separator: ", "))
  }
}
