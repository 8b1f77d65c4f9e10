/// What is known about the values of a column in a file, a row group or a page.
///
/// Absent means unknown, and unknown never excludes anything.
public struct ColumnStatistics: Sendable, Equatable {
  /// A lower bound of every value that is neither null nor NaN; equal to the smallest of them when
  /// `minIsExact`.
  public var min: Scalar?
  public var max: Scalar?
  public var minIsExact: Bool
  public var maxIsExact: Bool
  public var nullCount: Int?
  /// Of a float column. Absent, there may be any number of them.
  public var nanCount: Int?

  public init(
    min: Scalar? = nil, max: Scalar? = nil, minIsExact: Bool = true, maxIsExact: Bool = true,
    nullCount: Int? = nil, nanCount: Int? = nil
  ) {
    self.min = min
    self.max = max
    self.minIsExact = minIsExact
    self.maxIsExact = maxIsExact
    self.nullCount = nullCount
    self.nanCount = nanCount
  }

  /// What holds for both parts together. A bound that one part lacks is unknown, unless that part
  /// has no values (`nullCount == rowCount`), which the caller says through `isEmpty`.
  package mutating func merge(
    _ other: ColumnStatistics, isEmpty: Bool = false, otherIsEmpty: Bool = false
  ) {
    nullCount = ColumnStatistics.sum(nullCount, other.nullCount)
    nanCount = ColumnStatistics.sum(nanCount, other.nanCount)
    if otherIsEmpty { return }
    if isEmpty {
      let counts = (nullCount, nanCount)
      self = other
      (nullCount, nanCount) = counts
      return
    }
    (min, minIsExact) = ColumnStatistics.pick(
      (min, minIsExact), (other.min, other.minIsExact), wanted: -1)
    (max, maxIsExact) = ColumnStatistics.pick(
      (max, maxIsExact), (other.max, other.maxIsExact), wanted: 1)
  }

  private static func sum(_ a: Int?, _ b: Int?) -> Int? {
    guard let a, let b else { return nil }
    return a + b
  }

  private static func pick(
    _ a: (Scalar?, Bool), _ b: (Scalar?, Bool), wanted: Int
  ) -> (Scalar?, Bool) {
    guard let x = a.0, let y = b.0, let order = Scalar.compare(x, y) else { return (nil, false) }
    if order == 0 { return (x, a.1 || b.1) }
    return order == wanted ? a : b
  }
}
