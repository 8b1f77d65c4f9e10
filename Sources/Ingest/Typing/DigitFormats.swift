import Base

// Formats that are digits and nothing else, `%Y%m%d`: what they read could be an integer as well.
// A field is read by one only where every value of the sample is one of its moments, with all of
// its digits; see `FieldFormat.readsDigits`.

extension ValueFormats {
  /// Digits that a format writes, where it writes nothing else.
  static func digitCount(_ format: [UInt8]?) -> Int? {
    guard let format, !format.isEmpty, format.count % 2 == 0 else { return nil }
    var count = 0
    for index in stride(from: 0, to: format.count, by: 2) {
      guard format[index] == UInt8(ascii: "%") else { return nil }
      switch format[index + 1] {
      case UInt8(ascii: "Y"): count += 4
      case UInt8(ascii: "y"), UInt8(ascii: "m"), UInt8(ascii: "d"), UInt8(ascii: "H"),
        UInt8(ascii: "M"), UInt8(ascii: "S"):
        count += 2
      default: return nil
      }
    }
    return count
  }

  /// Whether a value may be one of those.
  var mayReadDigits: Bool { dateDigits != nil || timestampDigits != nil }

  /// What digits are by the user's formats; nil where they are no moment, or too few or too many.
  func digitKind(_ text: FieldText) -> ValueEvidence.Kinds? {
    if text.count == dateDigits, date(text) != nil { return .date }
    if text.count == timestampDigits, timestamp(text) != nil { return .timestamp }
    return nil
  }
}
