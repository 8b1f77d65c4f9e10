/// What a text is made of, as far as that tells names from values.
struct TextKind {
  private let bytes: [UInt8]
  private let shape: FieldShape

  /// O(bytes).
  init(_ text: String) {
    bytes = Array(text.utf8)
    shape = FieldShape(text)
  }

  /// What a name, if it is one, has in common with the values below it.
  enum Likeness: Equatable {
    /// It has what all of them have and hardly any name does: it is one of them.
    case alike
    /// It lacks what all of them have.
    case unlike
    case undecided
  }

  /// Signs of addresses, paths and the like, which names do not have; others that some have; and
  /// those that may be between names that nobody divided.
  private static let tellingSigns = Array("@\\{=<".utf8)
  private static let otherSigns = Array("/.?&+>[]}".utf8)
  private static let separatingSigns = Array(":;|^~!#%$*".utf8)
  /// Values of one length are codes from so many bytes on.
  private static let codeBytesMin = 8
  /// Text of so many words is prose.
  private static let proseWordsMin = 3

  /// - Parameters:
  ///   - values: below it in its column; none of these is null.
  ///   - isOnly: whether there is no other column.
  func likeness(to values: [TextKind], isOnly: Bool) -> Likeness {
    guard !values.isEmpty else { return .undecided }
    func areNearlyAll(_ isWanted: (TextKind) -> Bool) -> Bool {
      values.count(where: isWanted) * 10 >= values.count * 9
    }
    if isAddress && areNearlyAll(\.isAddress) { return .alike }
    func shares(_ signs: [UInt8]) -> Bool {
      signs.contains { sign in has(sign) && areNearlyAll { $0.has(sign) } }
    }
    if isOnly && shares(TextKind.tellingSigns) { return .alike }
    let lacksDigits = !hasDigits && values.count > 1 && values.allSatisfy(\.hasDigits)
    if lacksDigits { return .unlike }
    let haveOneLength =
      values.count > 1 && values.allSatisfy { $0.bytes.count == values[0].bytes.count }
      && values[0].bytes.count >= TextKind.codeBytesMin
    let isMarked = bytes.contains { $0 < 0x80 && !TextKind.isInNames($0) }
    if hasDigits && (isOnly || isMarked) && values.allSatisfy({ $0.shape == shape }) {
      return .alike
    }
    if isOnly {
      if shares(TextKind.otherSigns) { return .alike }
      if haveOneLength && hasDigits && bytes.count == values[0].bytes.count { return .alike }
      if isProse && areNearlyAll(\.isProse) && !has(last: "?") && !has(last: ":") { return .alike }
    }
    let signs = TextKind.tellingSigns + TextKind.otherSigns + TextKind.separatingSigns
    let lacksSign = signs.contains { sign in !has(sign) && values.allSatisfy { $0.has(sign) } }
    if lacksSign || haveOneLength && bytes.count != values[0].bytes.count { return .unlike }
    guard values.count > 1 else { return .undecided }
    let isLower = startsLower && values.allSatisfy { !$0.startsLower }
    let isSingle = wordCount == 1 && values.allSatisfy { $0.wordCount > 1 }
    return isLower || isSingle ? .unlike : .undecided
  }

  /// Whether it is an address of mail or of a page, so that it is no name even on its own.
  var isAddress: Bool {
    let scheme = Array("://".utf8)
    return has(UInt8(ascii: "@"))
      || bytes.indices.dropLast(2).contains { bytes[$0..<$0 + 3].elementsEqual(scheme) }
  }

  /// Whether names have such a byte as a rule.
  private static func isInNames(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), ASCII.space, ASCII.minus, UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private func has(_ byte: UInt8) -> Bool { bytes.contains(byte) }

  private func has(last character: Unicode.Scalar) -> Bool {
    bytes.last == UInt8(ascii: character)
  }

  private var hasDigits: Bool { shape.hasDigits }

  private var isProse: Bool { wordCount >= TextKind.proseWordsMin }

  private var wordCount: Int { bytes.split(separator: ASCII.space).count }

  /// Whether it begins with a small letter; of others than ASCII's that is not known.
  var startsLower: Bool {
    bytes.first.map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 } ?? false
  }
}
