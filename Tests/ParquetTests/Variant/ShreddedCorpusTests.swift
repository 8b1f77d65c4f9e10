import Base
import Columns
import Foundation
import Testing

@testable import Parquet

/// A case of cases.json: a file, and the variants that its rows are; nil where a row has none.
private struct ShreddedCase: Decodable, Sendable, CustomTestStringConvertible {
  var case_number: Int
  var test: String?
  var notes: String?
  var error_message: String?
  var parquet_file: String?
  var variant_file: String?
  var variant_files: [String?]?

  var testDescription: String { "\(case_number) \(test ?? "")" }
  var rows: [String?] { variant_files ?? [variant_file] }
  /// Files that say a field twice: the format leaves open whether to read them.
  var isContradictory: Bool { notes != nil && test?.contains("Conflict") == true }
}

private let folder = (sharedData ?? "") + "/parquet-testing/shredded_variant/"

private let cases: [ShreddedCase] = {
  guard let data = try? Data(contentsOf: URL(filePath: folder + "cases.json")),
    let cases = try? JSONDecoder().decode([ShreddedCase].self, from: data)
  else { return [] }
  return cases.filter { $0.parquet_file != nil }
}()

private func read(_ name: String) throws -> [Scalar] {
  let file = try readBytes(folder + name)
  let column = try #require(try readMetadata(file).schema.index(of: "var"))
  return try readBatches(file, columns: [column]).flatMap { $0.columns[0].scalars }
}

/// The text of the metadata and value that a file holds one after the other.
private func text(_ name: String) throws -> Scalar {
  let bytes = Array(try readBytes(folder + name))
  let offsetSize = Int(bytes[0] >> 6) + 1
  func unsigned(_ offset: Int) -> Int {
    (0..<offsetSize).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
  let count = unsigned(1)
  let size = 1 + offsetSize * (count + 2) + unsigned(1 + offsetSize * (count + 1))
  return try variantColumn(
    metadata: Column(.binary, [.binary(Array(bytes[..<size]))]),
    value: Column(.binary, [.binary(Array(bytes[size...]))]), typed: nil, validity: nil,
    place: ParquetPlace())[0]
}

@Suite("VARIANT: the shredded corpus", .enabled(if: sharedData != nil))
struct ShreddedCorpusTests {
  @Test func `there are cases`() { #expect(cases.count > 130) }

  @Test(arguments: cases.filter { $0.error_message == nil && !$0.isContradictory })
  fileprivate func `a file's rows are its variants`(sample: ShreddedCase) throws {
    let expected = try sample.rows.map { name in try name.map(text) ?? .null }
    #expect(try read(sample.parquet_file!) == expected)
  }

  @Test(arguments: cases.filter { $0.error_message != nil || $0.isContradictory })
  fileprivate func `a file that is no variant is refused`(sample: ShreddedCase) throws {
    let error = #expect(throws: ParquetError.self) { try read(sample.parquet_file!) }
    #expect(error?.code == .corrupt || error?.code == .unsupported)
  }

  @Test func `the text of some files`() throws {
    #expect(try read("case-014.parquet") == [.string("10.11")])
    #expect(try read("case-030.parquet") == [.string(#""CgsMDQ==""#)])
    #expect(
      try read("case-083.parquet") == [
        .null, .string(#"{"c":{"b":"iceberg"}}"#), .string(#"{"c":8,"d":-0.0}"#),
        .string(#"{"c":{"a":34,"b":""},"d":0.0}"#),
      ])
    #expect(
      try read("case-134.parquet") == [.string(#"{"a":null,"b":"iceberg","d":"2024-01-30"}"#)])
    // The other columns of a file with a variant that cannot be read are read.
    let file = try readBytes(folder + "case-127.parquet")
    #expect(try readBatches(file, columns: [0])[0].columns[0].scalars == [.integer(1)])
  }
}
