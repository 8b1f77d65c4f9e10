import Base
import Testing

@Suite("Calendar") struct CivilCalendarTests {
  @Test(arguments: [
    (0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (-719_162, "0001-01-01"),
    (2_932_896, "9999-12-31"), (20_780, "2026-11-23"),
  ]) func `days since 1970 are the date`(_ days: Int, _ text: String) {
    #expect(CivilDate(daysSinceEpoch: days).text == text)
    #expect(CivilDate(daysSinceEpoch: days).daysSinceEpoch == days)
  }

  @Test func `every day of eight centuries goes there and back, one after the other`() {
    var previous = CivilDate(daysSinceEpoch: -150_001)
    for days in -150_000..<150_000 {
      let date = CivilDate(daysSinceEpoch: days)
      #expect(date.isValid && date.daysSinceEpoch == days)
      let isNext =
        date.day == previous.day + 1 && date.month == previous.month
        || date.day == 1
          && previous.day == CivilDate.dayCount(year: previous.year, month: previous.month)
      if !isNext { Issue.record("\(previous.text) is followed by \(date.text)") }
      previous = date
    }
  }

  @Test(arguments: [
    (0, "1970-01-01 00:00:00"), (-1, "1969-12-31 23:59:59.999999"),
    (1_500_000, "1970-01-01 00:00:01.5"), (86_400_000_000, "1970-01-02 00:00:00"),
  ]) func `microseconds are the time`(_ micros: Int64, _ text: String) {
    #expect(CivilTime(microsSinceEpoch: micros).text() == text)
    #expect(CivilTime(microsSinceEpoch: micros).microsSinceEpoch == micros)
  }
}

@Suite("Calendar: extremes") struct CalendarExtremesTests {
  @Test(arguments: [
    (Int64.min, "-290308-12-21 19:59:05.224192"), (.max, "+294247-01-10 04:00:54.775807"),
  ]) func `every time stamp has a text and comes back`(_ micros: Int64, _ text: String) {
    #expect(CivilTime(microsSinceEpoch: micros).text() == text)
    #expect(CivilTime(microsSinceEpoch: micros).microsSinceEpoch == micros)
  }

  @Test(arguments: [(Int32.min, "-5877641-06-23"), (.max, "+5881580-07-11")])
  func `every 32-bit date has a text and comes back`(_ days: Int32, _ text: String) {
    #expect(CivilDate(daysSinceEpoch: Int(days)).text == text)
    #expect(CivilDate(daysSinceEpoch: Int(days)).daysSinceEpoch == Int(days))
  }

  @Test(arguments: [Int.min, .min + 1, .max - 1, .max])
  func `no number of days or years traps`(_ number: Int) {
    #expect(!CivilDate(daysSinceEpoch: number).text.isEmpty)
    let date = CivilDate(year: number, month: 2, day: 29)
    #expect((date.daysSinceEpoch < 0) == (number < 0))
    #expect(!date.text.isEmpty)
    let micros = CivilTime(date: date, microsOfDay: 1).microsSinceEpoch
    #expect(micros == (number < 0 ? Int64.min : .max))
  }
}

@Suite("Random ids") struct RandomIDTests {
  @Test func `a UUID has its version, its variant and its dashes`() {
    var random = SeededRandom(seed: 1)
    for _ in 0..<100 {
      let id = Array(randomUUID(using: &random))
      #expect(id.count == 36)
      #expect([8, 13, 18, 23].allSatisfy { id[$0] == "-" })
      #expect(id[14] == "4")
      #expect("89ab".contains(id[19]))
    }
  }

  @Test func `the same seed gives the same ids, another seed others`() {
    func ids(_ seed: UInt64) -> [String] {
      var random = SeededRandom(seed: seed)
      return (0..<5).map { _ in randomUUID(using: &random) }
    }
    #expect(ids(7) == ids(7))
    #expect(Set(ids(7) + ids(8)).count == 10)
  }
}
