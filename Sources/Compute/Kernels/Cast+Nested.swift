import Base
import Columns

// Nested values in another shape: what a file has, in the types of its table. Structs go by the
// names of their fields, so that a field may be added, dropped or moved; whatever is below is cast.

extension Cast {
  static func isReshaping(from source: DataType, to target: DataType) -> Bool {
    switch (source, target) {
    case (.structure(let fields), .structure(let wanted)):
      zip(wanted, fieldPositions(of: wanted, in: fields)).allSatisfy { field, position in
        guard let position else { return field.type.unknownPart == nil }
        return isPossible(from: fields[position].type, to: field.type)
      }
    case (.array(let element, _), .array(let wanted, _)): isPossible(from: element, to: wanted)
    case (.map(let key, let value, _), .map(let wantedKey, let wantedValue, _)):
      isPossible(from: key, to: wantedKey) && isPossible(from: value, to: wantedValue)
    default: false
    }
  }

  /// Rows that are not null stay so; fields that the source lacks are null. O(fields) where only
  /// names and nullability differ.
  static func reshape(
    _ column: Column, to type: DataType, isTry: Bool
  ) throws(ComputeError) -> Column {
    let values: ColumnValues
    switch (column.type, column.values, type) {
    case (.structure(let fields), .structure(let columns, let count), .structure(let wanted)):
      var children: [Column] = []
      for (field, position) in zip(wanted, fieldPositions(of: wanted, in: fields)) {
        if let index = position {
          children.append(try apply(columns[index], to: field.type, isTry: isTry))
        } else {
          children.append(Column(field.type, repeating: .null, count: count))
        }
      }
      values = .structure(children, count: count)
    case (_, .list(let slots, let element), _):
      guard let wanted = type.elementField else { preconditionFailure("no list: \(type)") }
      values = .list(slots, element: try apply(element, to: wanted.type, isTry: isTry))
    default: preconditionFailure("a cast of \(column.type) to \(type) was bound")
    }
    return Column(type: type, validity: column.validity, values: values)
  }
}
