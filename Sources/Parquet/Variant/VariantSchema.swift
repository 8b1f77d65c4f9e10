// Which schemas a variant may have. VariantShredding.md, "Shredded Value Types": a type that is not
// in its table has no meaning, and once values are in columns an INT32 of 32 unsigned bits or a
// FIXED_LEN_BYTE_ARRAY(4) cannot be told from one that is.
import Base

/// What the group that is annotated VARIANT is called when it cannot be read: a later version, or
/// shredded as a type outside the specification. Nil when it can.
///
/// - Throws: `ParquetError` (`corrupt`) when it is no variant.
func unsupportedVariantType(_ node: SchemaNode) throws(ParquetError) -> String? {
  if case .variant(let version?) = node.element.logicalType, version != 1 {
    return "VARIANT of version \(version)"
  }
  guard let metadata = node.children.first(where: { $0.name == "metadata" }),
    metadata.element.type == .byteArray, metadata.element.repetition != .repeated
  else { throw .corrupt("a VARIANT has no metadata", at: place(node)) }
  return try unsupportedTypeOfPair(node)
}

/// `value` and `typed_value`: at least one of them.
private func unsupportedTypeOfPair(_ node: SchemaNode) throws(ParquetError) -> String? {
  let value = node.children.first { $0.name == "value" }
  let typed = node.children.first { $0.name == "typed_value" }
  guard value != nil || typed != nil, value?.element.repetition != .repeated,
    typed?.element.repetition != .repeated
  else { throw .corrupt("a VARIANT has neither value nor typed_value", at: place(node)) }
  if let value, value.element.type != .byteArray {
    throw .corrupt("the value of a VARIANT is not BYTE_ARRAY", at: place(value))
  }
  guard let typed else { return nil }
  if typed.isLeaf {
    return isShreddedType(typed.element) ? nil : "VARIANT shredded as \(typeText(typed.element))"
  }
  if typed.element.annotation == .list {
    guard typed.children.count == 1, typed.children[0].element.repetition == .repeated,
      typed.children[0].children.count == 1, !typed.children[0].children[0].isLeaf
    else { throw .corrupt("a VARIANT's array is not a three-level list", at: place(typed)) }
    return try unsupportedTypeOfPair(typed.children[0].children[0])
  }
  for field in typed.children {
    guard !field.isLeaf, field.element.repetition != .repeated else {
      throw .corrupt("a VARIANT's field is not a group", at: place(field))
    }
    if let type = try unsupportedTypeOfPair(field) { return type }
  }
  return nil
}

/// `INT32 integer(bitWidth: 32, isSigned: false)`
private func typeText(_ element: SchemaElement) -> String {
  let type = element.type?.name ?? "a group"
  return element.annotation.map { "\(type) \($0)" } ?? type
}

private func isShreddedType(_ element: SchemaElement) -> Bool {
  switch (element.type, element.annotation) {
  case (.boolean, nil), (.float, nil), (.double, nil), (.int32, nil), (.int64, nil),
    (.byteArray, nil), (.byteArray, .string), (.int32, .date):
    true
  case (.int32, .integer(let bitWidth, let isSigned)): isSigned && bitWidth <= 32
  case (.int64, .integer(let bitWidth, let isSigned)): isSigned && bitWidth == 64
  case (.int32, .decimal), (.int64, .decimal), (.byteArray, .decimal),
    (.fixedLengthByteArray, .decimal):
    true
  case (.int64, .time(_, let unit)): unit == .micros
  case (.int64, .timestamp(_, let unit)): unit != .millis
  case (.fixedLengthByteArray, .uuid): element.typeLength == 16
  default: false
  }
}

private func place(_ node: SchemaNode) -> ParquetPlace { ParquetPlace(column: node.name) }
