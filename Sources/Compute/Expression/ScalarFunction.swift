/// A function of the values of one row. COALESCE, NULLIF and IF are rewritten to CASE instead.
package enum ScalarFunction: Sendable, Hashable {
  /// A part of a date or time stamp, as a long.
  case extract(CalendarField)
  /// The start of the year, quarter, month … that a date or time stamp lies in.
  case truncate(CalendarField)
  /// A time stamp as text.
  case format(DatePattern)
  case upper, lower
  /// The text itself; an error where it has a point or an exponent and is no integer's.
  case integerText
  /// Characters of a string, bytes of a binary value.
  case length
  case absolute
  /// Null if any argument is.
  case concatenate
  /// Characters `start` (from 1; negative counts from the end) and on, `length` of them if given.
  case substring
  case trim, trimStart, trimEnd
  case floor, ceiling
  /// To this many digits after the point, halves away from zero.
  case round(digits: Int)
  case startsWith, endsWith, contains
}

package enum CalendarField: String, Sendable, Hashable, CaseIterable {
  case year, quarter, month, week, day, hour, minute, second
  /// Sunday is 0.
  case dayOfWeek = "dayofweek"
  case dayOfYear = "dayofyear"

  package init?(name: String) {
    let name = name.lowercased()
    switch name {
    case "dow": self = .dayOfWeek
    case "doy": self = .dayOfYear
    default:
      let singular = name.hasSuffix("s") ? String(name.dropLast()) : name
      guard let field = CalendarField(rawValue: singular) else { return nil }
      self = field
    }
  }

  var isTimeOfDay: Bool { self == .hour || self == .minute || self == .second }
}
