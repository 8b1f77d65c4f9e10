import Base
import Columns
import Compute
import Testing

@Suite("Rows, packed and arranged") struct RowPackingTests {
  private func texts(_ batch: ColumnBatch) -> [String] {
    (0..<batch.rowCount).map { row in
      batch.columns.map { $0.isNull(row) ? "null" : $0[row].jsonText }.joined(separator: "|")
    }
  }

  private func name(_ key: [Scalar]) -> String {
    key.map { $0.isNull ? "null" : "'\($0)'" }.joined(separator: ",")
  }

  @Test(arguments: 0..<20) func `pieces of batches come back as they were, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomExpressions(seed: seed)
    let unpacker = RowUnpacker(schema: RandomExpressions.schema)
    for _ in 0..<2 {
      var expected: [String] = []
      for _ in 0..<random.pick([0, 1, 4]) {
        let batch = random.batch(
          rowCount: random.pick([1, 7, 8, 300]), nulls: random.pick([0, 30]))
        let start = Int.random(in: 0..<batch.rowCount, using: &random.random)
        let rows = start..<Int.random(in: start...batch.rowCount, using: &random.random)
        var packed = ByteWriter()
        RowPacker.append(batch.columns, rows: rows, to: &packed)
        try unpacker.append(packed.bytes, rowCount: rows.count)
        expected += texts(batch.slice(rows))
      }
      let found = unpacker.take()
      #expect(texts(found) == expected, "seed \(seed)")
      #expect(unpacker.rowCount == 0)
    }
  }

  /// Packed and unpacked again, and the bytes that took.
  private func repacked(_ values: [Double]) throws -> (values: [Double], sizeBytes: Int) {
    let column = Column(type: .double, values: .double(Buffer(values)))
    var packed = ByteWriter()
    RowPacker.append([column], rows: 0..<values.count, to: &packed)
    let unpacker = RowUnpacker(schema: Schema([Field("v", .double)]))
    try unpacker.append(packed.bytes, rowCount: values.count)
    guard case .double(let slots) = unpacker.take().columns[0].values else { return ([], 0) }
    return ([Double](slots), packed.count)
  }

  @Test(arguments: [
    -0.0, .nan, .infinity, 0.1 + 0.2, 1e300, Double.leastNonzeroMagnitude, 21_474_836.48,
    -21_474_836.49, 0.001, 0.010000000000000002,
  ])
  func `doubles that are hundredths take less room, and one that is not changes nothing`(
    _ odd: Double
  ) throws {
    let amounts = (0..<200).map { Double($0 * 37 - 2000) / 100 } + [21_474_836.47, -21_474_836.48]
    let (same, sizeBytes) = try repacked(amounts)
    #expect(same.map(\.bitPattern) == amounts.map(\.bitPattern))
    #expect(sizeBytes < amounts.count * 5)
    for place in [0, 3, 100, amounts.count] {
      var mixed = amounts
      mixed.insert(odd, at: place)
      let (same, sizeBytes) = try repacked(mixed)
      #expect(same.map(\.bitPattern) == mixed.map(\.bitPattern))
      #expect(sizeBytes > mixed.count * 8)
    }
  }

  @Test(arguments: 0..<20) func `nested values come back as they were, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomNested(seed: seed)
    let schema = Schema([Field("v", random.type(depth: 3)), Field("w", random.type(depth: 2))])
    let unpacker = RowUnpacker(schema: schema)
    var expected: [String] = []
    for rows in [0..<20, 3..<11, 5..<5] {
      let batch = ColumnBatch(
        schema: schema, columns: schema.fields.map { random.column($0.type, rowCount: 20) },
        rowCount: 20)
      var packed = ByteWriter()
      RowPacker.append(batch.columns, rows: rows, to: &packed)
      try unpacker.append(packed.bytes, rowCount: rows.count)
      expected += texts(batch.slice(rows))
    }
    #expect(texts(unpacker.take()) == expected)
  }

  @Test(arguments: 0..<10) func `damaged bytes throw or give other rows, and never trap, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomExpressions(seed: seed)
    let batch = random.batch(rowCount: 40, nulls: 20)
    var packed = ByteWriter()
    RowPacker.append(batch.columns, rows: 0..<40, to: &packed)
    let bytes = Array(packed.take())
    for length in stride(from: 0, to: bytes.count, by: 13) {
      #expect(throws: DecodingFault.self) {
        try RowUnpacker(schema: batch.schema).append(
          Buffer(bytes.prefix(length)).bytes, rowCount: 40)
      }
    }
    for _ in 0..<500 {
      var damaged = bytes
      damaged[Int.random(in: 0..<bytes.count, using: &random.random)] ^=
        1 << UInt8.random(in: 0..<8, using: &random.random)
      let unpacker = RowUnpacker(schema: batch.schema)
      if (try? unpacker.append(Buffer(damaged).bytes, rowCount: 40)) != nil {
        #expect(unpacker.take().rowCount == 40)
      }
    }
  }

  @Test(arguments: 0..<20)
  func `arranged rows are those of the batches by partition, each in its order, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomExpressions(seed: seed)
    let schema = RandomExpressions.schema
    let keys = random.pick([[], ["s"], ["t", "b"], ["l"]]).map { schema.index(of: $0)! }
    var splitter = PartitionSplitter(schema: schema, keyColumns: keys)
    for _ in 0..<3 {
      let batches = (0..<random.pick([1, 3])).map { _ in
        random.batch(rowCount: random.pick([1, 50]), nulls: random.pick([0, 30]))
      }
      let (rows, parts) = try splitter.arrange(
        batches, columns: Array(0..<schema.count), schema: schema)
      let all = try ColumnBatch.concatenating(batches, schema: schema)
      var wanted: [String: [String]] = [:]
      for (row, text) in texts(all).enumerated() {
        wanted[name(keys.map { all.columns[$0][row] }), default: []].append(text)
      }
      #expect(parts.count == wanted.count)
      #expect(parts.map(\.partition) == parts.map(\.partition).sorted())
      #expect(parts.reduce(0) { $0 + $1.rows.count } == all.rowCount)
      for part in parts {
        #expect(
          texts(rows.slice(part.rows)) == wanted[name(splitter.key(part.partition))],
          "seed \(seed)")
      }
    }
  }
}
