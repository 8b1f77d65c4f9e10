import Base
import Columns
import Compute
import Testing

@Suite("Grouping and splitting") struct GroupingTests {
  @Test(arguments: 0..<12)
  func `parts of a batch are its rows by key, numbered the same in every batch, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomExpressions(seed: seed)
    let names = random.pick([["s"], ["t", "b"], ["i8", "s2", "d"], ["w"], ["ts", "f"], ["l"]])
    let schema = RandomExpressions.schema
    var splitter = PartitionSplitter(
      schema: schema, keyColumns: names.map { schema.index(of: $0)! })
    var numbers: [String: Int] = [:]
    for _ in 0..<6 {
      let batch = random.batch(rowCount: random.pick([0, 1, 2, 90]), nulls: 25)
      let (rows, parts) = try splitter.arrange(
        [batch], columns: Array(0..<schema.count), schema: schema)
      #expect(rows.rowCount == batch.rowCount)
      var next = 0
      for part in parts {
        let key = splitter.key(part.partition)
        #expect(part.rows.lowerBound == next && !part.rows.isEmpty)
        next = part.rows.upperBound
        for row in part.rows {
          let found = names.map { rows.column($0)![row] }
          #expect(zip(found, key).allSatisfy(isSame), "seed \(seed): \(found) is not \(key)")
        }
        let text = key.map { $0.isNull ? "null" : "'\($0)'" }.joined(separator: ",")
        #expect(numbers[text, default: part.partition] == part.partition)
        numbers[text] = part.partition
      }
      #expect(next == batch.rowCount)
    }
    #expect(splitter.partitionCount == numbers.count)
  }

  private func isSame(_ a: Scalar, _ b: Scalar) -> Bool {
    a.isNull || b.isNull ? a.isNull == b.isNull : Scalar.compare(a, b) == 0
  }

  @Test func `without keys everything is one part`() throws {
    var splitter = PartitionSplitter(schema: RandomExpressions.schema, keyColumns: [])
    var random = RandomExpressions(seed: 1)
    let (rows, parts) = try splitter.arrange(
      [random.batch(rowCount: 5, nulls: 0)], columns: [0], schema: RandomExpressions.schema)
    #expect(parts.map(\.partition) == [0] && parts[0].rows == 0..<5)
    #expect(rows.rowCount == 5)
    #expect(splitter.key(0) == [])
  }

  @Test func `many distinct keys keep their numbers while the tables grow`() throws {
    var table = GroupTable([.long, .string])
    for turn in 0..<3 {
      for start in stride(from: 0, to: 200_000, by: 5000) {
        let longs = Buffer((start..<start + 5000).map { Int64($0 / 2) })
        let texts = Column(
          .string, (start..<start + 5000).map { .string("a text of some length \($0)") })
        let groups = try table.groups(of: [Column(type: .long, values: .int64(longs)), texts])
        #expect(Array(groups) == (start..<start + 5000).map { UInt32($0) }, "turn \(turn)")
      }
    }
    #expect(table.count == 200_000)
    #expect(table.key(123_456) == [.integer(61_728), .string("a text of some length 123456")])
  }

  @Test func `strings of every length are told apart, nulls and empty strings too`() throws {
    let texts: [Scalar] =
      [.null, .string("")] + (1...20).map { .string(String(repeating: "a", count: $0)) }
      + (1...20).map { .string(String(repeating: "a", count: $0 - 1) + "\u{0}") }
    var table = GroupTable([.string])
    let groups = try table.groups(of: [Column(.string, texts + texts.reversed())])
    #expect(table.count == texts.count)
    #expect(
      Array(groups).prefix(texts.count).elementsEqual(Array(groups).suffix(texts.count).reversed()))
    for (index, text) in texts.enumerated() { #expect(table.key(Int(groups[index])) == [text]) }
  }
}
