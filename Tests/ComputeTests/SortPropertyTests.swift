import Base
import Columns
import Compute
import Testing

@Suite("Sorting: against a stable sort of scalars") struct SortPropertyTests {
  @Test(arguments: 0..<30) func `sorted rows and the first of them, by one buffer or several, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomExpressions(seed: seed)
    let rowCount = random.pick([0, 1, 2, 100, 400])
    let batch = random.batch(rowCount: rowCount, nulls: random.pick([0, 30]))
    let keys = (0..<random.pick([1, 1, 2, 3])).map { _ in
      SortKey(
        column: Int.random(in: 0..<batch.schema.count, using: &random.random),
        isDescending: random.chance(50), nullsFirst: random.chance(50))
    }
    let expected = (0..<rowCount).sorted { precedes(batch, keys, $0, $1) }
    #expect(
      Array(RowOrder.sorted(batch, by: keys)).map(Int.init) == expected, "seed \(seed) \(keys)")

    for limit in [0, 1, 10, rowCount, Int.max] {
      var buffers = (0..<3).map { _ in SortBuffer(schema: batch.schema, keys: keys, limit: limit) }
      for start in stride(from: 0, to: rowCount, by: 23) {
        let part = batch.slice(start..<min(start + 23, rowCount))
        try buffers[Int.random(in: 0..<3, using: &random.random)].append(
          part, position: Int64(start))
      }
      var first = buffers[2]
      try first.merge(buffers[0])
      try first.merge(buffers[1])
      let sorted = try first.finish()
      let wanted = expected.prefix(limit).map { batch.row($0).map(\.description) }
      #expect(
        (0..<sorted.rowCount).map { sorted.row($0).map(\.description) } == wanted,
        "seed \(seed) \(keys) limit \(limit)")
    }
  }

  private func precedes(_ batch: ColumnBatch, _ keys: [SortKey], _ a: Int, _ b: Int) -> Bool {
    for key in keys {
      let (x, y) = (batch.columns[key.column][a], batch.columns[key.column][b])
      switch (x.isNull, y.isNull) {
      case (true, true): continue
      case (true, false): return key.nullsFirst
      case (false, true): return !key.nullsFirst
      case (false, false):
        let order = Scalar.compare(x, y)!
        if order != 0 { return (order < 0) != key.isDescending }
      }
    }
    return a < b
  }

  @Test func `a top-N over many batches keeps few rows`() throws {
    let schema = Schema([Field("k", .long)])
    var buffer = SortBuffer(
      schema: schema, keys: [SortKey(column: 0, isDescending: true)], limit: 5)
    for turn in 0..<500 {
      let values = Buffer((0..<1000).map { Int64(($0 * 7919 + turn * 104_729) % 1_000_003) })
      let batch = ColumnBatch(
        schema: schema, columns: [Column(type: .long, values: .int64(values))], rowCount: 1000)
      try buffer.append(batch, position: Int64(turn * 1000))
      #expect(buffer.sizeBytes < 1 << 18)
    }
    let top = try buffer.finish().columns[0].scalars.map(\.storedInteger)
    let all = (0..<500).flatMap { turn in
      (0..<1000).map { ($0 * 7919 + turn * 104_729) % 1_000_003 }
    }
    #expect(top == all.sorted(by: >).prefix(5).map { Int128($0) })
  }
}
