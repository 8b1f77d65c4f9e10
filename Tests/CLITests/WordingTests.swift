import Foundation
import TestSupport
import Testing

@Suite("The grebe command: the words of its messages") struct WordingTests: FolderSuite {
  let folder = TemporaryDirectory()

  @Test func `one is in the singular`() throws {
    _ = try grebe("convert", "-", "--into", "t", input: "n,s\n1,a\n2,b\n")
    let saved = try grebe("query", "SELECT n FROM 't' LIMIT 1", "-o", "one.parquet")
    #expect(saved.errors.contains("1 row written to"), "\(saved.errors)")
    let compact = try grebe("compact", "t")
    #expect(compact.output.contains("1 file as it should be"), "\(compact.output)")
    let broken = try grebe("alter", "t", "--add-constraint", "small=n < 2", status: 65)
    #expect(broken.errors.contains("1 row does not satisfy the constraint"), "\(broken.errors)")
    let short = try grebe(
      "convert", "-", "--into", "t", "--header", "yes", "--delimiter", ",",
      input: "n,s\n1,a\n2\n", status: 65)
    #expect(short.errors.contains("1 field where 2 are expected"), "\(short.errors)")
  }
}
