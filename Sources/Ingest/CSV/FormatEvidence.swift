import Base

/// What the values of a field so far allow its dates, numbers and flags to be written like.
struct FormatEvidence {
  var valueCount = 0
  var areDigitMoments = true
  /// Bits of `DateOrder`.
  private(set) var orders: UInt8 = 0xF
  var numbers = NumberEvidence()
  /// Of each pair of words, which were seen: bit 0 and 1; more once a value was neither.
  private var flags: [UInt8] = Array(repeating: 0, count: FlagWords.allCases.count)
  private(set) var isFlag = true
  /// The value that ruled out all orders of dates but one.
  private(set) var orderDecider = ""

  var isText: Bool { orders == 0 && numbers.styles == 0 && !isFlag }

  /// The words of which both were seen, and no other.
  var flagWords: FlagWords? { FlagWords.allCases.first { flags[Int($0.rawValue)] == 3 } }

  mutating func observe(_ field: FieldText) {
    valueCount += 1
    let styles = field.numberStyles()
    numbers.observe(field, styles)
    if orders != 0 {
      let before = orders
      // A plain number is no date.
      orders &= styles & NumberStyle.plain.bit != 0 ? 0 : field.dateOrders()
      if before.nonzeroBitCount > 1 && orders.nonzeroBitCount == 1 {
        orderDecider = String(field.string.prefix(40))
      }
    }
    guard isFlag else { return }
    var isFlag = false
    for pair in FlagWords.allCases where field.count <= 5 {
      let (yes, no) = pair.words
      let seen: UInt8 = field.equalsIgnoringCase(yes) ? 1 : field.equalsIgnoringCase(no) ? 2 : 0
      flags[Int(pair.rawValue)] |= seen == 0 ? 4 : seen
      isFlag = isFlag || seen != 0
    }
    self.isFlag = isFlag
  }
}

/// How the numbers of a field may be written, and what of that only its values tell: digits in
/// groups may be a telephone number, a version or an address, and `7,5` a list of two.
struct NumberEvidence {
  /// Bits of `NumberStyle`, in which all values are numbers.
  private(set) var styles: UInt8 = 0x3F
  /// The value that ruled out plain numbers; one such as `1.234`; the first with a decimal comma.
  private(set) var decider = ""
  private(set) var pointed = ""
  private(set) var comma = ""
  /// A value with an exponent that has neither sign nor point, and is so small that programs write
  /// such numbers without one.
  private(set) var bareExponent = ""
  private var valueCount = 0
  /// Lengths of the values.
  private var shortest = Int.max
  private var longest = 0
  /// Whether some value has a point that is before a fraction.
  private var hasPoint = false
  private var hasProvenComma = false
  /// Whether some value has a decimal mark, a signed exponent or no-break spaces, as no code has.
  private var isSurelyNumber = false
  private var groups = DigitGroups()

  private static let commas =
    NumberStyle.decimalComma.bit | NumberStyle.decimalCommaSpaceGroups.bit
  private static let blanks =
    NumberStyle.spaceGroups.bit | NumberStyle.decimalCommaSpaceGroups.bit
  private static let both = NumberStyle.plain.bit | NumberStyle.decimalComma.bit

  /// - Parameter found: the styles in which the value is a number.
  mutating func observe(_ field: FieldText, _ found: UInt8) {
    if styles == 0 { return }
    valueCount += 1
    let before = styles
    styles &= found
    func text() -> String { String(field.string.prefix(40)) }
    if before & NumberStyle.plain.bit != 0 && styles & NumberStyle.plain.bit == 0 {
      decider = text()
    }
    if pointed.isEmpty && field.mayGroupByPoint(found) { pointed = text() }
    shortest = min(shortest, field.count)
    longest = max(longest, field.count)
    if found & ~NumberEvidence.commas == 0, let mark = field.offset(of: ASCII.comma) {
      if comma.isEmpty { comma = text() }
      hasProvenComma = hasProvenComma || field.isSurelyFraction(behind: mark)
      isSurelyNumber = true
    }
    if found & NumberEvidence.both != NumberEvidence.both {
      observeFraction(field, found, text)
    }
    if styles != 0 { groups.observe(field) }
  }

  private mutating func observeFraction(
    _ field: FieldText, _ found: UInt8, _ text: () -> String
  ) {
    if found & NumberEvidence.both == NumberStyle.plain.bit, let parts = field.number() {
      hasPoint = hasPoint || parts.hasPoint
      let isSigned = parts.hasExponent && !isDigit(field[parts.fractionEnd + 1])
      isSurelyNumber = isSurelyNumber || parts.hasPoint || isSigned
      if parts.hasExponent && !parts.hasPoint && !isSigned && bareExponent.isEmpty
        && parts.exponent <= NumberEvidence.writtenOutMax
      {
        bareExponent = text()
      }
    } else if found & NumberStyle.spaceGroups.bit != 0 {
      isSurelyNumber = isSurelyNumber || field.hasMarkOfNumbers
    }
  }

  /// Numbers below ten to the power of this are written without an exponent, if they are integers.
  private static let writtenOutMax = 15

  /// Whether all values are numbers in a style.
  func allows(_ style: NumberStyle) -> Bool { styles & style.bit != 0 }

  // MARK: Marks

  /// Whether some value is a number with a decimal comma, and nothing else.
  var showsComma: Bool {
    !comma.isEmpty && styles != 0 && styles & ~NumberEvidence.commas == 0
  }

  /// Whether some of these is no list of two integers.
  var provesComma: Bool { showsComma && hasProvenComma }

  /// Whether some value has a point before a fraction, or commas between thousands.
  var showsPoint: Bool {
    valueCount > 0
      && (hasPoint && styles & NumberEvidence.both == NumberStyle.plain.bit
        || showsCommaGroups)
  }

  /// Whether all values are numbers with commas between thousands, and not without.
  var showsCommaGroups: Bool { valueCount > 0 && styles == NumberStyle.commaGroups.bit }

  /// Whether all values are numbers with a point, if they have one, that may be before a fraction
  /// or between thousands.
  var isAmbiguous: Bool { styles & NumberEvidence.both == NumberEvidence.both && !pointed.isEmpty }

  // MARK: Codes

  /// Whether digits and an `E` are all there is: as likely codes as numbers.
  var areExponents: Bool {
    styles & NumberStyle.plain.bit != 0 && !bareExponent.isEmpty && !isSurelyNumber
  }

  /// Whether values are numbers only if points stand between their thousands: `1.234.567`.
  var isGroupedByPoints: Bool { styles == NumberStyle.decimalComma.bit && comma.isEmpty }

  /// Whether those are addresses, `192.168.100.101`.
  var areAddresses: Bool { isGroupedByPoints && groups.areAddresses }

  /// Whether values are numbers only without their blanks, and nothing else shows that they are.
  var isGroupedByBlanks: Bool {
    styles != 0 && styles & ~NumberEvidence.blanks == 0 && !isSurelyNumber
  }

  /// Whether digits in groups are numbers by the groups alone: not all begin with three digits.
  /// Telephone numbers come in groups too, all of one length, or in three groups and more.
  var areGroupsOfNumbers: Bool {
    if groups.haveThreeInFront { return false }
    return isGroupedByPoints
      ? groups.countsDiffer : shortest != longest && groups.fewest < DigitGroups.telephoneMin
  }

  /// The same where decimal commas are shown elsewhere.
  var mayBeGroupsOfNumbers: Bool {
    !areAddresses && (!groups.haveThreeInFront || groups.countsDiffer)
  }
}

/// The groups of digits that the values of a field have, with any separators.
private struct DigitGroups {
  /// Groups of a telephone number, at least.
  static let telephoneMin = 3
  private(set) var fewest = Int.max
  private var most = 0
  private(set) var haveThreeInFront = true
  private(set) var areAddresses = true

  var countsDiffer: Bool { fewest < most }

  mutating func observe(_ field: FieldText) {
    var (count, digitCount, value, frontCount) = (0, 0, 0, 0)
    for index in 0...field.count {
      let byte = field[index]
      if isDigit(byte) {
        digitCount += 1
        value = min(value * 10 + Int(byte - ASCII.zero), 256)
        continue
      }
      guard digitCount > 0 else { continue }
      if count == 0 { frontCount = digitCount }
      count += 1
      areAddresses = areAddresses && value <= 255
      (digitCount, value) = (0, 0)
    }
    fewest = min(fewest, count)
    most = max(most, count)
    haveThreeInFront = haveThreeInFront && frontCount == 3
    areAddresses = areAddresses && count == 4
  }
}

extension FieldText {
  /// The first place of a byte.
  fileprivate func offset(of byte: UInt8) -> Int? { (0..<count).first { self[$0] == byte } }

  /// Whether it has a point, or a byte of a no-break space.
  fileprivate var hasMarkOfNumbers: Bool {
    (0..<count).contains { self[$0] == ASCII.point || self[$0] >= 0x80 }
  }

  /// Whether a number has a fraction behind the comma at `mark`, and is no list of two integers: it
  /// has a sign or groups in front, or a zero behind the comma that is not all of it.
  fileprivate func isSurelyFraction(behind mark: Int) -> Bool {
    !isDigit(self[0]) || (0..<mark).contains { !isDigit(self[$0]) }
      || self[mark + 1] == ASCII.zero && mark + 2 < count
  }
}
