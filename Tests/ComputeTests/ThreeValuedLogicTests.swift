import Base
import Columns
import Compute
import Testing

@Suite("Three-valued logic") struct ThreeValuedLogicTests {
  static let values: [Scalar] = [.boolean(true), .boolean(false), .null]
  static let batch = ColumnBatch(
    schema: Schema([Field("a", .boolean), Field("b", .boolean)]),
    columns: [
      Column(.boolean, values.flatMap { value in values.map { _ in value } }),
      Column(.boolean, values.flatMap { _ in values }),
    ], rowCount: 9)

  func table(_ expression: Expression) throws -> String {
    let column = try expression.bind(to: Self.batch.schema).evaluate(on: Self.batch)
    return column.scalars.map { $0.isNull ? "n" : $0 == .boolean(true) ? "t" : "f" }.joined()
  }

  //                a: t t t f f f n n n
  //                b: t f n t f n t f n
  @Test func `AND`() throws {
    #expect(try table(.and([.column("a"), .column("b")])) == "tfnfffnfn")
  }
  @Test func `OR`() throws { #expect(try table(.or([.column("a"), .column("b")])) == "ttttfntnn") }
  @Test func `NOT`() throws { #expect(try table(.not(.column("a"))) == "fffttt" + "nnn") }
  @Test func `equality`() throws {
    #expect(try table(.compare(.equal, .column("a"), .column("b"))) == "tfnftnnnn")
  }
  @Test func `IS NULL is never unknown`() throws {
    #expect(try table(.isNull(.column("a"))) == "ffffff" + "ttt")
  }
  @Test func `IN beside a null is true or unknown`() throws {
    let list: [Expression] = [.literal(.boolean(true)), .literal(.null)]
    #expect(try table(.inList(.column("b"), list)) == "tnntnntnn")
    #expect(try table(.not(.inList(.column("b"), list))) == "fnnfnnfnn")
  }
  @Test func `a comparison with a NULL literal is unknown everywhere`() throws {
    #expect(try table(.compare(.equal, .column("a"), .literal(.null))) == "nnnnnnnnn")
  }

  @Test func `a part that cannot be computed is not looked at where an earlier one decides`() throws
  {
    let batch = ColumnBatch(
      schema: Schema([Field("s", .string)]),
      columns: [Column(.string, [.string("x"), .string("7")])],
      rowCount: 2)
    let isNumber = Expression.compare(.notEqual, .column("s"), .literal(.string("x")))
    let number = Expression.cast(.column("s"), .integer, isTry: false)
    let both = Expression.and([isNumber, .compare(.equal, number, .literal(.integer(7)))])
    let bound = try both.bind(to: batch.schema)
    #expect(Array(try bound.select(from: batch).rowIndices) == [1])
    #expect(try bound.evaluate(on: batch).scalars == [.boolean(false), .boolean(true)])
    #expect(throws: ComputeError.self) {
      try number.bind(to: batch.schema).evaluate(on: batch)
    }
  }
}
