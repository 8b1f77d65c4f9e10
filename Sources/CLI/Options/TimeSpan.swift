import ArgumentParser

/// `90s`, `15m`, `36h`, `7d`, `2w`, or `0`.
struct TimeSpan {
  let millis: Int64

  /// Of an option's value.
  ///
  /// - Throws: what spans look like.
  static func parse(_ argument: String) throws -> TimeSpan {
    guard let span = TimeSpan(argument: argument) else {
      throw ValidationError("a span of time is a number and a unit, such as 36h, 7d or 2w")
    }
    return span
  }

  init?(argument: String) {
    let digits = argument.prefix { $0.isNumber }
    let unit = argument.dropFirst(digits.count).trimmingPrefix(" ").lowercased()
    guard let count = Int64(digits), let scale = TimeSpan.scales[unit] else { return nil }
    if unit.isEmpty && count != 0 { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: scale)
    // A thousand years: what is added to it still fits.
    guard !overflow, product <= 31_557_600_000 * 1000 else { return nil }
    millis = product
  }

  private static let scales: [String: Int64] = [
    "": 1, "s": 1000, "sec": 1000, "second": 1000, "seconds": 1000, "m": 60_000, "min": 60_000,
    "minute": 60_000, "minutes": 60_000, "h": 3_600_000, "hour": 3_600_000, "hours": 3_600_000,
    "d": 86_400_000, "day": 86_400_000, "days": 86_400_000, "w": 604_800_000,
    "week": 604_800_000, "weeks": 604_800_000,
  ]
}

/// The value of an option that takes plain seconds.
///
/// - Throws: what they look like.
func seconds(_ argument: String) throws -> Double {
  guard let seconds = Double(argument) else {
    throw ValidationError("seconds are a number without a unit, such as 60 or 0.5")
  }
  return seconds
}
