import Base
import Columns
import Compute
import Testing

@Suite("Conditions: kernels against the row-by-row reference") struct ConditionPropertyTests {
  @Test(arguments: 0..<60) func `evaluate, select and pruning agree with the reference, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomExpressions(seed: seed)
    let rowCount = random.pick([0, 1, 3, 64, 65, 200])
    let batch = random.batch(rowCount: rowCount, nulls: random.pick([0, 20, 60]))
    for _ in 0..<60 {
      let condition = random.condition(depth: 3)
      let bound: BoundExpression
      do { bound = try condition.bind(to: batch.schema) } catch {
        // The generator mixes types that compare; casts of extreme literals may overflow.
        #expect(error.message.contains("fit"), "\(error) in \(condition)")
        continue
      }
      let expected = (0..<rowCount).map {
        Reference(schema: batch.schema, row: batch.row($0)).value(condition)
      }
      #expect(try bound.evaluate(on: batch).scalars == expected, "seed \(seed): \(condition)")

      let hits = (0..<rowCount).filter { expected[$0] == .boolean(true) }.map { UInt32($0) }
      #expect(Array(try bound.select(from: batch).rowIndices) == hits, "seed \(seed): \(condition)")

      // Any selection before stays a selection after.
      let some = (0..<rowCount).filter { $0 % 3 != 1 }.map { UInt32($0) }
      let among = try bound.select(from: batch, among: .rows(Buffer(some)))
      #expect(Array(among.rowIndices) == hits.filter { $0 % 3 != 1 }, "seed \(seed): \(condition)")

      let verdict = PruningEvaluator(bound).verdict(rowCount: rowCount) { batch.statistics($0) }
      if verdict == .none { #expect(hits.isEmpty, "seed \(seed): pruned \(condition)") }
      if verdict == .all { #expect(hits.count == rowCount, "seed \(seed): took \(condition)") }
      let blind = PruningEvaluator(bound).verdict(rowCount: nil) { _ in nil }
      if blind == .none { #expect(hits.isEmpty, "seed \(seed): pruned blindly \(condition)") }
      if blind == .all {
        #expect(hits.count == rowCount, "seed \(seed): took blindly \(condition)")
      }
    }
  }
}
