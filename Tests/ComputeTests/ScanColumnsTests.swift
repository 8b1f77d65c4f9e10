import Columns
import Compute
import Testing

@Suite("What expressions read") struct ScanColumnsTests {
  private static let schema = Schema([
    Field("id", .long),
    Field(
      "s",
      .structure([
        Field("n", .long), Field("deep", .structure([Field("k", .long), Field("t", .string)])),
      ])),
    Field("u", .structure([Field("n", .long)])),
  ])

  private func column(_ path: Int...) -> BoundExpression {
    var type = DataType.structure(Self.schema.fields)
    var expression: BoundExpression?
    for index in path {
      guard case .structure(let fields) = type else { fatalError("no struct") }
      type = fields[index].type
      expression = BoundExpression(
        expression.map { .field($0, index) } ?? .column(index), type)
    }
    return expression!
  }

  @Test func `fields by their paths, columns in the order of the schema`() throws {
    let sum = BoundExpression(.arithmetic(.add, column(1, 1, 0), column(1, 0)), .long)
    let isNull = BoundExpression(.isNull(column(1, 0)), .boolean)
    let columns = ScanColumns(readBy: [sum, column(0), isNull])
    #expect(columns == ScanColumns([0, 1], fields: [1: [[1, 0], [0]]]))
    #expect(ScanColumns(readBy: []) == ScanColumns([]))
  }

  @Test func `a struct that is looked at itself is needed whole`() {
    let isNull = BoundExpression(.isNull(column(1)), .boolean)
    #expect(
      ScanColumns(readBy: [column(1, 0), isNull, column(2, 0)])
        == ScanColumns([1, 2], fields: [2: [[0]]]))
    #expect(ScanColumns(readBy: [column(1, 1)]) == ScanColumns([1], fields: [1: [[1]]]))
  }
}
