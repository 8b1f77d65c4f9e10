import Base
import Columns
import Ingest
import JSON

/// Fields that the table has no column for, kept as JSON in one of its columns.
///
/// Sources fill hidden columns, all of them strings: of delimited text the fields, of Parquet files
/// the JSON texts of their values. Each row's that are not null become the members of an object,
/// and the object the row's value.
struct RescuedData: Sendable {
  /// Name of the column that holds them.
  static let columnName = JSONParserOptions.rescuedColumn

  static let field = Field(columnName, .string)

  /// Where a schema has that column, if it does.
  ///
  /// - Throws: `invalidArgument` for one that can hold no JSON.
  static func position(in schema: Schema) throws(GrebeError) -> Int? {
    guard let position = schema.index(of: columnName) else { return nil }
    let type = schema.fields[position].type
    guard type == .string else {
      throw GrebeError(
        .invalidArgument, "the table's column \(columnName) is \(type), and rescued values need a "
          + "string", place: "--on-new-column rescue",
        hint: "grebe alter renames or drops it; --on-new-column ignore leaves the values out")
    }
    return position
  }

  /// Position of that column among those that sources fill.
  let target: Int
  /// Positions of the hidden columns: the last ones.
  var hidden: Range<Int>
  /// Whether hidden columns hold JSON already.
  var holdsJSON = false

  /// The rows without hidden columns. O(bytes of the hidden values).
  func apply(_ batch: ColumnBatch) -> ColumnBatch {
    let visible = Array(0..<hidden.lowerBound)
    var columns = visible.map { batch.columns[$0] }
    columns[target] = objects(batch)
    return ColumnBatch(
      schema: batch.schema.selecting(visible), columns: columns, rowCount: batch.rowCount)
  }

  /// What a source itself has in the column stays where there is nothing to add, and is a member
  /// of its own where there is.
  private func objects(_ batch: ColumnBatch) -> Column {
    let own = batch.columns[target]
    var builder = BufferBuilder<UInt8>()
    var slices = BufferBuilder<ValueSlice>(capacity: batch.rowCount)
    var isValid: [Bool] = []
    isValid.reserveCapacity(batch.rowCount)
    for row in 0..<batch.rowCount {
      let start = builder.count
      if hidden.contains(where: { !batch.columns[$0].isNull(row) }) {
        var json = JSONWriter()
        json.beginObject()
        if case .string(let text) = own[row] { json.member(RescuedData.columnName, text) }
        for position in hidden {
          guard case .string(let text) = batch.columns[position][row] else { continue }
          let name = batch.schema.fields[position].name
          if holdsJSON { json.member(name, raw: text) } else { json.member(name, text) }
        }
        json.endObject()
        let bytes = json.freeze()
        builder.append(contentsOf: bytes.span)
      } else if case .string(let text) = own[row] {
        builder.append(contentsOf: Buffer(Array(text.utf8)).span)
      }
      isValid.append(builder.count > start)
      slices.append(
        ValueSlice(offset: UInt32(start), count: UInt32(builder.count - start)))
    }
    return Column(
      type: .string, validity: Bitmap(isValid),
      values: .bytes(slices.freeze(), data: builder.freeze()))
  }
}
