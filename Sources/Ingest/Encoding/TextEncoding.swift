package import Base

/// How the characters of a text are written as bytes.
package enum TextEncoding: Sendable, Hashable {
  case utf8
  case utf16LittleEndian, utf16BigEndian
  /// ISO 8859-1 with Microsoft's characters at 0x80 to 0x9F, as browsers read both.
  case windows1252
  /// Any other that the C library knows by this name.
  case named(String)

  static let utf32LittleEndian = TextEncoding.named("UTF-32LE")
  static let utf32BigEndian = TextEncoding.named("UTF-32BE")

  /// By the name that people use; nil: neither one of ours nor the C library's.
  package init?(name: String) {
    let letters = name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
    switch letters {
    case "utf8", "utf8sig", "ascii", "usascii": self = .utf8
    case "utf16le", "ucs2le": self = .utf16LittleEndian
    case "utf16be", "ucs2be": self = .utf16BigEndian
    case "utf16", "ucs2", "unicode": self = .utf16LittleEndian
    case "latin1", "iso88591", "windows1252", "cp1252", "ansi": self = .windows1252
    default:
      guard Iconv(name) != nil else { return nil }
      self = .named(name)
    }
  }

  package var name: String {
    switch self {
    case .utf8: "UTF-8"
    case .utf16LittleEndian: "UTF-16 (little-endian)"
    case .utf16BigEndian: "UTF-16 (big-endian)"
    case .windows1252: "Windows-1252"
    case .named(let name): name
    }
  }
}

/// What speaks against an encoding that was told from a sample.
package enum EncodingDoubt: Sendable, Hashable {
  /// The text is not UTF-8, and may be written in any encoding with as many letters.
  case isGuess
  /// Besides, its letters stand next to each other, as they do in Cyrillic, Greek, Chinese or
  /// Japanese and in no western text.
  case isHardlyWestern
}

/// An encoding told from a sample, and why.
package struct DetectedEncoding: Sendable, Equatable {
  package var encoding: TextEncoding
  package var reason: String
  /// Nil where the bytes leave no choice.
  package var doubt: EncodingDoubt?

  /// Looks at the first bytes of a text.
  ///
  ///  1. A byte-order mark says it.
  ///  2. Zeros at every other byte: UTF-16 of a western text without its mark; at three of four:
  ///     UTF-32.
  ///  3. More bytes above 0x7F than UTF-8 explains, and characters of Windows-1252 that people use:
  ///     that. Damage in a UTF-8 text stays what it is: its rows are bad.
  ///  4. Else UTF-8.
  ///
  /// - Parameter isWholeInput: whether the input ends with the sample.
  /// - Complexity: O(sample).
  package init(sample: Buffer<UInt8>, isWholeInput: Bool) {
    let head = (0..<min(4, sample.count)).map { sample[$0] }
    if head == [0xFF, 0xFE, 0, 0] {  // Not UTF-16 of a text that begins with a zero.
      self.init(.utf32LittleEndian, "the byte-order mark says so")
    } else if head == [0, 0, 0xFE, 0xFF] {
      self.init(.utf32BigEndian, "the byte-order mark says so")
    } else if head.starts(with: [0xFF, 0xFE]) {
      self.init(.utf16LittleEndian, "the byte-order mark says so")
    } else if head.starts(with: [0xFE, 0xFF]) {
      self.init(.utf16BigEndian, "the byte-order mark says so")
    } else if head.starts(with: [0xEF, 0xBB, 0xBF]) {
      self.init(.utf8, "the byte-order mark says so")
    } else if let wide = DetectedEncoding.wide(sample) {
      self.init(wide, "its other bytes are zero")
    } else {
      let found = SequenceCounts(sample, isWholeInput: isWholeInput)
      let share =
        "\(found.letters) bytes above 0x7F are not UTF-8, \(found.wellFormed) characters are"
      self =
        found.letters > found.wellFormed && found.letters > found.oddities * 10
        ? .init(.windows1252, share) : .init(.utf8, "its bytes are UTF-8")
      if encoding == .windows1252 {
        doubt = found.areHardlyWestern ? .isHardlyWestern : .isGuess
      }
    }
  }

  private init(_ encoding: TextEncoding, _ reason: String) {
    self.encoding = encoding
    self.reason = reason
  }

  /// By the places that are zero in nine of ten characters, and those that hardly ever are.
  private static func wide(_ sample: Buffer<UInt8>) -> TextEncoding? {
    let bytes = sample.span
    let count = min(bytes.count, 4096) / 4 * 4
    guard count >= 8 else { return nil }
    var zeros = [0, 0, 0, 0]
    for index in 0..<count where bytes[index] == 0 { zeros[index % 4] += 1 }
    let places = zeros.map { $0 * 40 >= count * 9 ? "0" : $0 * 40 < count ? "x" : "?" }.joined()
    return switch places {
    case "x0x0": .utf16LittleEndian
    case "0x0x": .utf16BigEndian
    case "x000": .utf32LittleEndian
    case "000x": .utf32BigEndian
    default: nil
    }
  }
}

/// What the bytes above 0x7F of a sample are. A sequence that the end of the sample may cut off
/// counts for nothing.
private struct SequenceCounts {
  /// Characters of more than one byte that are well-formed UTF-8.
  private(set) var wellFormed = 0
  /// Bytes that belong to none, and are characters of Windows-1252 that texts have.
  private(set) var letters = 0
  /// Bytes that belong to none, and are hardly text in any encoding.
  private(set) var oddities = 0
  /// Of either, those right behind another.
  private var neighbors = 0

  /// Bytes that tell, at least.
  private static let tellingCount = 8

  var areHardlyWestern: Bool {
    let count = letters + oddities
    return count >= SequenceCounts.tellingCount && neighbors * 5 > count * 2
  }

  init(_ sample: Buffer<UInt8>, isWholeInput: Bool) {
    let endsWhole = isWholeInput && sample.count > 0 && sample[sample.count - 1] < 0x80
    let end = endsWhole ? sample.count : sample.count - 3
    // SAFETY: a buffer may be read 64 bytes past its end; the pointer does not leave the closure.
    unsafe sample.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      var offset = 0
      var last = -2
      while offset < sample.count {
        let stretch = firstInvalidUTF8(text, offset..<sample.count) ?? sample.count
        for index in offset..<stretch where text.byte(index) >= 0xC0 { wellFormed += 1 }
        if stretch < end {
          switch text.byte(stretch) {
          case 0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xFE, 0xFF: oddities += 1
          default: letters += 1
          }
          if stretch == last + 1 { neighbors += 1 }
          last = stretch
        }
        offset = stretch + 1
      }
    }
  }
}
