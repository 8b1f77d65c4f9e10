import Base
import Columns
import Compute
import Testing

@Suite("Aggregates: against sums, sets and extremes of scalars") struct AggregatePropertyTests {
  static let calls: [(AggregateFunction, String?, Bool)] =
    [(.count, nil, false)]
    + ["i8", "i", "l", "m", "w", "f", "d", "s", "b", "t", "ts"].flatMap { name in
      [(.count, name, false), (.min, name, false), (.max, name, false), (.count, name, true)]
    }
    + ["i8", "i", "m", "w", "f", "d"].flatMap { [(.sum, $0, false), (.average, $0, false)] }
    + [(.sum, "i8", true), (.average, "m", true)]

  @Test(arguments: 0..<24) func `every aggregate, grouped or not, by one worker or three, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomExpressions(seed: seed)
    let rowCount = random.pick([0, 1, 50, 300])
    var batch = random.batch(rowCount: rowCount, nulls: random.pick([0, 30]))
    batch = tamed(batch)
    let keyNames = random.pick([
      [], ["s"], ["i8"], ["b", "s"], ["d"], ["w", "t"], ["s2", "b", "i8"],
    ])
    let calls = try Self.calls.map { function, name, isDistinct in
      try AggregateCall(
        function, name.map { try Expression.column($0).bind(to: batch.schema) },
        isDistinct: isDistinct)
    }
    let expected = reference(batch, keyNames)
    for workerCount in [1, 3] {
      let (columns, groupCount) = try aggregate(batch, keyNames, calls, workerCount)
      #expect(groupCount == expected.count)
      for (group, member) in expected.enumerated() where group < groupCount {
        let key = columns.prefix(keyNames.count).map { $0[group] }
        #expect(key.map(normal) == member.key.map(normal), "seed \(seed)")
        for (index, call) in Self.calls.enumerated() {
          let found = columns[keyNames.count + index][group]
          let wanted = value(
            call, member.rows.map { call.1 == nil ? .null : batch.column(call.1!)![$0] },
            calls[index].type)
          #expect(isSame(found, wanted), "seed \(seed), \(call): \(found) is not \(wanted)")
        }
      }
    }
  }

  /// Extremes whose sums overflow are left to tests of their own; so are infinities.
  private func tamed(_ batch: ColumnBatch) -> ColumnBatch {
    let columns = zip(batch.schema.fields, batch.columns).map { field, column in
      Column(
        field.type,
        column.scalars.map { scalar in
          switch scalar {
          case .decimal(let unscaled, _) where unscaled.magnitude > powerOfTen(20): .null
          case .double(let value) where value.isInfinite: .double(1e17)
          default: scalar
          }
        })
    }
    return ColumnBatch(schema: batch.schema, columns: columns, rowCount: batch.rowCount)
  }

  private func aggregate(
    _ batch: ColumnBatch, _ keyNames: [String], _ calls: [AggregateCall], _ workerCount: Int
  ) throws -> (columns: [Column], rowCount: Int) {
    let types = keyNames.map { batch.column($0)!.type }
    let workers = (0..<workerCount).map { _ in HashAggregate(keyTypes: types, calls: calls) }
    var start = 0
    var turn = 0
    while start < batch.rowCount {
      let part = batch.slice(start..<min(start + 37, batch.rowCount))
      let arguments = try calls.map { try $0.argument?.evaluate(on: part) }
      // Later rows go to earlier workers: the order of groups may not come from the merge.
      try workers[(workerCount - 1 + turn) % workerCount].update(
        keys: keyNames.map { part.column($0)! }, arguments: arguments, rowCount: part.rowCount,
        position: Int64(start))
      start += part.rowCount
      turn += 1
    }
    for other in workers.dropFirst() { try workers[0].merge(other) }
    return try workers[0].finish()
  }

  private struct Group {
    var key: [Scalar]
    var rows: [Int]
  }

  /// Groups in the order of their first rows.
  private func reference(_ batch: ColumnBatch, _ keyNames: [String]) -> [Group] {
    if keyNames.isEmpty { return [Group(key: [], rows: Array(0..<batch.rowCount))] }
    var groups: [Group] = []
    var places: [String: Int] = [:]
    for row in 0..<batch.rowCount {
      let key = keyNames.map { batch.column($0)![row] }
      let text = key.map(normal).joined(separator: "\u{1}")
      if let place = places[text] {
        groups[place].rows.append(row)
      } else {
        places[text] = groups.count
        groups.append(Group(key: key, rows: [row]))
      }
    }
    return groups
  }

  /// Zeros and NaNs are one value each.
  private func normal(_ scalar: Scalar) -> String {
    if case .double(let value) = scalar { return value.isNaN ? "nan" : "\(value + 0.0)" }
    return scalar.isNull ? "null" : "'\(scalar)'"
  }

  private func isSame(_ a: Scalar, _ b: Scalar) -> Bool {
    if normal(a) == normal(b) { return true }
    guard case .double(let x) = a, case .double(let y) = b else { return false }
    return abs(x - y) <= abs(y) * 1e-15
  }

  private func value(_ call: (AggregateFunction, String?, Bool), _ rows: [Scalar], _ type: DataType)
    -> Scalar
  {
    if call.1 == nil { return .integer(Int64(rows.count)) }
    var values = rows.filter { !$0.isNull }
    if call.2 {
      var seen: Set<String> = []
      values = values.filter { seen.insert(normal($0)).inserted }
    }
    switch call.0 {
    case .count: return .integer(Int64(values.count))
    case .min: return values.min { Scalar.compare($0, $1)! < 0 } ?? .null
    case .max: return values.max { Scalar.compare($0, $1)! < 0 } ?? .null
    case .sum, .average:
      if values.isEmpty { return .null }
      if case .double = values[0] {
        // Halves, and 1e17: exact as quarters in 128 bits, so this is the true sum.
        if values.contains(where: { $0.doubleValue!.isNaN }) { return .double(.nan) }
        let quarters = values.reduce(Int128(0)) { $0 + Int128($1.doubleValue! * 4) }
        return .double(Double(quarters) / 4 / (call.0 == .average ? Double(values.count) : 1))
      }
      let sum = values.reduce(Int128(0)) { $0 + $1.storedInteger }
      let scale = values[0].exactNumber!.1
      if call.0 == .average {
        return .double(Double(sum) / Double(powerOfTen(scale)) / Double(values.count))
      }
      return type == .long ? .integer(Int64(sum)) : .decimal(unscaled: sum, scale: scale)
    }
  }

  @Test func `a sum of longs past 64 bits is an error, one that comes back is not`() throws {
    let call = try AggregateCall(.sum, BoundExpression(.column(0), .long))
    func sum(_ values: [Int64]) throws -> Scalar {
      let aggregate = HashAggregate(keyTypes: [], calls: [call])
      try aggregate.update(
        keys: [], arguments: [Column(.long, values.map { .integer($0) })], rowCount: values.count,
        position: 0)
      return try aggregate.finish().columns[0][0]
    }
    #expect(try sum([.max, 1, -2]) == .integer(.max - 1))
    #expect(throws: ComputeError.self) { try sum([.max, 1]) }
    #expect(throws: ComputeError.self) { try sum([.min, -1]) }
  }

  @Test func `a sum of decimals past 38 digits is an error`() throws {
    let type = DataType.decimal(precision: 38, scale: 0)
    let call = try AggregateCall(.sum, BoundExpression(.column(0), type))
    let most = Scalar.decimal(unscaled: powerOfTen(38) - 1, scale: 0)
    for count in [2, 5] {
      let aggregate = HashAggregate(keyTypes: [], calls: [call])
      #expect(throws: ComputeError.self) {
        try aggregate.update(
          keys: [], arguments: [Column(type, Array(repeating: most, count: count))],
          rowCount: count, position: 0)
        _ = try aggregate.finish()
      }
    }
  }

  @Test func `a sum of doubles does not depend on how workers shared the rows`() throws {
    var random = SeededRandom(seed: 7)
    let values = (0..<10_000).map { _ in Double.random(in: -1...1, using: &random) * 1e9 }
    let call = try AggregateCall(.sum, BoundExpression(.column(0), .double))
    var sums: Set<Double> = []
    for workerCount in [1, 2, 3, 7] {
      let workers = (0..<workerCount).map { _ in HashAggregate(keyTypes: [], calls: [call]) }
      for start in stride(from: 0, to: values.count, by: 100) {
        let column = Column(type: .double, values: .double(Buffer(values[start..<start + 100])))
        try workers.randomElement(using: &random)!.update(
          keys: [], arguments: [column], rowCount: 100, position: Int64(start))
      }
      for other in workers.dropFirst() { try workers[0].merge(other) }
      sums.insert(try workers[0].finish().columns[0][0].doubleValue!)
    }
    #expect(sums.count == 1)
  }
}
