import Columns
import Delta
import Testing

@Suite("Column mapping") struct ColumnMappingTests {
  @Test func `columns that replace others of their name and type are those columns`() throws {
    let before = TableMetadata(
      id: "x", schema: Schema([Field("a", .long), Field("b", .long), Field("c", .string)])
    ).mapped(as: .name)
    let after = before.with(
      Schema([Field("c", .string), Field("a", .long, nullable: false), Field("b", .double)]),
      id: "new")
    func metadata(_ name: String, of table: TableMetadata) throws -> [String: String] {
      table.schema.fields[try #require(table.schema.index(of: name))].metadata
    }
    for name in ["a", "c"] {
      #expect(try metadata(name, of: after) == metadata(name, of: before))
    }
    #expect(
      try metadata("b", of: after) == [
        "delta.columnMapping.id": "4", "delta.columnMapping.physicalName": "\"col-new-4\"",
      ])
    #expect(after.configuration["delta.columnMapping.maxColumnId"] == "4")
  }
}
