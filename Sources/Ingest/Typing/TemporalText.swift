import Base

// Dates and time stamps, exactly.
//
//   date       year "-" month "-" day                                  four, two, two digits
//   timestamp  date [("T" | "t" | " ") hh ":" mm [":" ss ["." digits]] [zone]]
//   zone       [" "] ("Z" | "z" | ("+" | "-") hh [[":"] mm])
//
// A format given by the user replaces both: %Y %m %d %H %M %S %f %z %y %b %p %I %T %F %%, where
// numbers may lack leading zeros.

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
    let isWest = next == ASCII.minus
    guard isWest || next == ASCII.plus else { return nil }
    index += 1
    guard let hours = number(2, 2), hours <= 18 else { return nil }
    var minutes = 0
    if skip(ASCII.colon) || isDigit(next) {
      guard let read = number(2, 2), read < 60 else { return nil }
      minutes = read
    }
    return (isWest ? -1 : 1) * (hours * 60 + minutes)
  }
}

/// A time stamp as it was written.
struct ReadTimestamp {
  var micros: Int64
  /// False where digits past the microsecond were dropped.
  var isExact: Bool
}

extension FieldText {
  /// Days since 1970-01-01 of an ISO date.
  func isoDate() -> Int32? {
    guard count == 10 else { return nil }
    var cursor = TextCursor(field: self)
    return readDate(&cursor)
  }

  private func readDate(_ cursor: inout TextCursor) -> Int32? {
    guard let year = cursor.number(4, 4), year > 0, cursor.skip(ASCII.minus),
      let month = cursor.number(2, 2), cursor.skip(ASCII.minus), let day = cursor.number(2, 2)
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    return date.isValid ? Int32(date.daysSinceEpoch) : nil
  }

  /// An ISO time stamp or date. Without a zone it is UTC.
  func isoTimestamp() -> ReadTimestamp? {
    var cursor = TextCursor(field: self)
    guard let days = readDate(&cursor) else { return nil }
    var result = ReadTimestamp(micros: Int64(days) * microsPerDay, isExact: true)
    if cursor.isAtEnd { return result }
    guard cursor.skip(0x54) || cursor.skip(0x74) || cursor.skip(ASCII.space) else { return nil }
    guard let hour = cursor.number(2, 2), hour < 24, cursor.skip(ASCII.colon),
      let minute = cursor.number(2, 2), minute < 60
    else { return nil }
    var second = 0
    if cursor.skip(ASCII.colon) {
      guard let read = cursor.number(2, 2), read < 60 else { return nil }
      second = read
      if cursor.skip(ASCII.point) {
        guard let fraction = cursor.fraction() else { return nil }
        result.micros += fraction.micros
        result.isExact = fraction.isExact
      }
    }
    result.micros += Int64(hour * 3600 + minute * 60 + second) * 1_000_000
    if !cursor.isAtEnd {
      _ = cursor.skip(ASCII.space)
      guard let zone = cursor.zone(), cursor.isAtEnd else { return nil }
      result.micros -= Int64(zone) * 60_000_000
    }
    return result
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
    case 0x62: return readMonthName(&cursor)  // b
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

  private mutating func readMonthName(_ cursor: inout TextCursor) -> Bool {
    let names = Array("janfebmaraprmayjunjulaugsepoctnovdec".utf8)
    for candidate in 0..<12 {
      let matches = (0..<3).allSatisfy {
        cursor.field[cursor.index + $0] | 0x20 == names[candidate * 3 + $0]
      }
      if matches {
        month = candidate + 1
        cursor.index += 3
        return true
      }
    }
    return false
  }

  /// Nil where there is no such day or time.
  var timestamp: ReadTimestamp? {
    let date = CivilDate(year: year, month: month, day: day)
    var hour = hour
    if let isAfternoon {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    guard year > 0, date.isValid, hour < 24, minute < 60, second < 60 else { return nil }
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
      guard index < format.count, "YymdHIMSfzpbTF%".utf8.contains(format[index]) else {
        return false
      }
      letters.insert(format[index])
    }
    index += 1
  }
  func hasOne(of wanted: String) -> Bool { wanted.utf8.contains { letters.contains($0) } }
  return hasOne(of: "YyF") && hasOne(of: "mbF") && hasOne(of: "dF")
}
