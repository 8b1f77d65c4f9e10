// How many distinct values a chunk will have, from how they have come so far. With d of them among
// the first n values, and new ones coming s times as often lately as before, there are after N
//
//   s < 1    d N / (s n + (1 - s) N)       a set of values that is being used up
//   s >= 1   d + (N - n) rate of late      keys, which go on as they do
//
// The first is the hyperbola through both observations, d and the one before. Of D values drawn
// evenly, d = D (1 - e^(-n / D)), it foretells too many: from n = D for N = 4 D a fifth, for all
// that will ever come three fifths. A dictionary then seems dearer than it is, until a later page
// knows better. The curve itself would need a logarithm, which libraries round differently: the
// same rows have to give the same file.

struct DictionaryGrowth {
  private let count: Double
  private let distinct: Double
  /// New values a value, lately.
  private let rate: Double
  /// That, for what it was before.
  private let slowing: Double

  /// - Parameters:
  ///   - count: values of the chunk so far, `distinct` of them different.
  ///   - countBefore: the same of an earlier look, at fewer of them.
  init(count: Int, distinct: Int, countBefore: Int, distinctBefore: Int) {
    self.count = Double(count)
    self.distinct = Double(distinct)
    rate = Double(distinct - distinctBefore) / Double(max(count - countBefore, 1))
    slowing = countBefore > 0 ? rate * Double(countBefore) / Double(max(distinctBefore, 1)) : 1
  }

  /// Distinct values after `rest` values more.
  func distinct(after rest: Double) -> Double {
    if slowing >= 1 { return distinct + rate * rest }
    let total = count + rest
    return distinct * total / (slowing * count + (1 - slowing) * total)
  }

  /// After how many values more there will be `limit` distinct ones.
  ///
  /// - Precondition: there will be as many.
  func rest(until limit: Double) -> Double {
    if slowing >= 1 { return (limit - distinct) / rate }
    return limit * slowing * count / (distinct - limit * (1 - slowing)) - count
  }
}
