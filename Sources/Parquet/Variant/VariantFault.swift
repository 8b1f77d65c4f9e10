import Base

/// Why a variant has no text.
enum VariantFault: Error, Equatable {
  /// Bytes that are no metadata or value, at an offset in them.
  case malformed(DecodingFault)
  /// A metadata version or value type newer than this build.
  case unknownVersion(Int)
  case unknownType(Int)
  /// Both `value` and `typed_value` say what the value is.
  case conflict
  /// `typed_value` holds an object's fields, `value` something that is no object.
  case notAnObject
  /// A field name that an object holds twice, or in `value` beside its own column.
  case repeatedField
  case tooDeep
  case tooLong

  /// What a person reads.
  var text: String {
    switch self {
    case .malformed(let fault): "the bytes of a variant are damaged: \(fault.text)"
    case .unknownVersion(let version): "variant metadata of version \(version)"
    case .unknownType(let type): "variant values of type \(type)"
    case .conflict: "a variant has both value and typed_value"
    case .notAnObject: "a variant has shredded fields and a value that is no object"
    case .repeatedField: "an object of a variant holds a field twice"
    case .tooDeep: "a variant nests too deeply"
    case .tooLong: "the text of a variant is too long"
    }
  }

  var code: ErrorCode {
    switch self {
    case .unknownVersion, .unknownType, .tooDeep, .tooLong: .unsupported
    default: .corrupt
    }
  }
}
