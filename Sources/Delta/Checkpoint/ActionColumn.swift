import Base
import Columns

/// The struct column of one kind of action, or of a struct within one: its fields by name.
struct ActionColumn {
  private let column: Column
  private let names: [Field]
  private let fields: [Column]

  /// Nil for a column that is no struct.
  init?(_ column: Column?) {
    guard let column, case .structure(let fields, _) = column.values,
      case .structure(let names) = column.type
    else { return nil }
    self.column = column
    self.names = names
    self.fields = fields
  }

  /// Nil where the file lacks it.
  func field(_ name: String) -> Column? {
    names.firstIndex { $0.name == name }.map { fields[$0] }
  }

  /// A null struct's fields say nothing.
  func isNull(_ row: Int) -> Bool { column.isNull(row) }

  /// The rows that hold the action: those where it has the field that it always has.
  func rows(having key: String) -> [Int] {
    guard let key = field(key) else { return [] }
    // By words of 64 rows, most of which are null where others have the action.
    var rows: [Int] = []
    for start in stride(from: 0, to: column.count, by: 64) {
      var present = UInt64.max
      if column.count - start < 64 { present = 1 << UInt64(column.count - start) - 1 }
      if let validity = column.validity { present &= validity.words[start / 64] }
      if let validity = key.validity { present &= validity.words[start / 64] }
      while present != 0 {
        rows.append(start + present.trailingZeroBitCount)
        present &= present - 1
      }
    }
    return rows
  }
}

// Fields of an action, one value a row; nil where the field is null or missing or has another type.

struct TextField: Sendable {
  private var slots = Buffer<ValueSlice>()
  private var data = Buffer<UInt8>()
  private var validity: Bitmap?
  /// Some writers leave out the annotation that makes bytes a string: then nothing was checked.
  private var isChecked = true

  init(_ column: Column?) {
    guard let column, case .bytes(let slots, let data) = column.values else { return }
    self.slots = slots
    self.data = data
    validity = column.validity
    isChecked = column.type == .string
  }

  func isNull(_ row: Int) -> Bool { row >= slots.count || validity?[row] == false }

  subscript(row: Int) -> String? {
    if isNull(row) { return nil }
    let bytes = data.slice(slots[row].range)
    // SAFETY: `start` has `bytes.count` bytes, and the text is copied before the closure ends.
    return unsafe bytes.withUnsafePointer { start in
      let text = unsafe UnsafeBufferPointer(start: start, count: bytes.count)
      return isChecked
        ? unsafe String(decoding: text, as: UTF8.self)
        : unsafe String(validating: text, as: UTF8.self)
    }
  }

  /// Appends the value's length and bytes, so that equal appendages mean equal values.
  func appendKey(_ row: Int, to key: inout [UInt8]) {
    if isNull(row) {
      key.append(0xFF)
      return
    }
    let slice = slots[row]
    for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
      key.append(UInt8(truncatingIfNeeded: slice.count >> shift))
    }
    for index in slice.range { key.append(data[index]) }
  }
}

struct IntegerField {
  private let column: Column?

  init(_ column: Column?) { self.column = column }

  subscript(row: Int) -> Int64? {
    guard let column, row < column.count, !column.isNull(row) else { return nil }
    switch column.values {
    case .int32(let slots): return Int64(slots[row])
    case .int64(let slots): return slots[row]
    default: return nil
    }
  }
}

struct BooleanField {
  private let column: Column?

  init(_ column: Column?) { self.column = column }

  subscript(row: Int) -> Bool? {
    guard let column, case .boolean(let slots) = column.values, row < column.count,
      !column.isNull(row)
    else { return nil }
    return slots[row] != 0
  }
}

/// Lists of strings; null elements are left out.
struct TextListField {
  private var slots = Buffer<ValueSlice>()
  private var validity: Bitmap?
  private var elements = TextField(nil)

  init(_ column: Column?) {
    guard let column, case .list(let slots, let element) = column.values else { return }
    self.slots = slots
    validity = column.validity
    elements = TextField(element)
  }

  subscript(row: Int) -> [String]? {
    guard row < slots.count, validity?[row] != false else { return nil }
    return slots[row].range.compactMap { elements[$0] }
  }
}

/// Maps of strings to strings or nulls.
struct TextMapField {
  private var slots = Buffer<ValueSlice>()
  private var validity: Bitmap?
  private var keys = TextField(nil)
  private var values = TextField(nil)

  init(_ column: Column?) {
    guard let column, case .list(let slots, let element) = column.values,
      case .structure(let fields, _) = element.values, fields.count == 2
    else { return }
    self.slots = slots
    validity = column.validity
    keys = TextField(fields[0])
    values = TextField(fields[1])
  }

  subscript(row: Int) -> [String: String?]? {
    guard row < slots.count, validity?[row] != false else { return nil }
    var map: [String: String?] = [:]
    for entry in slots[row].range {
      if let key = keys[entry] { map.updateValue(values[entry], forKey: key) }
    }
    return map
  }

  /// The same; rows with equal entries share one dictionary.
  ///
  /// - Parameter scratch: its contents do not matter.
  func shared(
    _ row: Int, _ known: inout PartitionValuesCache, _ scratch: inout [UInt8]
  ) -> [String: String?]? {
    guard row < slots.count, validity?[row] != false else { return nil }
    scratch.removeAll(keepingCapacity: true)
    for entry in slots[row].range {
      keys.appendKey(entry, to: &scratch)
      values.appendKey(entry, to: &scratch)
    }
    return known.values(scratch) { self[row] ?? [:] }
  }
}
