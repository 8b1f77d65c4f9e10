import Base

// Dates and time stamps, exactly.
//
//   date       year sep month sep day | day sep month sep year | month sep day sep year
//            | [weekday] month day [","] year | [weekday] day [" " | "-"] month [" " | "-"] year
//   sep        "-" | "/" | "."                    the same twice; month sep day: not "."
//   timestamp  date [("T" | "t" | [","] " ") time [zone]]
//            | [weekday] month day time [zone] year [zone]      C's ctime, git, Twitter
//   time       h[h] ":" mm [":" ss [("." | ",") digits]] [[" "] ("AM" | "PM")]
//   zone       [" "] ("Z" | name | [name] ("+" | "-") hh [[":"] mm] [" (" any ")"])
//   name       "UTC" | "GMT"
//
// Years have four digits, days and months one or two; words are English, short or in full, in any
// case. A weekday is that of the date. No other zone has a name that is its own (CST is American,
// Chinese or Cuban); behind an offset, as mail (RFC 5322) and JavaScript have it, a name says
// nothing new. Which of the dates it is, is the column's `DateOrder`.
//
// A format given by the user replaces both: %Y %m %d %H %M %S %f %z %y %b %B %a %A %p %I %T %F %%,
// where numbers may lack leading zeros.

/// A reading position within a field.
private struct TextCursor {
  let field: FieldText
  var index = 0

  var isAtEnd: Bool { index >= field.count }
  var next: UInt8 { field[index] }

  mutating func skip(_ byte: UInt8) -> Bool {
    guard !isAtEnd && next == byte else { return false }
    index += 1
    return true
  }

  /// A number of `least` to `most` digits.
  mutating func number(_ least: Int, _ most: Int) -> Int? {
    var value = 0
    let first = index
    while index - first < most && isDigit(next) {
      value = value * 10 + Int(next - ASCII.zero)
      index += 1
    }
    return index - first >= least ? value : nil
  }

  /// Digits of a second after the point, in microseconds; false if there is none or a digit that is
  /// not zero would be lost.
  mutating func fraction() -> (micros: Int64, isExact: Bool)? {
    var micros: Int64 = 0
    var unit: Int64 = 100_000
    var isExact = true
    let first = index
    while isDigit(next) {
      let digit = Int64(next - ASCII.zero)
      if unit == 0 && digit != 0 { isExact = false }
      micros += digit * unit
      unit /= 10
      index += 1
    }
    return index > first ? (micros, isExact) : nil
  }

  /// Minutes east of UTC.
  mutating func zone() -> Int? {
    if skip(0x5A) || skip(0x7A) { return 0 }
    let isNamed = skip(word: "utc") || skip(word: "gmt")
    let isWest = next == ASCII.minus
    guard isWest || next == ASCII.plus else { return isNamed ? 0 : nil }
    index += 1
    guard let hours = number(2, 2), hours <= 18 else { return nil }
    var minutes = 0
    if skip(ASCII.colon) || isDigit(next) {
      guard let read = number(2, 2), read < 60 else { return nil }
      minutes = read
    }
    skipZoneName()
    return (isWest ? -1 : 1) * (hours * 60 + minutes)
  }

  private mutating func skipZoneName() {
    var rest = self
    guard rest.skip(ASCII.space), rest.skip(0x28) else { return }
    while !rest.isAtEnd && rest.next != 0x29 { rest.index += 1 }
    if rest.skip(0x29) { self = rest }
  }
}

extension TextCursor {
  /// Skips a word in any case.
  mutating func skip(word lowered: StaticString) -> Bool {
    for offset in 0..<lowered.utf8CodeUnitCount {
      // SAFETY: offset < utf8CodeUnitCount; the words of this file are not single scalars.
      let wanted = unsafe lowered.utf8Start[offset]
      guard field[index + offset] | 0x20 == wanted else { return false }
    }
    index += lowered.utf8CodeUnitCount
    return true
  }

  /// Days since 1970-01-01.
  mutating func date(_ order: DateOrder) -> Int32? {
    if order == .named { return namedDate() }
    guard let first = number(order == .yearFirst ? 4 : 1, order == .yearFirst ? 4 : 2) else {
      return nil
    }
    let separator = next
    let isKnown =
      separator == ASCII.minus || separator == ASCII.slash
      || separator == ASCII.point && order != .monthFirst
    guard isKnown, skip(separator), let second = number(1, 2), skip(separator),
      let third = number(order == .yearFirst ? 1 : 4, order == .yearFirst ? 2 : 4)
    else { return nil }
    switch order {
    case .yearFirst: return day(first, second, third)
    case .dayFirst: return day(third, second, first)
    default: return day(third, first, second)
    }
  }

  private func day(_ year: Int, _ month: Int, _ day: Int) -> Int32? {
    let date = CivilDate(year: year, month: month, day: day)
    return year > 0 && date.isValid ? Int32(date.daysSinceEpoch) : nil
  }

  /// A date with the month's name.
  private mutating func namedDate() -> Int32? {
    let weekday = weekday()
    if isDigit(next) {
      guard let number = number(1, 2), skipJoint(), let month = monthName(), skipJoint(),
        let year = self.number(4, 4)
      else { return nil }
      return day(year, month, number, weekday)
    }
    guard let month = monthName(), skipSpaces(), let number = number(1, 2) else { return nil }
    _ = skip(ASCII.comma)
    guard skip(ASCII.space), let year = self.number(4, 4) else { return nil }
    return day(year, month, number, weekday)
  }

  /// A time stamp whose year comes last.
  mutating func timeBeforeYear() -> ReadTimestamp? {
    let weekday = weekday()
    guard let month = monthName(), skipSpaces(), let number = number(1, 2), skip(ASCII.space),
      let time = time(), skip(ASCII.space)
    else { return nil }
    var zone = zone()
    if zone != nil && !skip(ASCII.space) { return nil }
    guard let year = self.number(4, 4), let days = day(year, month, number, weekday) else {
      return nil
    }
    if zone == nil && skip(ASCII.space) {
      zone = self.zone()
      if zone == nil { return nil }
    }
    let micros = Int64(days) * microsPerDay + time.micros - Int64(zone ?? 0) * 60_000_000
    return ReadTimestamp(micros: micros, isExact: time.isExact)
  }

  private func day(_ year: Int, _ month: Int, _ day: Int, _ weekday: Int?) -> Int32? {
    guard let days = self.day(year, month, day), isDay(days, weekday) else { return nil }
    return days
  }

  /// What stands between day, month's name and year.
  private mutating func skipJoint() -> Bool { skip(ASCII.space) || skip(ASCII.minus) }

  /// One space, or two where a day of one digit is padded.
  private mutating func skipSpaces() -> Bool {
    guard skip(ASCII.space) else { return false }
    _ = skip(ASCII.space)
    return true
  }

  /// The weekday that comes first, counted from Monday, and what sets it apart.
  private mutating func weekday() -> Int? {
    var rest = self
    guard let weekday = rest.weekdayName() else { return nil }
    _ = rest.skip(ASCII.comma)
    guard rest.skipSpaces() else { return nil }
    self = rest
    return weekday
  }

  /// Counted from Monday, 0 to 6.
  mutating func weekdayName() -> Int? {
    let names: [(StaticString, StaticString)] = [
      ("monday", "mon"), ("tuesday", "tue"), ("wednesday", "wed"), ("thursday", "thu"),
      ("friday", "fri"), ("saturday", "sat"), ("sunday", "sun"),
    ]
    return names.firstIndex { skip(word: $0.0) || skip(word: $0.1) }
  }

  /// 1 to 12.
  mutating func monthName() -> Int? {
    let names: [(StaticString, StaticString)] = [
      ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may", "may"),
      ("june", "jun"), ("july", "jul"), ("august", "aug"), ("september", "sep"),
      ("october", "oct"), ("november", "nov"), ("december", "dec"),
    ]
    return names.firstIndex { skip(word: $0.0) || skip(word: $0.1) }.map { $0 + 1 }
  }

  /// Microseconds since midnight.
  mutating func time() -> (micros: Int64, isExact: Bool)? {
    guard var hour = number(1, 2), hour < 24, skip(ASCII.colon), let minute = number(2, 2),
      minute < 60
    else { return nil }
    var second = 0
    var fraction: (micros: Int64, isExact: Bool) = (0, true)
    if skip(ASCII.colon) {
      guard let read = number(2, 2), read < 60 else { return nil }
      second = read
      if skip(ASCII.point) || skip(ASCII.comma) {
        guard let read = self.fraction() else { return nil }
        fraction = read
      }
    }
    let beforeHalf = index
    _ = skip(ASCII.space)
    let isMorning = skip(word: "am")
    if isMorning || skip(word: "pm") {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isMorning ? 0 : 12)
    } else {
      index = beforeHalf
    }
    let seconds = Int64(hour * 3600 + minute * 60 + second)
    return (seconds * 1_000_000 + fraction.micros, fraction.isExact)
  }
}

/// Whether `weekday`, counted from Monday, is that of the day; true for nil.
private func isDay(_ days: Int32, _ weekday: Int?) -> Bool {
  guard let weekday else { return true }
  return (Int(days) + 3 - weekday) % 7 == 0  // 1970-01-01 was a Thursday.
}

/// A time stamp as it was written.
struct ReadTimestamp {
  var micros: Int64
  /// False where digits past the microsecond were dropped.
  var isExact: Bool
}

extension FieldText {
  /// Days since 1970-01-01 of a date without a time.
  func date(_ order: DateOrder) -> Int32? {
    guard count >= 8 else { return nil }
    var cursor = TextCursor(field: self)
    guard let days = cursor.date(order), cursor.isAtEnd else { return nil }
    return days
  }

  /// A date and a time. Without a zone it is UTC.
  func timestamp(_ order: DateOrder) -> ReadTimestamp? {
    guard count >= 8 else { return nil }
    var cursor = TextCursor(field: self)
    guard let days = cursor.date(order) else {
      return order == .named ? timestampBeforeYear() : nil
    }
    _ = cursor.skip(ASCII.comma)
    guard cursor.skip(0x54) || cursor.skip(0x74) || cursor.skip(ASCII.space),
      let time = cursor.time()
    else { return nil }
    var micros = Int64(days) * microsPerDay + time.micros
    if !cursor.isAtEnd {
      _ = cursor.skip(ASCII.space)
      guard let zone = cursor.zone(), cursor.isAtEnd else { return nil }
      micros -= Int64(zone) * 60_000_000
    }
    return ReadTimestamp(micros: micros, isExact: time.isExact)
  }

  private func timestampBeforeYear() -> ReadTimestamp? {
    var cursor = TextCursor(field: self)
    guard let read = cursor.timeBeforeYear(), cursor.isAtEnd else { return nil }
    return read
  }

  /// The orders in which the text is a date or time stamp, a bit for each raw value.
  func dateOrders() -> UInt8 {
    guard count >= 8, (0..<count).contains(where: { isDigit(self[$0]) }) else { return 0 }
    var orders: UInt8 = 0
    for order in DateOrder.allCases where date(order) != nil || timestamp(order) != nil {
      orders |= order.bit
    }
    return orders
  }

  /// A date or time stamp in the user's format.
  func timestamp(format: [UInt8]) -> ReadTimestamp? {
    var cursor = TextCursor(field: self)
    var parts = FormattedParts()
    guard read(format, &cursor, &parts), cursor.isAtEnd else { return nil }
    return parts.timestamp
  }

  private func read(_ format: [UInt8], _ cursor: inout TextCursor, _ parts: inout FormattedParts)
    -> Bool
  {
    var index = 0
    while index < format.count {
      let byte = format[index]
      index += 1
      guard byte == 0x25, index < format.count else {
        guard cursor.skip(byte) else { return false }
        continue
      }
      let letter = format[index]
      index += 1
      if letter == 0x46 {  // %F
        guard read(Array("%Y-%m-%d".utf8), &cursor, &parts) else { return false }
      } else if letter == 0x54 {  // %T
        guard read(Array("%H:%M:%S".utf8), &cursor, &parts) else { return false }
      } else {
        guard parts.read(letter, &cursor) else { return false }
      }
    }
    return true
  }
}

/// What the letters of a format have collected.
private struct FormattedParts {
  var year = 1970
  var month = 1
  var day = 1
  var weekday: Int?
  var hour = 0
  var minute = 0
  var second = 0
  var micros: Int64 = 0
  var isExact = true
  var isAfternoon: Bool?
  var zone = 0

  /// Reads what `%letter` stands for.
  mutating func read(_ letter: UInt8, _ cursor: inout TextCursor) -> Bool {
    switch letter {
    case 0x59: return assign(\.year, cursor.number(4, 4))  // Y
    case 0x79:  // y: 69 to 99 are of the last century, as POSIX has it.
      guard let short = cursor.number(2, 2) else { return false }
      year = short >= 69 ? 1900 + short : 2000 + short
      return true
    case 0x6D: return assign(\.month, cursor.number(1, 2))  // m
    case 0x64: return assign(\.day, cursor.number(1, 2))  // d
    case 0x48, 0x49: return assign(\.hour, cursor.number(1, 2))  // H, I
    case 0x4D: return assign(\.minute, cursor.number(1, 2))  // M
    case 0x53: return assign(\.second, cursor.number(1, 2))  // S
    case 0x66:  // f
      guard let fraction = cursor.fraction() else { return false }
      micros = fraction.micros
      isExact = fraction.isExact
      return true
    case 0x7A: return assign(\.zone, cursor.zone())  // z
    case 0x70: return readHalf(&cursor)  // p
    case 0x62, 0x42: return assign(\.month, cursor.monthName())  // b, B
    case 0x61, 0x41:  // a, A
      weekday = cursor.weekdayName()
      return weekday != nil
    case 0x25: return cursor.skip(0x25)
    default: return false
    }
  }

  private mutating func assign(_ part: WritableKeyPath<FormattedParts, Int>, _ value: Int?) -> Bool
  {
    guard let value else { return false }
    self[keyPath: part] = value
    return true
  }

  private mutating func readHalf(_ cursor: inout TextCursor) -> Bool {
    let letter = cursor.next | 0x20
    guard letter == 0x61 || letter == 0x70 else { return false }
    cursor.index += 1
    guard cursor.next | 0x20 == 0x6D else { return false }
    cursor.index += 1
    isAfternoon = letter == 0x70
    return true
  }

  /// Nil where there is no such day or time.
  var timestamp: ReadTimestamp? {
    let date = CivilDate(year: year, month: month, day: day)
    var hour = hour
    if let isAfternoon {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    guard year > 0, date.isValid, isDay(Int32(date.daysSinceEpoch), weekday), hour < 24,
      minute < 60, second < 60
    else { return nil }
    let seconds = Int64(hour * 3600 + minute * 60 + second - zone * 60)
    return ReadTimestamp(
      micros: Int64(date.daysSinceEpoch) * microsPerDay + seconds * 1_000_000 + micros,
      isExact: isExact)
  }
}

/// Whether `format` names a day: all its letters are known, with year, month and day among them.
func isTemporalFormat(_ format: [UInt8]) -> Bool {
  var letters: Set<UInt8> = []
  var index = 0
  while index < format.count {
    if format[index] == 0x25 {
      index += 1
      guard index < format.count, "YymdHIMSfzpbBaATF%".utf8.contains(format[index]) else {
        return false
      }
      letters.insert(format[index])
    }
    index += 1
  }
  func hasOne(of wanted: String) -> Bool { wanted.utf8.contains { letters.contains($0) } }
  return hasOne(of: "YyF") && hasOne(of: "mbBF") && hasOne(of: "dF")
}
