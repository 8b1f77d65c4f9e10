package import Base
package import Columns

extension DetectedDialect {
  /// What a sample has for null, besides nothing, in columns that are no text, for a person.
  ///
  /// - Parameters:
  ///   - body: begins at `dataOffset`.
  ///   - types: of the columns that the fields fill; nil: the field is left out.
  /// - Complexity: O(sample).
  package func nullSpellings(
    in body: Buffer<UInt8>, isWhole: Bool, types: [DataType?]
  ) -> [Reason] {
    let nulls = NullTexts(dialect)
    let header = RepeatedHeader(dialect)
    var spellings = [[String: Int]](repeating: [:], count: types.count)
    forEachRecord(of: body, dialect: dialect, columns: fieldCount, isWhole: isWhole) {
      text, record in
      guard dialect.isRow(record.count, columns: fieldCount),
        !(header?.matches(text, record) ?? false)
      else { return true }
      for (column, range) in record.prefix(types.count).enumerated() {
        guard let type = types[column], type != .string, type != .binary else { continue }
        let field = FieldText(text, range.value, trimsSpaces: true)
        // Those of every column are told where they come from.
        if field.isEmpty || nulls.isNull(field) || !nulls.isTypedNull(field, in: type) { continue }
        spellings[column][field.string, default: 0] += 1
      }
      return true
    }
    return spellings.indices.filter { !spellings[$0].isEmpty }.map { column in
      let shown = spellings[column].sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\"\($0.key)\" (\($0.value))" }
      return Reason(
        property: "null",
        text: "\(names[column]): " + shown.joined(separator: ", ")
          + " in the sample, as it is no text")
    }
  }
}
