public import Columns
import Delta
public import Store

/// The columns of a table's version or of a Parquet file.
public struct SchemaReport: Sendable {
  /// Nil for a file.
  public let version: Int64?
  public let schema: Schema
  public let partitionColumns: [String]

  public static func open(
    _ reference: TableReference, environment: Environment
  ) throws(GrebeError) -> SchemaReport {
    if let file = try QueryTableResolver(tables: [:], environment: environment)
      .parquetFile(reference)
    {
      return SchemaReport(version: nil, schema: file.schema, partitionColumns: [])
    }
    let table = try Table.open(reference, environment: environment)
    return SchemaReport(
      version: table.version, schema: table.schema, partitionColumns: table.partitionColumns)
  }
}
