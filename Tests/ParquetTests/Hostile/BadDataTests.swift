import Base
import Columns
import Foundation
import FuzzTargets
import Parquet
import Testing

private let folder = (sharedData ?? "") + "/parquet-testing/bad_data"

/// What the folder's README.md says is wrong with a file, as the reader finds it.
struct BadFile: Sendable, CustomTestStringConvertible {
  let name: String
  let leaf: String?
  /// Whether the fault is in a page, whose number and offset are told then.
  var isInPage = true
  var testDescription: String { name }
}

private let badFiles = [
  // Columns of different lengths.
  BadFile(name: "ARROW-GH-41317", leaf: "timestamp_us_no_tz"),
  // Fewer levels than the page's header says.
  BadFile(name: "ARROW-GH-41321", leaf: "int64"),
  // Repetition levels that start within a row.
  BadFile(name: "ARROW-GH-45185", leaf: "x.list.element"),
  // Nulls in a required column.
  BadFile(name: "ARROW-GH-47662", leaf: "flba_field"),
  // A negative number of values in the dictionary page's header.
  BadFile(name: "ARROW-RS-GH-6229-DICTHEADER", leaf: "name"),
  // Too few repetition levels.
  BadFile(name: "ARROW-RS-GH-6229-LEVELS", leaf: "outer.list.item.c"),
  // A type in the schema that there is not.
  BadFile(name: "PARQUET-1481", leaf: nil, isInPage: false),
]

@Suite("Hostile: bad files of apache/parquet-testing", .enabled(if: sharedData != nil))
struct BadDataTests {
  @Test(arguments: badFiles) func `a bad file is refused, and where is said`(
    file: BadFile
  ) throws {
    let contents = readEverything(try readBytes("\(folder)/\(file.name).parquet"))
    let error = try #require(contents.errors.first)
    #expect(error.code == .corrupt)
    #expect(error.location.offset != nil)
    #expect(error.location.column == file.leaf)
    #expect((error.location.rowGroup != nil) == (file.leaf != nil))
    #expect((error.location.page != nil) == file.isInPage)
  }

  /// Its dictionary has one entry and its indices have no bits, which is legal.
  @Test func `indices of no bits are read`() throws {
    let contents = readEverything(try readBytes(folder + "/ARROW-GH-43605.parquet"))
    #expect(contents.errors.isEmpty)
    #expect(contents.valueCount > 0)
    let first = try #require(contents.columns.first).values
    guard case .int32(let slots) = first else {
      Issue.record("\(first)")
      return
    }
    #expect(Array(slots).allSatisfy { $0 == slots[0] })
  }

  @Test func `every file of the folder is among these`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".parquet") }
    #expect(Set(names) == Set((badFiles.map(\.name) + ["ARROW-GH-43605"]).map { $0 + ".parquet" }))
  }
}
