import Testing

@testable import Parquet

@Suite("Growth of a dictionary") struct DictionaryGrowthTests {
  /// Distinct values among the first of `counts` numbers below `distinct`, for each.
  private static func counts(_ distinct: Int, at counts: [Int]) -> [Int] {
    var seen: Set<Int64> = []
    var found: [Int] = []
    for (index, number) in WideTableEncodingTests.numbers(distinct).enumerated() {
      if counts.contains(index) { found.append(seen.count) }
      seen.insert(number)
    }
    return found
  }

  @Test(arguments: [1000, 10_000, 30_000, 60_000, 100_000])
  func `even draws are foreseen, with too many rather than too few`(_ distinct: Int) {
    let count = distinct
    let found = Self.counts(distinct, at: [count / 2, count, 131_000])
    let growth = DictionaryGrowth(
      count: count, distinct: found[1], countBefore: count / 2, distinctBefore: found[0])
    let foreseen = growth.distinct(after: Double(131_000 - count))
    #expect(foreseen > Double(found[2]) * 0.95)
    #expect(foreseen < Double(found[2]) * 1.65)
    #expect(abs(growth.distinct(after: 0) - Double(found[1])) < 1e-6)
  }

  @Test func `keys go on as they do, and a set that is used up stays`() {
    let keys = DictionaryGrowth(count: 4000, distinct: 1000, countBefore: 2000, distinctBefore: 500)
    #expect(keys.distinct(after: 4000) == 2000)
    #expect(keys.rest(until: 3000) == 8000)
    let late = DictionaryGrowth(count: 4000, distinct: 1050, countBefore: 3000, distinctBefore: 50)
    #expect(late.distinct(after: 1000) == 2050)
    let used = DictionaryGrowth(count: 4000, distinct: 70, countBefore: 2000, distinctBefore: 70)
    #expect(used.distinct(after: 1_000_000) == 70)
  }

  @Test func `both ways of asking agree`() {
    let growth = DictionaryGrowth(
      count: 32_000, distinct: 19_675, countBefore: 16_000, distinctBefore: 12_400)
    let rest = growth.rest(until: 30_000)
    #expect(abs(growth.distinct(after: rest) - 30_000) < 1e-6)
  }
}
