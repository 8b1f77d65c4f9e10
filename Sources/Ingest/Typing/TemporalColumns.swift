import Base

// Kernels for ISO 8601 dates and time stamps, proleptic Gregorian. What is not plainly written,
// null or not, becomes an exception for the exact path (`FieldText`).
//
//   date       YYYY-MM-DD
//   timestamp  YYYY-MM-DD (T | space) hh:mm:ss [. 1 to 6 digits] [Z]

/// Days before each month, and its length times 65,536: index is the month, plus 16 in leap years.
/// The length is 0 where there is no such month.
private let months: [Int32] = {
  let lengths: [Int32] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0]
  return [0, 1].flatMap { (leapDay: Int32) in
    var before: Int32 = 0
    return lengths.enumerated().map { month, usual in
      let length = month == 2 ? usual + leapDay : usual
      defer { before += length }
      return before | length << 16
    }
  }
}()

/// Days from 0000-01-01 to 1970-01-01.
private let epochDay: Int32 = 719_528

@safe
private struct MonthTable {
  let base: UnsafePointer<Int32>

  /// Days since 1970-01-01 of the ten characters at `start`.
  @inline(__always)
  func parseDate(_ text: TextPointer, _ start: Int) -> (days: Int32, wrong: UInt64) {
    // "0000-00-" turns digits into 0...9 and dashes into 0.
    let digits = text.word(start) ^ 0x2D30_302D_3030_3030
    let wrong = ((digits &+ 0x7F76_767F_7676_7676) | digits) & 0x8080_8080_8080_8080
    let pairs = digits &* 10 &+ (digits &>> 8)
    let century = Int32(truncatingIfNeeded: pairs & 0xFF)
    let yearOfCentury = Int32(truncatingIfNeeded: (pairs &>> 16) & 0xFF)
    let month = (pairs &>> 40) & 0xFF
    let tail = UInt64(text.halfWord(start &+ 8) ^ 0x3030)
    let tailWrong = ((tail &+ 0x7676) | tail) & 0x8080
    let day = Int32(truncatingIfNeeded: (tail & 0xFF) &* 10 &+ tail &>> 8)

    let year = century &* 100 &+ yearOfCentury
    let leapDecider = UInt32(bitPattern: yearOfCentury == 0 ? century : yearOfCentury) & 3
    let leapRow = ((leapDecider &- 1) &>> 27) & 16
    // SAFETY: the table has 32 entries and the index is below 32.
    let entry = unsafe base[Int(UInt32(truncatingIfNeeded: month & 15) | leapRow)]
    let (before, length) = (entry & 0xFFFF, entry &>> 16)
    // Centuries begun before this year; of them every fourth has a leap day.
    let centuries = century &+ (yearOfCentury > 0 ? 1 : 0)
    let leapDays = (year &+ 3) &>> 2 &- centuries &+ (centuries &+ 3) &>> 2
    let days = year &* 365 &+ leapDays &+ before &+ day &- 1 &- epochDay
    // Signs of what must not be negative.
    let signs = UInt32(bitPattern: (length &- day) | (day &- 1) | (year &- 1)) &>> 31
    return (days, wrong | tailWrong | (month & 0xF0) | UInt64(signs))
  }
}

private func withMonthTable(_ body: (MonthTable) -> Void) {
  // SAFETY: `months` has 32 entries, so it has a base address.
  unsafe months.withUnsafeBufferPointer { table in
    unsafe body(MonthTable(base: table.baseAddress.unsafelyUnwrapped))
  }
}

func convertDate(
  _ column: FieldColumn, into output: Slots<Int32>, exceptions: inout ExceptionList
) {
  if column.isPlain {
    let done = convertDateVectors(column, into: output, exceptions: &exceptions)
    convertDate(column, from: done, isPlain: true, output, &exceptions)
  } else {
    convertDate(column, from: 0, isPlain: false, output, &exceptions)
  }
}

@inline(__always)
private func convertDate(
  _ column: FieldColumn, from first: Int, isPlain: Bool, _ output: Slots<Int32>,
  _ exceptions: inout ExceptionList
) {
  let text = column.text
  var list = exceptions
  withMonthTable { months in
    for row in first..<column.rowCount {
      let (start, end, _) = column.bounds(row, isPlain: isPlain)
      let (days, wrong) = months.parseDate(text, start)
      output[row] = days
      list.append(row, unlessZero: wrong | UInt64(bitPattern: Int64((end &- start) ^ 10)))
    }
  }
  exceptions = list
}

func convertTimestamp(
  _ column: FieldColumn, into output: Slots<Int64>, exceptions: inout ExceptionList
) {
  let isPlain = column.isPlain
  let done =
    isPlain ? convertTimestampVectors(column, into: output, exceptions: &exceptions) : 0
  let text = column.text
  var list = exceptions
  withMonthTable { months in
    for row in done..<column.rowCount {
      let (start, end, _) = column.bounds(row, isPlain: isPlain)
      let (days, dateWrong) = months.parseDate(text, start)
      let (secondOfDay, timeWrong) = parseTime(text, start &+ 11)
      let separator = text.byte(start &+ 10)
      var wrong = dateWrong | timeWrong | (separator == 0x54 || separator == ASCII.space ? 0 : 1)
      var micros: Int64 = 0
      if end &- start != 19 {
        let (fraction, fractionWrong) = parseFraction(text, start &+ 19, end)
        micros = fraction
        wrong |= fractionWrong
      }
      let seconds = Int64(days) &* 86_400 &+ secondOfDay
      output[row] = seconds &* 1_000_000 &+ micros
      list.append(row, unlessZero: wrong)
    }
  }
  exceptions = list
}

/// Second of the day of `hh:mm:ss` at `start`.
@inline(__always)
private func parseTime(_ text: TextPointer, _ start: Int) -> (seconds: Int64, wrong: UInt64) {
  // "00:00:00" turns digits into 0...9 and colons into 0.
  let digits = text.word(start) ^ 0x3030_3A30_303A_3030
  let wrong = ((digits &+ 0x7676_7F76_767F_7676) | digits) & 0x8080_8080_8080_8080
  let pairs = digits &* 10 &+ (digits &>> 8)
  let hour = Int64(truncatingIfNeeded: pairs & 0xFF)
  let minute = Int64(truncatingIfNeeded: (pairs &>> 24) & 0xFF)
  let second = Int64(truncatingIfNeeded: (pairs &>> 48) & 0xFF)
  // Signs of what must not be negative.
  let signs = UInt64(bitPattern: (23 &- hour) | (59 &- minute) | (59 &- second)) &>> 63
  return (hour &* 3600 &+ minute &* 60 &+ second, wrong | signs)
}

/// What may follow the seconds: a point with up to six digits, then `Z`, both optional.
@inline(__always)
private func parseFraction(
  _ text: TextPointer, _ start: Int, _ fieldEnd: Int
) -> (micros: Int64, wrong: UInt64) {
  guard fieldEnd > start else { return (0, 1) }
  let end = text.byte(fieldEnd &- 1) == 0x5A ? fieldEnd &- 1 : fieldEnd
  if end == start { return (0, 0) }
  let digitCount = end &- start &- 1
  guard text.byte(start) == ASCII.point && digitCount >= 1 && digitCount <= 6 else { return (0, 1) }
  // The digits move to where tenths are the third of eight; missing ones count as zeros.
  let kept = (1 as UInt64) &<< UInt64(truncatingIfNeeded: 8 &* digitCount) &- 1
  let aligned = ((text.word(start &+ 1) ^ zeroWord) & kept) &<< 16
  return (Int64(truncatingIfNeeded: combineDigits(aligned)), nonDigits(aligned))
}

/// `true` and `false` in any case.
func convertBoolean(
  _ column: FieldColumn, into output: Slots<UInt8>, exceptions: inout ExceptionList
) {
  let text = column.text
  var list = exceptions
  for row in 0..<column.rowCount {
    let (start, end, _) = column.bounds(row)
    let lowered = text.word(start) | 0x2020_2020_2020_2020
    let length = end &- start
    let isTrue = length == 4 && lowered & 0xFFFF_FFFF == 0x6575_7274
    let isFalse = length == 5 && lowered & 0xFF_FFFF_FFFF == 0x65_736C_6166
    output[row] = isTrue ? 1 : 0
    list.append(row, if: !isTrue && !isFalse)
  }
  exceptions = list
}
