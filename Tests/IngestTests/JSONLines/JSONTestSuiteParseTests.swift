import Base
import Columns
import Foundation
import Testing

@testable import Ingest

/// nst/JSONTestSuite, each file read as one record: `y_` is a row, `n_` a reject, `i_` as
/// spec/ingest/json.md decides.
@Suite("JSON: the public test suite, as records") struct JSONTestSuiteParseTests {
  static let files: [String] = {
    guard let root = sharedData("json-test-suite") else { return [] }
    let names = try? FileManager.default.contentsOfDirectory(atPath: root.path)
    return (names ?? []).filter { $0.hasSuffix(".json") }.sorted()
  }()

  /// What is left to implementations and accepted: numbers beyond a double, kept as they are
  /// written; half surrogate pairs, which become U+FFFD; depth up to the limit; a byte-order mark.
  private static let accepted: Set<String> = [
    "i_number_double_huge_neg_exp.json", "i_number_huge_exp.json",
    "i_number_neg_int_huge_exp.json", "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json", "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json", "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json", "i_number_very_big_negative_int.json",
    "i_object_key_lone_2nd_surrogate.json", "i_string_1st_surrogate_but_2nd_missing.json",
    "i_string_1st_valid_surrogate_2nd_invalid.json",
    "i_string_incomplete_surrogate_and_escape_valid.json",
    "i_string_incomplete_surrogate_pair.json", "i_string_incomplete_surrogates_escape_valid.json",
    "i_string_invalid_lonely_surrogate.json", "i_string_invalid_surrogate.json",
    "i_string_inverted_surrogates_U+1D11E.json", "i_string_lone_second_surrogate.json",
    "i_structure_500_nested_arrays.json", "i_structure_UTF-8_BOM_empty_object.json",
  ]

  @Test(.enabled(if: !files.isEmpty), arguments: files)
  func `is a row or a reject`(_ name: String) throws {
    let root = try #require(sharedData("json-test-suite"))
    let bytes = [UInt8](try Data(contentsOf: root.appending(path: name)))
    let isRow = name.hasPrefix("y_") || JSONTestSuiteParseTests.accepted.contains(name)
    let schema = Schema([Field("value", .string)])
    let detected = try #require(
      JSONLayoutDetector.detect(sample: Buffer(bytes), isWholeInput: true, wanted: .values))
    let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : detected.dataOffset
    // Room for the longest file: one that a reject does not keep whole would be an error.
    let options = JSONParserOptions(
      schema: schema, layout: .values, areObjects: false, rejectTextBytesMax: 1 << 20)
    let whole = try parseAllJSON(Array(bytes[mark...]), options)
    if isRow {
      #expect(whole.rejects.isEmpty)
      #expect(whole.rows.count == 1)
    } else if Self.noValues.contains(name) {
      #expect(whole.rowsRead == 0)
    } else if Self.severalValues.contains(name) {
      #expect(whole.rejects.isEmpty)
      #expect(whole.rows.count == 2)
    } else {
      #expect(!whole.rejects.isEmpty)
    }
    try checkConversion(bytes, isRow: isRow, name)
  }

  /// Two values in a file are no JSON text, but two records.
  private static let severalValues: Set<String> = [
    "n_structure_double_array.json", "n_structure_object_with_trailing_garbage.json",
  ]

  /// Brackets that never close, over more bytes than a reject keeps.
  private static let neverClosed: Set<String> = [
    "n_structure_100000_opening_arrays.json", "n_structure_open_array_object.json",
  ]

  /// Nothing is no JSON text, but no record either.
  private static let noValues: Set<String> = [
    "n_structure_no_data.json", "n_single_space.json", "n_structure_UTF8_BOM_no_data.json",
  ]

  /// The way of a conversion: layout and types guessed, the same answer from every kernel.
  private func checkConversion(_ bytes: [UInt8], isRow: Bool, _ name: String) throws {
    if Self.neverClosed.contains(name) {
      #expect(throws: IngestError.self) { try convertJSON(bytes) }
      return
    }
    let best = try convertJSON(bytes)
    let scalar = try convertJSON(bytes, level: .scalar)
    #expect(best.whole == scalar.whole)
    if isRow { #expect(best.whole.rejects.isEmpty) }
  }
}
