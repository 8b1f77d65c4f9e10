/// Which answers a condition may give for the rows of a container: the pruning evaluator's result.
///
/// Every operation errs on the side of "possible": an answer that is missing is certain not to
/// occur.
struct TruthSet: OptionSet, Sendable {
  let rawValue: UInt8

  static let canBeTrue = TruthSet(rawValue: 1)
  static let canBeFalse = TruthSet(rawValue: 2)
  static let canBeNull = TruthSet(rawValue: 4)
  static let anything: TruthSet = [.canBeTrue, .canBeFalse, .canBeNull]

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(canBeTrue: Bool, canBeFalse: Bool, canBeNull: Bool) {
    rawValue = (canBeTrue ? 1 : 0) | (canBeFalse ? 2 : 0) | (canBeNull ? 4 : 0)
  }

  var negated: TruthSet {
    TruthSet(
      canBeTrue: contains(.canBeFalse), canBeFalse: contains(.canBeTrue),
      canBeNull: contains(.canBeNull))
  }

  /// The parts may vary independently from row to row, so every combination is possible.
  func and(_ other: TruthSet) -> TruthSet {
    let bothMayBe = { (answer: TruthSet) in self.contains(answer) && other.contains(answer) }
    let null =
      (contains(.canBeNull) && !other.isDisjoint(with: [.canBeNull, .canBeTrue]))
      || (other.contains(.canBeNull) && !isDisjoint(with: [.canBeNull, .canBeTrue]))
    return TruthSet(
      canBeTrue: bothMayBe(.canBeTrue),
      canBeFalse: contains(.canBeFalse) || other.contains(.canBeFalse), canBeNull: null)
  }

  func or(_ other: TruthSet) -> TruthSet { negated.and(other.negated).negated }
}
