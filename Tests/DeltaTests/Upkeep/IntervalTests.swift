import Delta
import Testing

@Suite("Intervals of table properties") struct IntervalTests {
  static let legible: [(String, Int64)] = [
    ("interval 30 days", 30 * 86_400_000), ("INTERVAL 1 WEEK", 604_800_000),
    ("1 day 12 hours", 129_600_000), ("interval 90 minutes", 5_400_000),
    ("interval 5 seconds 250 milliseconds", 5250), ("interval 2000 microseconds", 2),
    ("interval 0 hours", 0), ("interval 1 week -1 day", 518_400_000),
  ]
  @Test(arguments: legible) func `milliseconds of`(_ text: String, _ millis: Int64) {
    #expect(intervalMillis(text) == millis)
  }

  @Test(arguments: [
    "", "interval", "30", "30 days ago", "interval 1 month", "interval 2 years", "P7D",
    "interval x days", "interval -1 day", "interval 9999999999999999 weeks", "interval 1.5 days",
  ]) func `no interval is`(_ text: String) {
    #expect(intervalMillis(text) == nil)
  }
}
