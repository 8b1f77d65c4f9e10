import Base

/// Days since 1970-01-01 of `yyyy-mm-dd`; nil for anything else, or a day that does not exist.
func parseDate(_ text: Span<UInt8>) -> Int32? {
  var cursor = DigitCursor(text)
  guard let date = cursor.date(), cursor.isAtEnd else { return nil }
  return Int32(exactly: date.daysSinceEpoch)
}

/// Microseconds since 1970-01-01T00:00:00Z; see the grammar in TextParsing.swift.
func parseTimestamp(_ text: Span<UInt8>) -> Int64? {
  parseInstant(text).flatMap { Int64(exactly: floorDivide($0, 1000).quotient) }
}

/// Nanoseconds since 1970-01-01T00:00:00Z.
func parseTimestampNanos(_ text: Span<UInt8>) -> Int64? {
  parseInstant(text).flatMap { Int64(exactly: $0) }
}

/// Nanoseconds: the start of the earliest day lies before the earliest time stamp of 64 bits.
private func parseInstant(_ text: Span<UInt8>) -> Int128? {
  var cursor = DigitCursor(text)
  guard let date = cursor.date() else { return nil }
  var nanos: Int64 = 0
  if !cursor.isAtEnd {
    guard cursor.skip(UInt8(ascii: "T")) || cursor.skip(UInt8(ascii: " ")),
      let time = cursor.timeOfDayNanos(), let zone = cursor.zoneMicros(), cursor.isAtEnd
    else { return nil }
    nanos = time - zone * 1000
  }
  return Int128(date.daysSinceEpoch) * Int128(microsPerDay) * 1000 + Int128(nanos)
}

/// Nanoseconds since midnight.
func parseTimeNanos(_ text: Span<UInt8>) -> Int64? {
  var cursor = DigitCursor(text)
  guard let nanos = cursor.timeOfDayNanos(), cursor.isAtEnd else { return nil }
  return nanos
}

/// The 32 hexadecimal digits of RFC 9562, in groups of 8-4-4-4-12 or without the dashes.
func parseUUID(_ text: Span<UInt8>) -> UInt128? {
  let range = trimmed(text)
  guard range.count == 36 || range.count == 32 else { return nil }
  var value: UInt128 = 0
  for position in range {
    let byte = text[position]
    if range.count == 36, [8, 13, 18, 23].contains(position - range.lowerBound) {
      guard byte == UInt8(ascii: "-") else { return nil }
      continue
    }
    guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
    value = value << 4 | UInt128(digit)
  }
  return value
}

/// Reads the numbers and separators of dates and times.
private struct DigitCursor: ~Escapable {
  private let text: Span<UInt8>
  private var position: Int
  private let end: Int

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) {
    self.text = text
    let range = trimmed(text)
    position = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { position == end }

  @_lifetime(self: copy self)
  mutating func skip(_ byte: UInt8) -> Bool {
    guard position < end && text[position] == byte else { return false }
    position += 1
    return true
  }

  /// A number of `count` digits.
  @_lifetime(self: copy self)
  mutating func number(_ count: ClosedRange<Int>) -> Int? {
    var value = 0
    let start = position
    while position < end && position - start < count.upperBound && isDigit(text[position]) {
      value = value * 10 + Int(text[position] - UInt8(ascii: "0"))
      position += 1
    }
    return position - start >= count.lowerBound ? value : nil
  }

  @_lifetime(self: copy self)
  mutating func date() -> CivilDate? {
    let isNegative = skip(UInt8(ascii: "-"))
    if !isNegative { _ = skip(UInt8(ascii: "+")) }
    guard let year = number(4...6), skip(UInt8(ascii: "-")), let month = number(1...2),
      skip(UInt8(ascii: "-")), let day = number(1...2)
    else { return nil }
    let date = CivilDate(year: isNegative ? -year : year, month: month, day: day)
    return date.isValid ? date : nil
  }

  @_lifetime(self: copy self)
  mutating func timeOfDayNanos() -> Int64? {
    guard let hour = number(1...2), hour < 24, skip(UInt8(ascii: ":")),
      let minute = number(2...2), minute < 60
    else { return nil }
    var nanos = Int64(hour * 60 + minute) * 60_000_000_000
    if skip(UInt8(ascii: ":")) {
      guard let second = number(2...2), second < 60 else { return nil }
      nanos += Int64(second) * 1_000_000_000
      if skip(UInt8(ascii: ".")) || skip(UInt8(ascii: ",")) {
        let start = position
        guard var fraction = number(1...9) else { return nil }
        for _ in position - start..<9 { fraction *= 10 }
        nanos += Int64(fraction)
        while position < end && isDigit(text[position]) { position += 1 }
      }
    }
    return nanos
  }

  /// How far local time is ahead of UTC; zero where no zone is written.
  @_lifetime(self: copy self)
  mutating func zoneMicros() -> Int64? {
    _ = skip(UInt8(ascii: " "))
    if isAtEnd || skip(UInt8(ascii: "Z")) || skip(UInt8(ascii: "z")) { return 0 }
    let isWest = skip(UInt8(ascii: "-"))
    guard isWest || skip(UInt8(ascii: "+")), let hours = number(2...2), hours <= 18 else {
      return nil
    }
    var minutes = 0
    if !isAtEnd {
      _ = skip(UInt8(ascii: ":"))
      guard let given = number(2...2), given < 60 else { return nil }
      minutes = given
    }
    let micros = Int64(hours * 60 + minutes) * 60_000_000
    return isWest ? -micros : micros
  }
}
