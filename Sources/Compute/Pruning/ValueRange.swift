import Columns

/// What is known about an expression's values over the rows of a container.
struct ValueRange {
  /// No value is below / above; nil is unknown. Of the expression's type.
  var low: Scalar?
  var high: Scalar?
  /// Some rows may have no value.
  var canBeNull = true
  /// Some rows may have a value. False when all are known to be null.
  var canBeValue = true
  /// Some values may be NaN, which `high` says nothing about.
  var canBeNaN = false

  static let unknown = ValueRange(canBeNaN: true)

  /// The one value that all rows have, or null if none has any. Not zero, of which floats have two.
  var constant: Scalar? {
    if !canBeValue { return .null }
    if low == .double(0) { return nil }
    guard !canBeNull, !canBeNaN, let low, let high, Scalar.compare(low, high) == 0 else {
      return nil
    }
    return low
  }

  init(
    low: Scalar? = nil, high: Scalar? = nil, canBeNull: Bool = true, canBeValue: Bool = true,
    canBeNaN: Bool = false
  ) {
    self.low = low
    self.high = high
    self.canBeNull = canBeNull
    self.canBeValue = canBeValue
    self.canBeNaN = canBeNaN
  }

  init(constant: Scalar) {
    if constant.isNull {
      self.init(canBeNull: true, canBeValue: false)
    } else if case .double(let value) = constant, value.isNaN {
      self.init(canBeNull: false, canBeNaN: true)
    } else {
      self.init(low: constant, high: constant, canBeNull: false)
    }
  }

  /// From a column's statistics. A NaN among them says nothing; a float column may hold NaN
  /// whatever its bounds are, since writers leave NaN out of them, unless they are counted.
  init(_ statistics: ColumnStatistics?, type: DataType, rowCount: Int?) {
    let isFloating = type == .float || type == .double
    guard let statistics else {
      self.init(canBeNaN: isFloating)
      return
    }
    let isAllNull = rowCount != nil && statistics.nullCount == rowCount
    self.init(
      low: ValueRange.usable(statistics.min), high: ValueRange.usable(statistics.max),
      canBeNull: statistics.nullCount != 0, canBeValue: !isAllNull,
      canBeNaN: isFloating && statistics.nanCount != 0)
    if isFloating {
      // -0 and +0 are equal values but writers disagree about which one is the smaller.
      if low == .double(0) { low = .double(-0.0) }
      if high == .double(0) { high = .double(0.0) }
    }
  }

  private static func usable(_ bound: Scalar?) -> Scalar? {
    guard let bound, !bound.isNull else { return nil }
    if case .double(let value) = bound, value.isNaN { return nil }
    return bound
  }

  /// The possible orders of a value here against a value of `other`: below, equal, above.
  func orders(against other: ValueRange) -> (below: Bool, equal: Bool, above: Bool) {
    var orders = (below: true, equal: true, above: true)
    if let high, let low = other.low, let order = Scalar.compare(high, low) {
      if order < 0 { orders.equal = false }
      if order <= 0 { orders.above = false }
    }
    if let low, let high = other.high, let order = Scalar.compare(low, high) {
      if order > 0 { orders.equal = false }
      if order >= 0 { orders.below = false }
    }
    // NaN is above every number and equal to itself.
    if canBeNaN {
      orders.above = true
      if other.canBeNaN { orders.equal = true }
    }
    if other.canBeNaN { orders.below = true }
    return orders
  }
}
