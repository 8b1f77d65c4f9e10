// Columns of actions, one field at a time: values are asked for by row.
import Base
import Columns

extension Column {
  static func texts(_ rows: Range<Int>, _ value: (Int) -> String?) -> Column {
    var slices = BufferBuilder<ValueSlice>(capacity: rows.count)
    var data = ByteWriter()
    var validity = ValidityBuilder(capacity: rows.count)
    for row in rows {
      let text = value(row)
      let start = data.count
      if let text { data.append(utf8: text) }
      slices.append(ValueSlice(offset: UInt32(start), count: UInt32(data.count - start)))
      validity.append(text != nil)
    }
    return Column(
      type: .string, validity: validity.take(), values: .bytes(slices.freeze(), data: data.take()))
  }

  static func longs(_ rows: Range<Int>, _ value: (Int) -> Int64?) -> Column {
    var slots = BufferBuilder<Int64>(capacity: rows.count)
    var validity = ValidityBuilder(capacity: rows.count)
    for row in rows {
      let number = value(row)
      slots.append(number ?? 0)
      validity.append(number != nil)
    }
    return Column(type: .long, validity: validity.take(), values: .int64(slots.freeze()))
  }

  static func integers(_ rows: Range<Int>, _ value: (Int) -> Int32?) -> Column {
    var slots = BufferBuilder<Int32>(capacity: rows.count)
    var validity = ValidityBuilder(capacity: rows.count)
    for row in rows {
      let number = value(row)
      slots.append(number ?? 0)
      validity.append(number != nil)
    }
    return Column(type: .integer, validity: validity.take(), values: .int32(slots.freeze()))
  }

  static func flags(_ rows: Range<Int>, _ value: (Int) -> Bool?) -> Column {
    var slots = BufferBuilder<UInt8>(capacity: rows.count)
    var validity = ValidityBuilder(capacity: rows.count)
    for row in rows {
      let flag = value(row)
      slots.append(flag == true ? 1 : 0)
      validity.append(flag != nil)
    }
    return Column(type: .boolean, validity: validity.take(), values: .boolean(slots.freeze()))
  }

  /// Maps of strings, in the order of their keys, so that equal maps give equal bytes.
  static func maps(_ rows: Range<Int>, _ value: (Int) -> [String: String?]?) -> Column {
    var slices = BufferBuilder<ValueSlice>(capacity: rows.count)
    var validity = ValidityBuilder(capacity: rows.count)
    var entries: [(key: String, value: String?)] = []
    for row in rows {
      let map = value(row)
      let start = entries.count
      switch map?.count ?? 0 {
      case 0: break
      case 1: entries.append(map!.first!)
      default: entries += map!.sorted { $0.key < $1.key }
      }
      slices.append(ValueSlice(offset: UInt32(start), count: UInt32(entries.count - start)))
      validity.append(map != nil)
    }
    let element = Column.structure([
      ("key", .texts(entries.indices) { entries[$0].key }),
      ("value", .texts(entries.indices) { entries[$0].value }),
    ])
    return Column(
      type: .textMap, validity: validity.take(), values: .list(slices.freeze(), element: element))
  }

  static func textLists(_ rows: Range<Int>, _ value: (Int) -> [String]?) -> Column {
    var slices = BufferBuilder<ValueSlice>(capacity: rows.count)
    var validity = ValidityBuilder(capacity: rows.count)
    var elements: [String] = []
    for row in rows {
      let list = value(row)
      slices.append(ValueSlice(offset: UInt32(elements.count), count: UInt32(list?.count ?? 0)))
      elements += list ?? []
      validity.append(list != nil)
    }
    return Column(
      type: .textList, validity: validity.take(),
      values: .list(slices.freeze(), element: .texts(elements.indices) { elements[$0] }))
  }

  /// A struct of these fields, in this order.
  ///
  /// - Parameter isPresent: whether a row is there; nil if every one is.
  /// - Precondition: at least one field; all have as many rows.
  static func structure(
    _ fields: [(name: String, column: Column)], isPresent: [Bool]? = nil
  ) -> Column {
    let count = fields[0].column.count
    var validity = ValidityBuilder(capacity: count)
    for flag in isPresent ?? [] { validity.append(flag) }
    return Column(
      type: .structure(fields.map { Field($0.name, $0.column.type) }),
      validity: isPresent == nil ? nil : validity.take(),
      values: .structure(fields.map(\.column), count: count))
  }
}

/// Bits of a column's validity; none at all where every row has a value.
private struct ValidityBuilder: ~Copyable {
  private var bits: BitmapBuilder
  private var hasNulls = false

  init(capacity: Int) { bits = BitmapBuilder(capacity: capacity) }

  mutating func append(_ isValid: Bool) {
    bits.append(isValid)
    if !isValid { hasNulls = true }
  }

  mutating func take() -> Bitmap? { hasNulls ? bits.take() : nil }
}

extension DataType {
  static let textMap = DataType.map(key: .string, value: .string, valueContainsNull: true)
  static let textList = DataType.array(element: .string, containsNull: true)
}
