import Base
import Columns

/// COUNT, SUM and AVG of distinct values: one number a (group, value) pair.
final class DistinctAccumulator: Accumulator {
  private let call: AggregateCall
  private var values: KeyColumn
  /// Distinct (group, code of the value).
  private var pairs = IntTable()

  init(_ call: AggregateCall) {
    self.call = call
    values = KeyColumn(call.argument?.type ?? .long)
  }

  var sizeBytes: Int { values.sizeBytes + pairs.sizeBytes }

  func update(
    _ column: Column?, rowCount: Int, groups: Buffer<UInt32>?, groupCount: Int
  ) throws(ComputeError) {
    guard let column else { preconditionFailure("distinct values of nothing") }
    // Nulls do not count: leave their rows out.
    let present = selectNulls(
      column.validity, wanted: false, among: .all(count: rowCount), isAligned: false)
    if present.isEmpty { return }
    var kept = column
    var keptGroups = groups
    if case .rows(let rows) = present {
      kept = column.gathering(rows)
      keptGroups = groups.map { groups in map(rows) { groups[Int($0)] } }
    }
    try add(kept, keptGroups)
  }

  private func add(_ column: Column, _ groups: Buffer<UInt32>?) throws(ComputeError) {
    let codes = try values.codes(of: column)
    let lane: Lane<UInt32> = groups.map { .many($0) } ?? .one(0)
    _ = try pairs.codes(
      of: zip(lane, .many(codes), count: codes.count) { UInt64($0) &<< 32 | UInt64($1) })
  }

  /// The (group, value) pairs, a row each.
  private var rows: (groups: Buffer<UInt32>, values: Column) {
    let words = pairs.words(of: Buffer((0..<pairs.count).map { UInt32($0) }))
    return (
      map(words) { UInt32(truncatingIfNeeded: $0 &>> 32) },
      values.values(of: map(words) { UInt32(truncatingIfNeeded: $0) })
    )
  }

  func merge(
    _ other: any Accumulator, groups: Buffer<UInt32>, groupCount: Int
  ) throws(ComputeError) {
    guard let other = other as? DistinctAccumulator else {
      preconditionFailure("another aggregate")
    }
    if other.pairs.count == 0 { return }
    let theirs = other.rows
    try add(theirs.values, map(theirs.groups) { groups[Int($0)] })
  }

  func finish(groupCount: Int) throws(ComputeError) -> Column {
    var plain = call
    plain.isDistinct = false
    let accumulator = plain.makeAccumulator()
    let rows = rows
    try accumulator.update(
      rows.values, rowCount: rows.groups.count, groups: rows.groups, groupCount: groupCount)
    return try accumulator.finish(groupCount: groupCount)
  }
}
