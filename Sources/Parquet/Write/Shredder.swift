// A nested column taken apart into the slots of its leaves.
import Base
import Columns

/// Takes one column of a schema apart, again and again.
struct Shredder {
  let field: Field
  /// Slots of a leaf at a time: what bounds the memory of a batch of long lists.
  var slotLimit = 1 << 17

  /// The slots of every leaf, in order, for `rows` of `column`. Nil when they are more than the
  /// limit: fewer rows have to be tried.
  ///
  /// - Throws: `ParquetError` for a null where the schema allows none.
  func shred(_ column: Column, rows: Range<Int>) throws(ParquetError) -> [LeafSlots]? {
    var leaves: [LeafSlots] = []
    // A single row has to be taken whatever it holds.
    let limit = rows.count == 1 ? Int(Int32.max) : slotLimit
    let isWhole = try visit(column, field, Slots(rows: rows), [field.name], limit, &leaves)
    if !isWhole && rows.count == 1 {
      throw ParquetError(
        .resourceLimit, "a row of more than \(limit) elements", at: ParquetPlace(column: field.name)
      )
    }
    return isWhole ? leaves : nil
  }

  private func visit(
    _ column: Column, _ field: Field, _ parent: Slots, _ path: [String], _ limit: Int,
    _ leaves: inout [LeafSlots]
  ) throws(ParquetError) -> Bool {
    if !field.nullable && parent.hasNulls(column.validity) {
      throw ParquetError(
        .invalidArgument, "a null in a column that allows none",
        at: ParquetPlace(column: path.joined(separator: ".")))
    }
    let slots = field.nullable ? parent.entering(column.validity) : parent
    switch (field.type, column.values) {
    case (.structure(let fields), .structure(let columns, _)):
      for (child, field) in zip(columns, fields)
      where try !visit(child, field, slots, path + [field.name], limit, &leaves) { return false }
      return true
    case (.array, .list(let slices, let element)), (.map, .list(let slices, let element)):
      guard let elements = slots.expanding(slices, limit: limit) else { return false }
      let field = field.type.elementField!
      return try visit(element, field, elements, path + [field.name], limit, &leaves)
    case (.structure, .bytes):
      // A VARIANT, which columns hold as text.
      let text = LeafSlots(slots, of: column).values
      let place = ParquetPlace(column: path.joined(separator: "."))
      let (metadata, value) = try variantColumns(ofJSON: text, at: place)
      leaves += [LeafSlots(slots, values: metadata), LeafSlots(slots, values: value)]
      return true
    default:
      leaves.append(LeafSlots(slots, of: column))
      return true
    }
  }
}

extension DataType {
  /// Whether columns of `other` are written as this type: the same but for which nulls are allowed,
  /// which the rows show, and the fields' metadata.
  func isWritten(like other: DataType) -> Bool {
    switch (self, other) {
    case (.structure(let mine), .structure(let its)):
      mine.count == its.count
        && zip(mine, its).allSatisfy {
          $0.name == $1.name && $0.type.isWritten(like: $1.type)
        }
    case (.array(let mine, _), .array(let its, _)): mine.isWritten(like: its)
    case (.map(let key, let value, _), .map(let itsKey, let itsValue, _)):
      key.isWritten(like: itsKey) && value.isWritten(like: itsValue)
    default: self == other
    }
  }
}
