import Base
import Columns

extension HeaderDetector {
  /// Letters that tell of a number how it came about, at most.
  private static let markBytesMax = 4

  /// Whether all values of a column are numbers, some with letters behind a blank that tell how
  /// they came about, or `:` where there is none: `1.5`, `1.5 b`, `: c`, as Eurostat has them.
  func areMarkedNumbers(_ column: Int, _ body: [Record]) -> Bool {
    var hasNumber = false
    for record in body where !fields.isNull(record.cells[column]) {
      let parts = fields.text(record.cells[column]).split(separator: " ")
      guard let value = parts.first, parts.count <= 2 else { return false }
      let mark = parts.dropFirst().first ?? ""
      guard mark.utf8.count <= HeaderDetector.markBytesMax, mark.allSatisfy(\.isLowercase) else {
        return false
      }
      let isNumber = FieldShape(value.utf8).isValue
      guard isNumber || value == ":" else { return false }
      hasNumber = hasNumber || isNumber
    }
    return hasNumber
  }

  /// A field of the record below the header that is text over the values of a single column, and
  /// may be part of the header: of two columns or more it surely is (`belowHeader`).
  func nameBelowHeader(_ table: [Record]) -> String? {
    guard table.count > 3, headerCount == nil, table[0].cells.count == fieldCount,
      table[1].cells.count == fieldCount,
      table[1].cells.allSatisfy({ isName($0) || fields.isEmpty($0) })
    else { return nil }
    let rest = table[2...].filter { $0.cells.count == fieldCount }
    let column = (0..<fieldCount).first { column in
      isName(table[1].cells[column])
        && typeOfColumn(column, rest).map { $0 != .string } ?? false
    }
    return column.map { fields.text(table[1].cells[$0]) }
  }
}
