import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@Suite("Schema JSON") struct SchemaJSONTests {
  let schema = Schema([
    Field(
      "a", .integer, nullable: false, metadata: ["comment": #""x \"y\"""#, "n": #"{"k":[1]}"#]),
    Field("b", .structure([Field("d", .decimal(precision: 38, scale: 10))])),
    Field("c", .array(element: .timestampNtz, containsNull: false)),
    Field(
      "f",
      .map(key: .string, value: .array(element: .byte, containsNull: true), valueContainsNull: true)
    ),
    Field("é", .void), Field("geo", .other("geometry")),
  ])

  /// Through a commit, as every schema goes.
  private func roundTrip(_ schema: Schema) throws -> Schema {
    let store = InMemoryStore()
    let create = Transaction(
      creating: TableMetadata(id: "x", schema: schema), operation: Operation("CREATE TABLE"))
    _ = try create.commit(to: store, environment: TestTables.environment(store))
    return try Snapshot.load(store).schema
  }

  @Test func `every type and all metadata survive`() throws {
    #expect(try roundTrip(schema) == schema)
  }

  @Test func `the text is Spark's`() {
    #expect(
      Schema([Field("a", .long)]).deltaJSON
        == #"{"type":"struct","fields":[{"name":"a","type":"long","nullable":true,"metadata":{}}]}"#
    )
  }

  @Test(arguments: [
    #"{"type":"struct"}"#, #""long""#, "[]", "{", #"{"type":"struct","fields":[{"type":"long"}]}"#,
    #"{"type":"struct","fields":[{"name":"a"}]}"#,
    #"{"type":"struct","fields":[{"name":"a","type":"decimal(39,0)"}]}"#,
    #"{"type":"struct","fields":[{"name":"a","type":"decimal(x)"}]}"#,
    #"{"type":"struct","fields":[{"name":"a","type":{"type":"array"}}]}"#,
    #"{"type":"struct","fields":[{"name":"a","type":"long"},{"name":"a","type":"long"}]}"#,
    #"{"type":"struct","fields":[{"name":"a","type":"#
      + String(repeating: #"{"type":"array","elementType":"#, count: 200) + #""long""#
      + String(repeating: "}", count: 200) + "}]}",
  ]) func `schemas that are none are refused`(_ text: String) throws {
    let store = InMemoryStore()
    let quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    try TestTables.put(
      store, 0,
      [TestTables.protocolLine, #"{"metaData":{"id":"x","schemaString":"\#(quoted)"}}"#])
    expectError(.corrupt, "line 2") { _ = try Snapshot.load(store) }
  }
}
