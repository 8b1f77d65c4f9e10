// A shredded variant as columns. VariantShredding.md.
//
//   group v (VARIANT)      a value is in `value`, or in `typed_value` when it is of that type,
//     metadata             or, an object, in both: the fields that have columns in `typed_value`,
//     value                the rest in `value`. In neither: there is none.
//     typed_value          a scalar, a list of element groups, or a struct of field groups,
//                          each of which has `value` and `typed_value` again
import Base
import Columns

/// A pair of `value` and `typed_value`, either of which may be missing from the schema.
struct VariantShape {
  let value: Column?
  let typed: VariantTyped?

  /// - Throws: `ParquetError` (`unsupported`) for a type that nothing is shredded as.
  init(value: Column?, typed: Column?, at place: ParquetPlace) throws(ParquetError) {
    if let value, value.type != .binary {
      throw .corrupt("the value of a variant is \(value.type)", at: place)
    }
    self.value = value
    if let typed { self.typed = try VariantTyped(typed, at: place) } else { self.typed = nil }
  }

  /// The shape of an element or field: a struct of the two.
  fileprivate init(group: Column, at place: ParquetPlace) throws(ParquetError) {
    guard case .structure(let types) = group.type, case .structure(let columns, _) = group.values
    else { throw .corrupt("a shredded value is \(group.type) and no group", at: place) }
    var value: Column?
    var typed: Column?
    for (type, column) in zip(types, columns) {
      switch type.name {
      case "value": value = column
      case "typed_value": typed = column
      default: break
      }
    }
    try self.init(value: value, typed: typed, at: place)
  }
}

/// What `typed_value` holds.
indirect enum VariantTyped {
  case scalar(Column)
  case array(Column, Buffer<ValueSlice>, element: VariantShape)
  /// In the order of their names.
  case object(Column, [VariantField])

  fileprivate init(_ column: Column, at place: ParquetPlace) throws(ParquetError) {
    switch (column.type, column.values) {
    case (.array, .list(let slots, let element)):
      self = .array(column, slots, element: try VariantShape(group: element, at: place))
    case (.structure(let types), .structure(let columns, _)):
      var fields: [VariantField] = []
      for (type, group) in zip(types, columns) {
        fields.append(try VariantField(type.name, group, at: place))
      }
      fields.sort { orderOfBytes($0.name.bytes, $1.name.bytes) < 0 }
      self = .object(column, fields)
    case (.boolean, _), (.byte, _), (.short, _), (.integer, _), (.long, _), (.float, _),
      (.double, _), (.decimal, _), (.date, _), (.time, _), (.timestamp, _), (.timestampNtz, _),
      (.timestampNanos, _), (.timestampNtzNanos, _), (.string, _), (.binary, _), (.uuid, _):
      self = .scalar(column)
    default: throw .unsupported("a variant shredded as \(column.type)", at: place)
    }
  }

  /// Null where the value is not of this type.
  var column: Column {
    switch self {
    case .scalar(let column), .array(let column, _, _), .object(let column, _): column
    }
  }
}

/// A field of a shredded object.
struct VariantField {
  /// UTF-8.
  let name: Buffer<UInt8>
  /// The name and a colon, as JSON.
  let label: [UInt8]
  let group: Column
  let shape: VariantShape

  fileprivate init(
    _ name: String, _ group: Column, at place: ParquetPlace
  ) throws(ParquetError) {
    self.name = Buffer(name.utf8)
    label = Array((Scalar.string(name).jsonText + ":").utf8)
    self.group = group
    shape = try VariantShape(group: group, at: place)
  }
}
