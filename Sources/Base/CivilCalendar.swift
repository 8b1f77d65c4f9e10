// Proleptic Gregorian calendar <-> days and microseconds since 1970-01-01, without time zones.
// Algorithms: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

package struct CivilDate: Sendable, Equatable {
  package var year: Int
  package var month: Int
  package var day: Int

  package init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Days and years beyond this are taken as this: far outside every type that holds dates, and
  /// small enough that nothing below overflows.
  private static let extreme = 1 << 48

  /// The date `days` after 1970-01-01 (before, if negative).
  package init(daysSinceEpoch days: Int) {
    let shifted = min(max(days, -CivilDate.extreme), CivilDate.extreme) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  package var daysSinceEpoch: Int {
    let year = min(max(year, -CivilDate.extreme), CivilDate.extreme)
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  package static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  package static func dayCount(year: Int, month: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Whether month and day exist.
  package var isValid: Bool {
    (1...12).contains(month) && day >= 1 && day <= CivilDate.dayCount(year: year, month: month)
  }

  /// `yyyy-mm-dd`; years outside 0...9999 carry a sign.
  package var text: String {
    let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
    let yearText = sign + padded(Int(clamping: year.magnitude), 4)
    return yearText + "-" + padded(month, 2) + "-" + padded(day, 2)
  }
}

/// `value` in at least `width` digits, zeros in front.
package func padded(_ value: Int, _ width: Int) -> String {
  let digits = String(value)
  return digits.count >= width
    ? digits : String(repeating: "0", count: width - digits.count) + digits
}

package let microsPerDay: Int64 = 86_400_000_000

/// A microsecond time stamp split into its day and its time of day.
package struct CivilTime: Sendable, Equatable {
  package var date: CivilDate
  package var microsOfDay: Int64

  package init(date: CivilDate, microsOfDay: Int64) {
    self.date = date
    self.microsOfDay = microsOfDay
  }

  package init(microsSinceEpoch micros: Int64) {
    // Floored without leaving the type: the start of the earliest day lies before `Int64.min`.
    let (quotient, remainder) = micros.quotientAndRemainder(dividingBy: microsPerDay)
    microsOfDay = remainder < 0 ? remainder + microsPerDay : remainder
    date = CivilDate(daysSinceEpoch: Int(quotient) - (remainder < 0 ? 1 : 0))
  }

  /// The nearest time stamp there is, if the time lies beyond them.
  package var microsSinceEpoch: Int64 {
    Int64(clamping: Int128(date.daysSinceEpoch) * Int128(microsPerDay) + Int128(microsOfDay))
  }

  /// `yyyy-mm-dd<separator>hh:mm:ss[.ffffff]`; the fraction only where it is not zero, without
  /// trailing zeros.
  package func text(separator: String = " ", zone: String = "") -> String {
    let seconds = Int(microsOfDay / 1_000_000)
    var text = date.text + separator
    text +=
      padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
    let fraction = Int(microsOfDay % 1_000_000)
    if fraction != 0 {
      var digits = padded(fraction, 6)
      while digits.hasSuffix("0") { digits.removeLast() }
      text += "." + digits
    }
    return text + zone
  }
}
