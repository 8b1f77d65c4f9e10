import Columns
import Grebe

/// One cell as JSON and as a row object.
enum CellText {
  /// Numbers as numbers, decimals with every digit, instants as text; NaN and infinities as text.
  static func json(_ cell: Scalar) -> String {
    switch cell {
    case .null: "null"
    case .boolean(let flag): flag ? "true" : "false"
    case .integer, .decimal: cell.description
    case .double(let number): number.isFinite ? cell.description : JSONText.quoted(cell.description)
    default: JSONText.quoted(cell.description)
    }
  }

  static func value(_ cell: Scalar) -> ReportValue {
    switch cell {
    case .null: .null
    case .boolean(let flag): .boolean(flag)
    case .integer(let number): .integer(number)
    case .double(let number): .number(number)
    default: .string(cell.description)
    }
  }

  static func object(_ batch: ColumnBatch, row: Int) -> ReportValue {
    .object(zip(batch.schema.names, batch.columns).map { ($0, value($1[row])) })
  }
}
