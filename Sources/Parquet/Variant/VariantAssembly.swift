// The text of shredded variants, put together from their columns.
import Base
import Columns

extension VariantText {
  /// Text that one value may become: repeated field names are the one thing that makes text much
  /// longer than the bytes, and no real variant comes near.
  private static func lengthLimit(_ sizeBytes: Int) -> Int { 1 << 20 + 1024 * sizeBytes }

  /// Appends the value in `row`.
  ///
  /// - Returns: false when there is none; nothing was appended then.
  mutating func append(
    _ shape: VariantShape, row: Int, _ metadata: VariantMetadata
  ) throws(VariantFault) -> Bool {
    guard count <= limit else { throw .tooLong }
    let value = shape.value.flatMap { $0.isNull(row) ? nil : $0 }
    guard let typed = shape.typed, !typed.column.isNull(row) else {
      guard let value else { return false }
      try withBytes(of: value, row: row) { (text, bytes) throws(VariantFault) in
        let limit = text.limit
        text.limit = min(limit, text.count + VariantText.lengthLimit(bytes.byteCount))
        try text.append(value: bytes, metadata)
        text.limit = limit
      }
      return true
    }
    switch typed {
    case .scalar(let column):
      guard value == nil else { throw .conflict }
      try append(scalar: column, row: row)
    case .array(_, let slots, let element):
      guard value == nil else { throw .conflict }
      try append(array: slots[row].range, of: element, metadata)
    case .object(_, let fields):
      if let value {
        try withBytes(of: value, row: row) { (text, bytes) throws(VariantFault) in
          try text.append(fields, row: row, and: bytes, metadata)
        }
      } else {
        try append(fields, row: row, metadata)
      }
    }
    return true
  }

  private mutating func append(
    array rows: Range<Int>, of element: VariantShape, _ metadata: VariantMetadata
  ) throws(VariantFault) {
    append("[")
    for row in rows {
      if row > rows.lowerBound { append(",") }
      // An array has no missing elements: one that is in neither column is null.
      if try !append(element, row: row, metadata) { try append(json: "null") }
    }
    append("]")
  }

  /// An object all of whose fields have columns.
  private mutating func append(
    _ fields: [VariantField], row: Int, _ metadata: VariantMetadata
  ) throws(VariantFault) {
    append("{")
    var isFirst = true
    for field in fields { try append(field, row: row, metadata, isFirst: &isFirst) }
    append("}")
  }

  private mutating func append(
    _ field: VariantField, row: Int, _ metadata: VariantMetadata, isFirst: inout Bool
  ) throws(VariantFault) {
    // Groups of fields are required; some writers make them optional and mean the same.
    guard !field.group.isNull(row) else { return }
    let start = count
    if !isFirst { append(",") }
    try append(json: field.label)
    if try append(field.shape, row: row, metadata) {
      isFirst = false
    } else {
      truncate(to: start)
    }
  }

  /// An object some of whose fields have columns, the others being in `bytes`. Both are in the
  /// order of the names.
  private mutating func append(
    _ fields: [VariantField], row: Int, and bytes: RawSpan, _ metadata: VariantMetadata
  ) throws(VariantFault) {
    guard try unsigned(bytes, at: 0, sizeBytes: 1) & 3 == 2 else { throw .notAnObject }
    let object = try VariantContainer(bytes)
    guard object.sizeBytes == bytes.byteCount else { throw .malformed(.outOfRange(offset: 0)) }
    let rest = try object.sortedFields(metadata)
    append("{")
    var isFirst = true
    var next = 0
    for field in fields {
      while next < rest.count {
        let order = orderOfBytes(
          metadata.bytes.extracting(rest[next].name), field.name.bytes)
        if order > 0 { break }
        // The specification leaves open what this means.
        if order == 0 { throw .repeatedField }
        try append(rest[next], of: object, metadata, isFirst: &isFirst)
        next += 1
      }
      try append(field, row: row, metadata, isFirst: &isFirst)
    }
    for other in rest[next...] { try append(other, of: object, metadata, isFirst: &isFirst) }
    append("}")
  }

  private mutating func append(
    _ field: VariantContainer.Field, of object: VariantContainer, _ metadata: VariantMetadata,
    isFirst: inout Bool
  ) throws(VariantFault) {
    if !isFirst { append(",") }
    isFirst = false
    try append(quoting: metadata.bytes.extracting(field.name))
    append(":")
    let limit = limit
    self.limit = min(limit, count + VariantText.lengthLimit(field.value.count))
    try append(value: object.bytes.extracting(field.value), metadata, depth: 1)
    self.limit = limit
  }

  // MARK: Scalars

  private mutating func append(scalar column: Column, row: Int) throws(VariantFault) {
    switch column.values {
    case .boolean(let slots): try append(json: slots[row] != 0 ? "true" : "false")
    case .float(let slots): try append(slots[row])
    case .bytes where column.type == .string:
      try withBytes(of: column, row: row) { (text, bytes) throws(VariantFault) in
        try text.append(quoting: bytes, isChecked: true)
      }
    case .bytes where column.type == .binary:
      try withBytes(of: column, row: row) { (text, bytes) throws(VariantFault) in
        try text.append(base64: bytes)
      }
    case .int32(let slots) where column.type != .date: try append(slots[row])
    case .int64(let slots) where column.type == .long: try append(slots[row])
    default: try append(column[row])
    }
  }

  /// Calls `body` with the bytes of a row of a string or binary column.
  private mutating func withBytes(
    of column: Column, row: Int,
    _ body: (inout VariantText, RawSpan) throws(VariantFault) -> Void
  ) throws(VariantFault) {
    guard case .bytes(let slots, let data) = column.values else { return }
    let bytes = data.bytes
    try body(&self, bytes.extracting(slots[row].range))
  }
}

extension VariantContainer {
  /// A field of an object: where its name is in the metadata and its value in the object.
  struct Field {
    let name: Range<Int>
    let value: Range<Int>
  }

  /// The fields of an object in the order of their names.
  fileprivate func sortedFields(_ metadata: VariantMetadata) throws(VariantFault) -> [Field] {
    var fields: [Field] = []
    var taken = 0
    for index in 0..<count {
      let name = try metadata.name(try id(index))
      fields.append(Field(name: name, value: try value(index, taken: &taken)))
    }
    func order(_ a: Field, _ b: Field) -> Int {
      orderOfBytes(metadata.bytes.extracting(a.name), metadata.bytes.extracting(b.name))
    }
    fields.sort { order($0, $1) < 0 }
    for index in fields.indices.dropFirst() where order(fields[index - 1], fields[index]) == 0 {
      throw .repeatedField
    }
    return fields
  }
}
