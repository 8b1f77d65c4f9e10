import Base
import Columns

/// How `date_format` writes a date or time stamp: the letters of Spark's "Datetime Patterns for
/// Formatting and Parsing" that mean the same to all of its versions, with English names.
package struct DatePattern: Sendable, Hashable {
  enum Piece: Sendable, Hashable {
    case text([UInt8])
    /// At least so many digits.
    case number(Part, digitCount: Int)
    /// The first digits of the microseconds.
    case fraction(digitCount: Int)
    /// A point and the microseconds, less the zeros at their end; nothing for none.
    case shortFraction
    case monthName(isShort: Bool)
    case dayName(isShort: Bool)
    case half
  }

  enum Part: Sendable, Hashable {
    case year, yearOfCentury, quarter, month, dayOfYear, day, hour, hourOfHalf, minute, second
  }

  let pieces: [Piece]

  /// As Spark casts time stamps to text: `2024-02-29 23:59:59.5`.
  package static let timestamp = DatePattern(pieces: [
    .number(.year, digitCount: 4), .text(Array("-".utf8)), .number(.month, digitCount: 2),
    .text(Array("-".utf8)), .number(.day, digitCount: 2), .text(Array(" ".utf8)),
    .number(.hour, digitCount: 2), .text(Array(":".utf8)), .number(.minute, digitCount: 2),
    .text(Array(":".utf8)), .number(.second, digitCount: 2), .shortFraction,
  ])

  private init(pieces: [Piece]) { self.pieces = pieces }

  /// - Throws: `unsupported` for a letter or mark that is none of those.
  package init(_ pattern: String) throws(ComputeError) {
    var pieces: [Piece] = []
    var rest = Substring(pattern).unicodeScalars
    while let first = rest.first {
      if first == "'" {
        pieces.append(.text(try DatePattern.quoted(&rest, pattern)))
        continue
      }
      let count = rest.prefix { $0 == first }.count
      rest = rest.dropFirst(count)
      pieces.append(try DatePattern.piece(first, count, pattern))
    }
    self.pieces = pieces
  }

  private static func piece(
    _ letter: Unicode.Scalar, _ count: Int, _ pattern: String
  ) throws(ComputeError) -> Piece {
    func number(_ part: Part, atMost most: Int = 2) -> Piece? {
      count <= most ? .number(part, digitCount: count) : nil
    }
    let piece: Piece? =
      switch letter {
      case "y" where count == 2: number(.yearOfCentury)
      case "y" where count != 3: number(.year, atMost: 4)
      case "M", "L": count <= 2 ? number(.month) : monthName(count)
      case "Q", "q": number(.quarter)
      case "d": number(.day)
      case "D": number(.dayOfYear, atMost: 3)
      case "E": count <= 4 ? .dayName(isShort: count < 4) : nil
      case "a": count == 1 ? .half : nil
      case "H": number(.hour)
      case "h": number(.hourOfHalf)
      case "m": number(.minute)
      case "s": number(.second)
      case "S": count <= 9 ? .fraction(digitCount: count) : nil
      case "a"..."z", "A"..."Z", "[", "]", "{", "}", "#": nil
      default: .text(Array(String(repeating: String(letter), count: count).utf8))
      }
    if let piece { return piece }
    throw ComputeError(
      .unsupported,
      "'\(String(repeating: String(letter), count: count))' of the pattern '\(pattern)' is not "
        + "supported")
  }

  private static func monthName(_ count: Int) -> Piece? {
    count <= 4 ? .monthName(isShort: count == 3) : nil
  }

  /// What stands in single quotes, in which a doubled one is one; two of them are one anywhere.
  private static func quoted(
    _ rest: inout Substring.UnicodeScalarView, _ pattern: String
  ) throws(ComputeError) -> [UInt8] {
    rest.removeFirst()
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar != "'" {
        text.append(scalar)
      } else if rest.first == "'" {
        text.append(rest.removeFirst())
      } else {
        return text.isEmpty ? Array("'".utf8) : Array(String(text).utf8)
      }
    }
    throw .invalid("a quote of the pattern '\(pattern)' is not closed")
  }
}

/// The parts of one moment.
private struct Moment {
  let year: Int64, month: Int64, day: Int64
  let days: Int64, micros: Int64

  init(micros: Int64) {
    days = floorDays(micros)
    self.micros = micros &- days &* microsPerDay
    (year, month, day) = civil(days)
  }

  func value(_ part: DatePattern.Part) -> Int64 {
    switch part {
    case .year: year
    case .yearOfCentury: year % 100
    case .quarter: (month &+ 2) / 3
    case .month: month
    case .dayOfYear: days &- daysFromCivil(year, 1, 1) &+ 1
    case .day: day
    case .hour: micros / 3_600_000_000
    case .hourOfHalf: (micros / 3_600_000_000 &+ 11) % 12 &+ 1
    case .minute: micros / 60_000_000 % 60
    case .second: micros / 1_000_000 % 60
    }
  }
}

/// Time stamps as text. O(rows * pieces).
///
/// - Throws: `ComputeError` for a year that does not have one to four digits: engines differ in how
///   they write it.
func formatTimestamps(_ column: Column, _ pattern: DatePattern) throws(ComputeError) -> Column {
  guard case .int64(let slots) = column.values else {
    preconditionFailure("the text of \(column.type) was bound")
  }
  var output = TextColumnBuilder(rowCount: slots.count)
  for row in 0..<slots.count {
    let start = output.sizeBytes
    if !column.isNull(row) {
      let moment = Moment(micros: slots[row])
      guard 1...9999 ~= moment.year else {
        throw .invalid("the year \(moment.year) has no text of four digits")
      }
      for piece in pattern.pieces { output.extend(piece, of: moment) }
    }
    output.endRow(from: start)
  }
  return Column(type: .string, validity: column.validity, values: try output.finish())
}

extension TextColumnBuilder {
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ].map { Array($0.utf8) }
  private static let days = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ].map { Array($0.utf8) }

  fileprivate mutating func extend(_ piece: DatePattern.Piece, of moment: Moment) {
    switch piece {
    case .text(let bytes): extend(bytes.span)
    case .number(let part, let digitCount): extend(moment.value(part), digitCount)
    case .fraction(let digitCount):
      let micros = moment.micros % 1_000_000
      let shift = Int64(powerOfTen(max(6 - digitCount, 0)))
      extend(micros / shift, min(digitCount, 6))
      for _ in 6..<max(digitCount, 6) { extend(UInt8(ascii: "0")) }
    case .shortFraction:
      var rest = moment.micros % 1_000_000
      if rest == 0 { return }
      var digitCount = 6
      while rest % 10 == 0 {
        rest /= 10
        digitCount -= 1
      }
      extend(UInt8(ascii: "."))
      extend(rest, digitCount)
    case .monthName(let isShort):
      extend(TextColumnBuilder.months[Int(moment.month) - 1], isShort)
    case .dayName(let isShort):
      extend(TextColumnBuilder.days[Int(dayOfWeek(moment.days))], isShort)
    case .half:
      extend(moment.micros < microsPerDay / 2 ? UInt8(ascii: "A") : UInt8(ascii: "P"))
      extend(UInt8(ascii: "M"))
    }
  }

  private mutating func extend(_ name: [UInt8], _ isShort: Bool) {
    extend(name.span.extracting(0..<(isShort ? 3 : name.count)))
  }

  private mutating func extend(_ number: Int64, _ digitCount: Int) {
    var divisor: Int64 = 1
    var count = 1
    while count < digitCount || number / divisor >= 10 {
      divisor *= 10
      count += 1
    }
    while divisor > 0 {
      extend(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }
}
