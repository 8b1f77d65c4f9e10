import Base
package import Columns

package enum AggregateFunction: String, Sendable, Hashable, CaseIterable {
  case count, sum, min, max
  case average = "avg"
}

/// An aggregate over the rows of a group: what is computed, of what, and the type it has.
///
/// - `count(*)` (no argument) counts rows, `count(x)` values, both as a long.
/// - `sum` of integers is a long and an error past 64 bits; of decimals a decimal of 38 digits,
///   exact; of floats and doubles a double, added with compensation, so that the order in which
///   workers see the rows does not show.
/// - `avg` is a double, computed from the exact sum.
/// - `min` and `max` have the argument's type; NaN is the greatest number.
/// - All but the counts are null where there is no value.
package struct AggregateCall: Sendable, Hashable {
  package var function: AggregateFunction
  package var argument: BoundExpression?
  package var isDistinct: Bool
  package var type: DataType

  package init(
    _ function: AggregateFunction, _ argument: BoundExpression?, isDistinct: Bool = false
  ) throws(ComputeError) {
    self.function = function
    self.isDistinct = isDistinct && function != .min && function != .max
    guard var argument else {
      guard function == .count, !isDistinct else {
        throw .invalid("\(function.rawValue) needs an argument")
      }
      self.argument = nil
      type = .long
      return
    }
    guard argument.type.isOrdered || !(isDistinct || function == .min || function == .max) else {
      throw ComputeError(
        .unsupported,
        "\(function.rawValue) cannot compare values of type \(argument.type)")
    }
    switch function {
    case .count: type = .long
    case .min, .max: type = argument.type
    case .sum, .average:
      if argument.isNullLiteral || argument.type == .void {
        argument = BoundExpression(.literal(.null), .long)
      }
      guard argument.type.isNumeric else {
        throw .invalid("\(function.rawValue) needs a number, and this is a \(argument.type)")
      }
      if function == .average || argument.type.isFloating {
        type = .double
      } else if case .decimal(_, let scale) = argument.type {
        type = .decimal(precision: DataType.maxDecimalPrecision, scale: scale)
      } else {
        type = .long
      }
    }
    self.argument = argument
  }
}
