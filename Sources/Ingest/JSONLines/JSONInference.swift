package import Base
package import Columns
import JSON

/// Guesses the columns of JSON records from samples. Feed it any number of samples; their order
/// decides nothing but the order of the columns.
///
/// Records that are objects have a column a member. Records that are not, or not all, have one
/// column `value`, unless more is known of them.
package struct JSONInference {
  /// Name of the one column of records that are not objects.
  package static let valueColumn = "value"
  /// Records that are looked at, at most.
  package var recordLimit = 20_000
  /// Records that were not JSON. They count for nothing else.
  package private(set) var invalidCount = 0
  /// Records that were.
  package private(set) var recordCount = 0
  private let layout: JSONLayout
  /// Of the columns that arrays fill by position.
  private let names: [String]?
  /// As the user gives them.
  package let dateFormat: String?
  package let timestampFormat: String?
  private let formats: ValueFormats
  private let expected: ExpectedJSONRecords
  private var table = JSONObjectShape()
  /// All records that are no objects, as values.
  private var others = JSONShape()
  /// The first value that changed each scalar column's type.
  private var deciders: [String: String] = [:]

  /// - Parameters:
  ///   - names: of the columns, if the records are arrays that fill them by position.
  ///   - expected: what the records are, if they are no such arrays.
  package init(
    layout: JSONLayout, names: [String]? = nil, expected: ExpectedJSONRecords = .unknown,
    dateFormat: String? = nil, timestampFormat: String? = nil
  ) {
    self.layout = layout
    self.names = names
    self.expected = expected
    self.dateFormat = dateFormat
    self.timestampFormat = timestampFormat
    formats = ValueFormats(ofJSON: dateFormat, timestampFormat: timestampFormat)
    table.isTable = true
  }

  /// Looks at the records of `sample`, which begins at a record.
  ///
  /// - Parameter isWhole: whether the input ends with the sample; else its last record is cut off.
  /// - Complexity: O(sample).
  package mutating func observe(_ sample: Buffer<UInt8>, isWhole: Bool) {
    forEachJSONRecord(of: sample, layout: layout, isWhole: isWhole) { record in
      guard let document = try? JSONDocument(sample, range: record) else {
        invalidCount += 1
        return true
      }
      observe(document.root)
      recordCount += 1
      return recordCount < recordLimit
    }
  }

  private mutating func observe(_ record: JSONValue) {
    if let names {
      let elements = Array(record.elements)
      guard record.kind == .array, elements.count == names.count else { return }
      table.objectCount += 1
      for (name, value) in zip(names, elements) { observe(value, of: name) }
      return
    }
    guard record.kind == .object else {
      if record.isNull { return }
      return others.observe(record, formats)
    }
    table.objectCount += 1
    for (name, value) in record.members { observe(value, of: name) }
  }

  private mutating func observe(_ value: JSONValue, of name: String) {
    table.withMember(name) { shape in
      if shape.isText || value.isNull { return }
      let before = shape.scalar
      shape.observe(value, formats, depth: 1)
      if shape.scalar.kinds != before.kinds || before.type != shape.scalar.type {
        deciders[name] = String(value.json.prefix(40))
      }
    }
  }

  /// Whether the records are rows of columns by member, not of the one column `value`.
  /// True as well for arrays that fill columns by position, and where no record is JSON.
  package var areObjects: Bool {
    switch expected {
    case .objects: true
    case .values: false
    case .unknown: others.isEmpty && (table.objectCount > 0 || recordCount == 0)
    }
  }

  /// The columns, nullable, in the order in which their names first appeared. Types hold `void` and
  /// empty structs where nothing was seen: `DataType.storedType` makes them what tables hold.
  package var schema: Schema {
    if areObjects { return Schema(table.fields) }
    return Schema([Field(JSONInference.valueColumn, valueShape.type)])
  }

  private var valueShape: JSONShape {
    var shape = others
    if table.objectCount > 0 { shape.withObject { $0.merge(table) } }
    return shape
  }

  /// What was guessed for each column of `schema`, and why.
  package var columns: [InferredColumn] {
    schema.fields.map { field in
      InferredColumn(
        type: field.type, isAllNull: field.type == .void, reason: reason(field))
    }
  }

  /// Columns of dates with the month's name, each with the value that shows it.
  package var reasons: [DetectedDialect.Reason] {
    schema.fields.compactMap { field in
      guard field.type == .date || field.type == .timestamp, let json = deciders[field.name] else {
        return nil
      }
      let text = json.filter { $0 != "\"" }
      let isISO = withField(Array(text.utf8)) { $0.dateOrders() & DateOrder.named.bit == 0 }
      return isISO ? nil : .dates(field.name, .named, text)
    }
  }

  private func reason(_ field: Field) -> String {
    switch field.type {
    case .void: "no values in the sample"
    case .structure([]): "empty objects only"
    case .structure(let fields): "objects of \(fields.count) different members"
    case .array: "arrays"
    case .map: "objects whose members are of one kind and too many to be columns"
    case .string where deciders[field.name] == nil: "values of several kinds, kept as JSON text"
    default: "\(deciders[field.name] ?? "a value") makes it \(field.type)"
    }
  }
}

/// Calls `body` with the range of each complete record of `sample` until it returns false, white
/// space and separators left out. Where records are damaged, ranges are those of
/// `JSONBoundaryScanner`.
func forEachJSONRecord(
  of sample: Buffer<UInt8>, layout: JSONLayout, isWhole: Bool, _ body: (Range<Int>) -> Bool
) {
  // SAFETY: offsets are below `sample.count`, and `body` does not keep the text.
  unsafe sample.withUnsafePointer { base in
    let text = unsafe TextPointer(base: base)
    let count = sample.count
    var start = 0
    while true {
      while start < count {
        let prefix = layout.isArray ? 0 : jsonPrefixBytes(text, start, count: count)
        guard prefix > 0 || isJSONSpace(text.byte(start)) else { break }
        start += max(prefix, 1)
      }
      guard start < count else { return }
      let found = recordEnd(text, start, count, layout)
      if found == nil && !isWhole { return }
      var end = found ?? count
      let next = end
      if layout.isArray && text.byte(start) == ASCII.closeBracket { return }
      while end > start && isJSONSpace(text.byte(end - 1)) { end -= 1 }
      if !body(start..<end) { return }
      start = next
      if layout.isArray && start < count {
        if text.byte(start) != ASCII.comma { return }
        start += 1
      }
    }
  }
}

private func recordEnd(
  _ text: TextPointer, _ start: Int, _ count: Int, _ layout: JSONLayout
) -> Int? {
  if layout == .lines {
    let newline = text.firstOffset(of: ASCII.lineFeed, in: start..<count)
    return newline < count ? newline : nil
  }
  let first = text.byte(start)
  if layout == .values && first | 0x20 != ASCII.openBrace && first != ASCII.quote {
    // A number or word ends at white space.
    var offset = start
    while offset < count && !isJSONSpace(text.byte(offset)) { offset += 1 }
    return offset < count ? offset : nil
  }
  return JSONBoundaryScanner.recordEnd(text, from: start, count: count, layout: layout)
}
