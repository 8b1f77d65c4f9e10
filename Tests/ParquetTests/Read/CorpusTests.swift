import Base
import Columns
import Foundation
import Testing

@testable import Parquet

/// A line of a columns.tsv.
struct GoldenColumn: CustomTestStringConvertible, Sendable {
  let file: String
  let column: String
  let rowCount: Int
  let nullCount: Int
  let digest: String
  var testDescription: String { "\(file) \(column)" }
}

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures").path

private func goldenColumns(_ folder: String) -> [GoldenColumn] {
  let path = "\(fixtures)/\(folder)/columns.tsv"
  let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  return text.split(separator: "\n").map { line in
    let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    return GoldenColumn(
      file: parts[0], column: parts[1], rowCount: Int(parts[2])!, nullCount: Int(parts[3])!,
      digest: parts[4])
  }
}

/// Reads the column whole and in odd batches, and compares it with its hash.
private func check(_ golden: GoldenColumn, in folder: String) throws {
  let file = try readBytes(folder + "/" + golden.file)
  let metadata = try readMetadata(file)
  let column = try #require(metadata.schema.index(of: golden.column))
  for maxRows in [1 << 20, 1000, 7, 3, 2, 1] where maxRows > 3 || golden.rowCount < 2000 {
    let batches = try readBatches(file, columns: [column], maxRows: maxRows)
    let scalars = batches.flatMap { $0.columns[0].scalars }
    #expect(scalars.count == golden.rowCount)
    #expect(scalars.count { $0.isNull } == golden.nullCount)
    #expect(digest(scalars) == golden.digest, "\(maxRows) rows at a time")
    for batch in batches { checkSlices(batch.columns[0]) }
  }
}

/// What every column promises: slices within their data, the slots of nulls included.
private func checkSlices(_ column: Column) {
  switch column.values {
  case .bytes(let slots, let data):
    #expect((0..<slots.count).allSatisfy { slots[$0].range.upperBound <= data.count })
  case .list(let slots, let element):
    #expect((0..<slots.count).allSatisfy { slots[$0].range.upperBound <= element.count })
    checkSlices(element)
  case .structure(let fields, let count):
    for field in fields {
      #expect(field.count == count)
      checkSlices(field)
    }
  default: break
  }
}

/// As hash-columns.py writes values.
private func text(_ scalar: Scalar) -> String {
  switch scalar {
  case .null: ""
  case .boolean(let value): value ? "true" : "false"
  case .integer(let value): String(value)
  case .double(let value): value.isNaN ? "nan" : hex(bigEndian: value.bitPattern)
  case .decimal(let unscaled, _): String(unscaled)
  case .string(let value): hex(Array(value.utf8))
  case .binary(let bytes): hex(bytes)
  case .date(let days): String(days)
  case .timestamp(let micros), .timestampNtz(let micros): String(micros)
  case .timestampNanos(let nanos), .timestampNtzNanos(let nanos): String(nanos)
  case .time(let value), .timeNanos(let value): String(value)
  case .uuid(let bytes): hex(bytes)
  case .interval(let months, let days, let millis):
    hex(Scalar.intervalBytes(months: months, days: days, millis: millis))
  case .structure(let fields): "{" + fields.map { inner($0.value) }.joined(separator: ",") + "}"
  case .array(let elements): "[" + elements.map(inner).joined(separator: ",") + "]"
  case .map(let entries):
    "(" + entries.map { inner($0.key) + ":" + inner($0.value) }.joined(separator: ",") + ")"
  }
}

/// A value in a nested one.
private func inner(_ scalar: Scalar) -> String { scalar.isNull ? "~" : text(scalar) }

private func hex(_ bytes: [UInt8]) -> String {
  bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

private func hex(bigEndian value: UInt64) -> String {
  hex((0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) })
}

private func digest(_ scalars: [Scalar]) -> String {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for scalar in scalars {
    for byte in text(scalar).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ 10) &* 0x100_0000_01B3
  }
  return hex(bigEndian: hash)
}

@Suite("Corpus: apache/parquet-testing", .enabled(if: sharedData != nil))
struct CorpusTests {
  @Test(arguments: goldenColumns("parquet-testing"))
  func `a column has pyarrow's values`(golden: GoldenColumn) throws {
    try check(golden, in: sharedData! + "/parquet-testing/data")
  }

  @Test(arguments: goldenColumns("parquet-delta"))
  func `a column of a Delta table has pyarrow's values`(golden: GoldenColumn) throws {
    try check(golden, in: sharedData! + "/delta")
  }

  @Test func `Spark's INT96 time stamps are microseconds, the farthest included`() throws {
    let file = try readBytes(sharedData! + "/parquet-testing/data/int96_from_spark.parquet")
    #expect(
      try readBatches(file)[0].columns[0].scalars == [
        .timestamp(1_704_141_296_123_456), .timestamp(1_704_070_800_000_000),
        .timestamp(253_402_225_200_000_000), .timestamp(1_735_599_600_000_000), .null,
        .timestamp(9_089_380_393_200_000_000),
      ])
  }

  @Test func `there are golden columns`() {
    #expect(goldenColumns("parquet-testing").count > 300)
    #expect(goldenColumns("parquet-delta").count > 300)
  }

  @Test(arguments: [
    "datapage_v1-corrupt-checksum.parquet", "rle-dict-uncompressed-corrupt-checksum.parquet",
  ])
  func `a wrong checksum is refused and says where`(name: String) throws {
    let file = try readBytes(sharedData! + "/parquet-testing/data/" + name)
    let error = #expect(throws: ParquetError.self) { try readBatches(file) }
    #expect(error?.code == .corrupt)
    #expect(error?.message == "the page's checksum does not match its bytes")
    #expect(error?.place.hasPrefix("row group 0, column \"") == true)
  }

  @Test func `an encrypted file is refused by name`() throws {
    for name in ["encrypt_columns_and_footer", "encrypt_columns_plaintext_footer"] {
      let file = try readBytes(
        sharedData! + "/parquet-testing/data/" + name + ".parquet.encrypted")
      let error = #expect(throws: ParquetError.self) { try readBatches(file) }
      #expect(error?.code == .unsupported)
    }
  }

  /// The keys of this map are two strings of a GiB; its values are two integers.
  @Test func `a brotli column is read`() throws {
    let file = try readBytes(
      sharedData! + "/parquet-testing/data/large_string_map.brotli.parquet")
    var rowCount = 0
    for batch in try readBatches(file) {
      guard case .list(let slots, let entries) = batch.columns[0].values,
        case .structure(let fields, _) = entries.values, case .bytes(let keys, _) = fields[0].values
      else {
        Issue.record("not a map")
        return
      }
      rowCount += slots.count
      for row in 0..<keys.count {
        #expect(keys[row].count == 1 << 30 && fields[1][row] == .integer(1))
      }
    }
    #expect(rowCount == 2)
  }

  /// Every column of every file decodes or throws; none traps.
  @Test func `every column of every file is read or refused`() throws {
    let folder = sharedData! + "/parquet-testing/data"
    var columnCount = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    where name.hasSuffix(".parquet") && !name.contains("brotli") && !name.contains("corrupt") {
      let file = try readBytes(folder + "/" + name)
      for column in try readMetadata(file).schema.fields.indices {
        do {
          for batch in try readBatches(file, columns: [column]) { checkSlices(batch.columns[0]) }
          columnCount += 1
        } catch {
          #expect(error.code == .unsupported, "\(name): \(error)")
        }
      }
    }
    #expect(columnCount > 300)
  }
}

@Suite("Corpus: files of other writers") struct WriterCorpusTests {
  @Test(arguments: goldenColumns("parquet-writers"))
  func `a column has pyarrow's values`(golden: GoldenColumn) throws {
    try check(golden, in: fixtures + "/parquet-writers")
  }

  @Test(arguments: goldenColumns("parquet-nested"))
  func `a nested or rare column has pyarrow's values`(golden: GoldenColumn) throws {
    try check(golden, in: fixtures + "/parquet-nested")
  }

  @Test func `there are golden columns`() {
    #expect(goldenColumns("parquet-writers").count > 200)
    #expect(goldenColumns("parquet-nested").count > 100)
  }

  /// The same rows went into every file, so that statistics must agree with the values read.
  @Test(arguments: [
    "pyarrow-snappy", "pyarrow-lz4", "pyarrow-delta-zstd", "duckdb-v1-zstd", "duckdb-v2-zstd",
    "polars-zstd", "polars-snappy", "pyarrow-int96-snappy",
  ])
  func `statistics bound the values`(name: String) throws {
    let file = try readBytes("\(fixtures)/parquet-writers/\(name).parquet")
    let metadata = try readMetadata(file)
    var boundCount = 0
    for (index, group) in metadata.rowGroups.enumerated() {
      for column in flatColumns(metadata) {
        let decoder = try RowGroupDecoder(metadata: metadata, rowGroup: index, columns: [column])
        let batch = try decoder.next(maxRows: 1 << 20, of: file)
        let values = try #require(batch).columns[0].scalars
        let statistics = group.statistics(column: column)
        if let nullCount = statistics.nullCount { #expect(nullCount == values.count { $0.isNull }) }
        let least = values.filter { !$0.isNull }.min { Scalar.compare($0, $1)! < 0 }
        let most = values.filter { !$0.isNull }.max { Scalar.compare($0, $1)! < 0 }
        if let bound = statistics.min, let least {
          let order = try #require(Scalar.compare(bound, least))
          #expect(statistics.minIsExact ? order == 0 : order <= 0)
          boundCount += 1
        }
        if let bound = statistics.max, let most {
          let order = try #require(Scalar.compare(bound, most))
          #expect(statistics.maxIsExact ? order == 0 : order >= 0)
          boundCount += 1
        }
      }
    }
    #expect(boundCount > 20)
  }
}

/// ARROW-GH-43605 is left out: its dictionary of one entry with indices of width 0 is legal.
private let badFiles = [
  "ARROW-GH-41317", "ARROW-GH-41321", "ARROW-GH-45185", "ARROW-GH-47662",
  "ARROW-RS-GH-6229-DICTHEADER", "ARROW-RS-GH-6229-LEVELS", "PARQUET-1481",
]

@Suite("Corpus: bad files", .enabled(if: sharedData != nil))
struct BadCorpusTests {
  @Test(arguments: badFiles) func `a bad file is refused`(name: String) throws {
    let file = try readBytes(sharedData! + "/parquet-testing/bad_data/\(name).parquet")
    let error = #expect(throws: ParquetError.self) { try readBatches(file) }
    #expect(error?.code == .corrupt || error?.code == .unsupported)
  }

  /// Damage at a distance: the reader throws or returns rows, and never traps.
  @Test(arguments: [
    "alltypes_plain.snappy.parquet", "alltypes_dictionary.parquet", "nulls.snappy.parquet",
    "delta_byte_array.parquet", "datapage_v2.snappy.parquet", "rle_boolean_encoding.parquet",
    "byte_stream_split_extended.gzip.parquet", "fixed_length_decimal.parquet",
    "lz4_raw_compressed.parquet", "nested_maps.snappy.parquet", "byte_array_decimal.parquet",
    "nested_lists.snappy.parquet", "nullable.impala.parquet", "repeated_no_annotation.parquet",
    "old_list_structure.parquet", "list_columns.parquet", "null_list.parquet",
  ])
  func `no truncation and no flipped byte traps`(name: String) throws {
    let bytes = Array(try readBytes(sharedData! + "/parquet-testing/data/" + name))
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededGenerator(seed)
    for round in 0..<300 {
      var damaged = bytes
      if round % 3 == 0 {
        damaged.removeLast(Int.random(in: 1..<bytes.count, using: &generator))
      } else {
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let index = Int.random(in: 0..<bytes.count, using: &generator)
          damaged[index] = UInt8.random(in: 0...255, using: &generator)
        }
      }
      readEverything(Buffer(damaged), "\(name) seed \(seed) round \(round)")
    }
  }

  @Test(arguments: ["alltypes_dictionary.parquet", "nulls.snappy.parquet"])
  func `every truncation of the footer is refused`(name: String) throws {
    let file = try readBytes(sharedData! + "/parquet-testing/data/" + name)
    for count in 0..<file.count {
      #expect(throws: ParquetError.self) { try readMetadata(file.slice(0..<count)) }
    }
  }

  private func readEverything(_ file: Buffer<UInt8>, _ comment: Comment) {
    do {
      for column in try readMetadata(file).schema.fields.indices {
        do {
          for batch in try readBatches(file, columns: [column], maxRows: 1000).prefix(100) {
            for row in 0..<min(batch.rowCount, 1000) { _ = batch.columns[0][row] }
          }
        } catch {
          #expect(!error.message.isEmpty, comment)
        }
      }
    } catch {
      #expect(!error.message.isEmpty, comment)
    }
  }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
