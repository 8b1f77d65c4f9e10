// Arithmetic on numbers from outside, for totals and times that are only shown: a result that does
// not fit becomes the largest or smallest value instead of a trap.

extension FixedWidthInteger {
  package func addingSaturated(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  package func multipliedSaturated(by other: Self) -> Self {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
  }
}

extension Sequence where Element: FixedWidthInteger {
  /// The sum, as far as it fits.
  package func saturatedSum() -> Element { reduce(0) { $0.addingSaturated($1) } }
}
