import Base
import Columns

// Parts of dates, and the starts of calendar units, over whole columns. `CivilDate` in Base is the
// reference; this twin of it is local so that it inlines into the loops.

/// Year, month and day of a number of days since 1970-01-01. Every Int32 is a legal date.
@inline(__always)
func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
  let shifted = days &+ 719_468
  let era = (shifted >= 0 ? shifted : shifted &- 146_096) / 146_097
  let dayOfEra = shifted &- era &* 146_097
  let yearOfEra =
    (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
  let shiftedMonth = (5 &* dayOfYear &+ 2) / 153
  let day = dayOfYear &- (153 &* shiftedMonth &+ 2) / 5 &+ 1
  let month = shiftedMonth < 10 ? shiftedMonth &+ 3 : shiftedMonth &- 9
  return (yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0), month, day)
}

/// The inverse of `civil`.
@inline(__always)
func daysFromCivil(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
  let shiftedYear = month <= 2 ? year &- 1 : year
  let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear &- 399) / 400
  let yearOfEra = shiftedYear &- era &* 400
  let dayOfYear = (153 &* (month > 2 ? month &- 3 : month &+ 9) &+ 2) / 5 &+ day &- 1
  let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
  return era &* 146_097 &+ dayOfEra &- 719_468
}

/// Sunday is 0: 1970-01-01 was a Thursday.
@inline(__always)
func dayOfWeek(_ days: Int64) -> Int64 {
  let rest = (days &+ 4) % 7
  return rest < 0 ? rest &+ 7 : rest
}

/// A part of a date (in days) as a number.
@inline(__always)
private func part(_ field: CalendarField, ofDay days: Int64) -> Int64 {
  switch field {
  case .year: return civil(days).year
  case .quarter: return (civil(days).month &+ 2) / 3
  case .month: return civil(days).month
  case .day: return civil(days).day
  case .dayOfWeek: return dayOfWeek(days)
  case .dayOfYear: return days &- daysFromCivil(civil(days).year, 1, 1) &+ 1
  case .hour, .minute, .second, .week: return 0
  }
}

/// The first day of the unit that the day lies in. Weeks start on Monday.
@inline(__always)
private func start(_ field: CalendarField, ofDay days: Int64) -> Int64 {
  switch field {
  case .year: return daysFromCivil(civil(days).year, 1, 1)
  case .quarter:
    let date = civil(days)
    return daysFromCivil(date.year, (date.month &- 1) / 3 &* 3 &+ 1, 1)
  case .month: return days &- civil(days).day &+ 1
  case .week: return days &- (dayOfWeek(days) &+ 6) % 7
  default: return days
  }
}

/// Microseconds from midnight, and the day, of a time stamp.
@inline(__always)
private func split(_ micros: Int64) -> (day: Int64, microsOfDay: Int64) {
  let day = floorDays(micros)
  return (day, micros &- day &* microsPerDay)
}

private func unitMicros(_ field: CalendarField) -> Int64 {
  switch field {
  case .hour: 3_600_000_000
  case .minute: 60_000_000
  default: 1_000_000
  }
}

/// EXTRACT: one loop a field, so that the field is not looked at for each row.
func extractField(_ field: CalendarField, from column: Column) -> Column {
  let slots: Buffer<Int64>
  switch column.values {
  case .int32(let days):
    switch field {
    case .year: slots = map(days) { part(.year, ofDay: Int64($0)) }
    case .quarter: slots = map(days) { part(.quarter, ofDay: Int64($0)) }
    case .month: slots = map(days) { part(.month, ofDay: Int64($0)) }
    case .day: slots = map(days) { part(.day, ofDay: Int64($0)) }
    default: slots = map(days) { part(field, ofDay: Int64($0)) }
    }
  case .int64(let micros):
    switch field {
    case .hour: slots = map(micros) { split($0).microsOfDay / 3_600_000_000 }
    case .minute: slots = map(micros) { split($0).microsOfDay / 60_000_000 % 60 }
    case .second: slots = map(micros) { split($0).microsOfDay / 1_000_000 % 60 }
    case .year: slots = map(micros) { part(.year, ofDay: floorDays($0)) }
    case .month: slots = map(micros) { part(.month, ofDay: floorDays($0)) }
    default: slots = map(micros) { part(field, ofDay: floorDays($0)) }
    }
  default: preconditionFailure("a part of \(column.type) was bound")
  }
  return Column(type: .long, validity: column.validity, values: .int64(slots))
}

/// DATE_TRUNC. The type stays.
///
/// - Throws: `ComputeError` when the start lies before the earliest date or time stamp there is.
func truncateToField(_ field: CalendarField, _ column: Column) throws(ComputeError) -> Column {
  var conversion = Conversion(column: column, type: column.type, isTry: false)
  let values: ColumnValues
  switch column.values {
  case .int32(let days):
    values = try .int32(conversion.run(days) { Int32(exactly: start(field, ofDay: Int64($0))) })
  case .int64(let micros) where field.isTimeOfDay:
    let unit = unitMicros(field)
    values = try .int64(
      conversion.run(micros) {
        let rest = $0 % unit
        let (value, over) = $0.subtractingReportingOverflow(rest < 0 ? rest &+ unit : rest)
        return over ? nil : value
      })
  case .int64(let micros):
    values = try .int64(
      conversion.run(micros) {
        let (value, over) = start(field, ofDay: floorDays($0))
          .multipliedReportingOverflow(by: microsPerDay)
        return over ? nil : value
      })
  default: preconditionFailure("a unit of \(column.type) was bound")
  }
  return Column(type: column.type, validity: column.validity, values: values)
}
