import Columns
import Grebe

/// Cells as members of a report.
enum CellText {
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
