import Delta
import JSON
import TestSupport
import Testing

@Suite("Remove actions") struct RemoveFileTests {
  private func written(_ remove: RemoveFile) throws -> JSONValue {
    var writer = JSONWriter()
    remove.write(to: &writer)
    return try #require(try JSONDocument(utf8: writer.text).root["remove"])
  }

  @Test func `a remove carries the tags of the add it removes, or none`() throws {
    var file = TestTables.file("a")
    let untagged = try written(file.removed(atMillis: 1, dataChange: true))
    #expect(untagged["extendedFileMetadata"]?.boolean == true)
    #expect(untagged["tags"]?.json == "{}")
    file.tags = ["load": "7", "empty": nil]
    let tagged = try written(file.removed(atMillis: 1, dataChange: true))
    #expect(tagged["tags"]?["load"]?.string == "7")
    #expect(tagged["tags"]?["empty"]?.isNull == true)
  }

  @Test(arguments: 0..<8)
  func `what others left out is not promised when it is written again`(_ known: Int) throws {
    let remove = try written(
      RemoveFile(
        path: "a", deletionMillis: 1, dataChange: true,
        partitionValues: known & 1 == 0 ? nil : [:], sizeBytes: known & 2 == 0 ? nil : 7,
        tags: known & 4 == 0 ? nil : [:]))
    #expect((remove["extendedFileMetadata"]?.boolean == true) == (known == 7))
    #expect((remove["partitionValues"] != nil) == (known & 1 != 0))
    #expect((remove["size"] != nil) == (known & 2 != 0))
    #expect((remove["tags"] != nil) == (known & 4 != 0))
  }
}
