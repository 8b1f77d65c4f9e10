import Columns
import Grebe
import Parquet

/// Cells as members of a report.
enum CellText {
  static func value(_ cell: Scalar, as type: DataType?) -> ReportValue {
    switch cell {
    case .null: .null
    case .boolean(let flag): .boolean(flag)
    case .integer(let number): .integer(number)
    // The double that has the digits of the float.
    case .double(let number) where type == .float && number.isFinite:
      .number(Double(cell.text(as: type)) ?? number)
    case .double(let number): .number(number)
    default: .string(cell.text(as: type))
    }
  }

  static func object(_ batch: ColumnBatch, row: Int) -> ReportValue {
    .object(zip(batch.schema.names, batch.columns).map { ($0, value($1[row], as: $1.type)) })
  }
}

extension FileInspection.ChunkDetails {
  /// Of the bounds, where their digits depend on it.
  var floatType: DataType? { physicalType == "FLOAT" ? .float : nil }
}
