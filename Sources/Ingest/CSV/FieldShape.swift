/// What a field looks like: each run of digits and each run of letters is one sign, all else stands
/// for itself. `31.12.2024` is `9.9.9`, as `1.1.2025` is.
struct FieldShape: Equatable {
  private let signs: [UInt8]

  /// O(bytes).
  init(_ text: String) { self.init(text.utf8) }

  /// The same for the bytes of a text.
  init(_ text: some Sequence<UInt8>) {
    var signs: [UInt8] = []
    for byte in text {
      let sign: UInt8 =
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): FieldShape.digits
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...:
          FieldShape.letters
        default: byte
        }
      let isRun = sign == FieldShape.digits || sign == FieldShape.letters
      if isRun && signs.last == sign { continue }
      signs.append(sign)
    }
    self.signs = signs
  }

  private static let digits = UInt8(ascii: "9")
  private static let letters = UInt8(ascii: "a")

  var hasDigits: Bool { signs.contains(FieldShape.digits) }

  /// Whether it is no word: digits, and signs at most.
  var isValue: Bool { hasDigits && !signs.contains(FieldShape.letters) }

  /// Whether two that are alike are so by more than chance: `q1` and `b7` are two names.
  var isTelling: Bool {
    hasDigits && (signs.first != FieldShape.letters || signs.count { $0 == FieldShape.digits } > 1)
  }
}
