import Base
import Columns
import Compression
import FuzzTargets
import Parquet
import Testing

// What a changed byte may do, by where it lies:
//
//   the body of a page with a checksum     the page is refused
//   the body of a page without one         refused, or other values: nothing can tell
//   page headers, footer                   refused, or another schema, which the reader is told, or
//                                          the same rows; where pages have no checksum, one change
//                                          of a hundred may have them read as something else legal
//   statistics, indexes, bloom filters     the same, where every row is read; a query that leaves
//                                          out rows by them may leave out others

@Suite("Hostile: a changed byte is told, or changes no row") struct ChangedByteTests {
  /// Those of `HostileFile.all`, and one with checksums and a codec, as Grebe writes by default.
  static let files = HostileFile.all + [checked].compactMap { $0 }

  static let checked = try? HostileFile(name: "grebe-checksums", bytes: checkedBytes())

  private static func checkedBytes() throws -> [UInt8] {
    let schema = Schema([
      Field("n", .long), Field("t", .string), Field("k", .integer, nullable: false),
      Field("l", .array(element: .double, containsNull: true)),
    ])
    var rows: [[Scalar]] = []
    for row in 0..<40 {
      let number: Scalar = row % 5 == 2 ? .null : .integer(Int64(row) * 1001)
      let list: Scalar = row % 4 == 0 ? .null : .array([.double(Double(row) / 8), .null])
      rows.append([number, .string("text \(row % 6)"), .integer(Int64(row)), list])
    }
    var options = ParquetWriteOptions()
    options.codec = .zstd(level: 1)
    options.pageRowCount = 16
    options.encodingSavingMinBytes = 0
    options.createdBy = "grebe"
    let batch = NestedSamples.batch(schema, rows)
    return try RoundTripTests.parts([batch], schema, options).flatMap { Array($0) }
  }

  /// Every row that can be read of each column and row group.
  private struct Contents: Equatable {
    var schema: Schema
    var rowCounts: [Int]
    /// By row group and column; nil where it is refused.
    var columns: [[[Scalar]?]]
  }

  /// Nil where the footer is refused.
  private static func read(_ file: Buffer<UInt8>) -> Contents? {
    guard let metadata = try? parseFooter(file) else { return nil }
    let groups = metadata.rowGroups.prefix(4)
    return Contents(
      schema: metadata.schema, rowCounts: groups.map(\.rowCount),
      columns: groups.map { group in
        guard group.rowCount <= 4096 else { return [] }
        return metadata.schema.fields.indices.prefix(64).map { column in
          try? RowGroupDecoder(metadata: metadata, rowGroup: group.index, columns: [column])
            .batches(of: file).flatMap { $0.columns[0].scalars }
        }
      })
  }

  /// Bytes of pages that have no checksum.
  private static func unchecked(_ file: Buffer<UInt8>) throws -> [Range<Int>] {
    let size = Int64(file.count)
    let tail = ParquetMetadata.tailRange(fileSizeBytes: size)
    guard
      case .done(let inspection) = try FileInspection.parse(
        tail: part(file, tail), fileSizeBytes: size)
    else { return [] }
    var ranges: [Range<Int>] = []
    for (index, group) in inspection.rowGroups.enumerated() {
      for chunk in group.columns {
        var walk = try PageWalk(chunk, rowGroup: index, fileSizeBytes: size)
        while let next = walk.nextRange {
          guard let page = try walk.take(part(file, next)), !page.hasChecksum else { continue }
          let start = Int(page.offset) + page.headerSizeBytes
          ranges.append(start..<start + Int(page.compressedSizeBytes))
        }
      }
    }
    return ranges
  }

  /// Columns of which a changed file gives other rows than it had, and no error.
  private static func silentColumns(_ found: Contents?, _ wanted: Contents) -> Int {
    // Another schema, or no file at all, is told.
    guard let found, found.schema == wanted.schema else { return 0 }
    var count = max(wanted.columns.count - found.columns.count, 0)
    for (mine, its) in zip(found.columns, wanted.columns) {
      for (rows, right) in zip(mine, its) where rows != nil && rows != right { count += 1 }
    }
    return count
  }

  @Test(arguments: files) func `bits of`(file: HostileFile) throws {
    let intact = Buffer(file.bytes)
    let wanted = try #require(Self.read(intact))
    let unchecked = try Self.unchecked(intact)
    let isChecked = unchecked.isEmpty
    var (silent, changed) = (0, 0)
    for index in file.bytes.indices where !unchecked.contains(where: { $0.contains(index) }) {
      for bit in isChecked || index % 3 == 0 ? [(index + 1) % 8] : [] {
        let damaged = file.setting(index, to: file.bytes[index] ^ (1 << UInt8(bit)))
        changed += 1
        silent += Self.silentColumns(Self.read(damaged), wanted)
      }
    }
    #expect(changed > 100)
    // Without checksums a page's header may have it read as something else that is legal.
    #expect(silent <= (isChecked ? 0 : changed / 100), "\(silent) of \(changed)")
  }

  @Test func `some of the files have checksums on every page`() throws {
    let checked = try Self.files.filter { try Self.unchecked(Buffer($0.bytes)).isEmpty }
    #expect(checked.map(\.name).contains("grebe-checksums"))
  }

  @Test func `a footer that has rows and no row groups is refused`() throws {
    let footer = FileMetaData(
      schema: [
        SchemaElement(name: "schema", childCount: 1),
        SchemaElement(name: "n", type: .int32, repetition: .required),
      ], rowCount: 7, rowGroups: [])
    let error = #expect(throws: ParquetError.self) {
      try ParquetMetadata(footer, fileSizeBytes: 100)
    }
    #expect(error?.code == .corrupt)
  }
}
