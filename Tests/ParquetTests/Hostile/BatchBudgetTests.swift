import Base
import Columns
import Testing

@testable import Parquet

/// What a batch may hold is one bound for all columns: each alone may have all of it.
@Suite("Hostile: rows that are large in many columns") struct BatchBudgetTests {
  /// One row, of which each of `columnCount` lists has `levelCount` nulls: 40 bytes a column.
  private func lists(columnCount: Int, levelCount: Int) -> NestedFile {
    NestedFile(
      elements: (0..<columnCount).flatMap { column in
        [
          SchemaElement(name: "c\(column)", repetition: .repeated, childCount: 1),
          SchemaElement(name: "n", type: .int64, repetition: .optional),
        ]
      },
      topLevelCount: columnCount, rowCount: 1,
      leaves: Array(repeating: nulls(levelCount, definition: 1), count: columnCount))
  }

  private func nulls(_ levelCount: Int, definition: UInt8) -> [LeafPage] {
    [
      LeafPage(repetition: [0], definition: [definition], values: []),
      LeafPage(values: [], claim: (levelCount - 1, 1, definition)),
    ]
  }

  @Test(arguments: [(1, 1 << 16), (4, 1 << 14)])
  func `columns that together have what a batch may hold are read`(
    _ columnCount: Int, _ levelCount: Int
  ) throws {
    let file = try lists(columnCount: columnCount, levelCount: levelCount).bytes()
    let batches = try readBatches(file, options: ReadOptions(batchLevelsMax: 1 << 16))
    #expect(batches.count == 1)
    for column in batches[0].columns {
      guard case .list(let rows, let element) = column.values else {
        Issue.record("\(column.type)")
        continue
      }
      #expect(rows.count == 1 && element.count == levelCount)
    }
  }

  @Test(arguments: [(1, (1 << 16) + 1), (5, 1 << 14), (60, 1 << 14)])
  func `columns that together have more are refused, with the first that is too much`(
    _ columnCount: Int, _ levelCount: Int
  ) throws {
    let file = try lists(columnCount: columnCount, levelCount: levelCount).bytes()
    let error = #expect(throws: ParquetError.self) {
      try readBatches(file, options: ReadOptions(batchLevelsMax: 1 << 16))
    }
    #expect(error?.code == .unsupported)
    #expect(error?.message == "a row has more values or bytes than one batch can hold")
    #expect(error?.location.rowGroup == 0)
    #expect(error?.location.column == "c\(min(columnCount - 1, 4)).n")
  }

  @Test func `the refusal comes before the memory is taken`() async {
    await #expect(processExitsWith: .success) {
      // 60 columns of 2^20 elements of 8 bytes: 480 MiB, of which 8 may be had.
      let file = try BatchBudgetTests().lists(columnCount: 60, levelCount: 1 << 20).bytes()
      try #require(file.count < 16 << 10)
      try limitMemory(toMore: 96 << 20)
      let error = #expect(throws: ParquetError.self) {
        try readBatches(file, options: ReadOptions(batchLevelsMax: 1 << 20))
      }
      #expect(error?.code == .unsupported)
    }
  }

  /// Each level is a place in every list but the outermost, and that is eight bytes.
  @Test(arguments: [(3, true), (4, false)])
  func `lists of lists count for each depth`(_ depth: Int, _ isRead: Bool) throws {
    let groups = (0..<depth).map {
      SchemaElement(name: "g\($0)", repetition: .repeated, childCount: 1)
    }
    let file = try NestedFile(
      elements: groups + [SchemaElement(name: "n", type: .int64, repetition: .optional)],
      topLevelCount: 1, rowCount: 1, leaves: [nulls(1 << 14, definition: UInt8(depth))]
    ).bytes()
    let options = ReadOptions(batchLevelsMax: 3 << 14)
    if isRead {
      #expect(try readBatches(file, options: options)[0].columns[0].count == 1)
    } else {
      let error = #expect(throws: ParquetError.self) { try readBatches(file, options: options) }
      #expect(error?.code == .unsupported)
    }
  }

  @Test func `batches of very many columns have fewer rows`() throws {
    let file = NestedFile(
      elements: (0..<8).map {
        SchemaElement(name: "c\($0)", type: .int64, repetition: .optional)
      },
      topLevelCount: 8, rowCount: 4096,
      leaves: Array(repeating: [LeafPage(values: [], claim: (4096, 0, 0))], count: 8))
    let batches = try readBatches(
      try file.bytes(), maxRows: 4096, options: ReadOptions(batchLevelsMax: 1 << 14))
    #expect(batches.map(\.rowCount) == [1024, 1024, 1024, 1024])
  }

  /// Strings of 64 pages, which have to be copied: 16 kB a column, 64 kB in all.
  @Test(arguments: [(1, 16), (4, 16), (8, 8)])
  func `bytes that are copied are counted in all columns together`(
    _ columnCount: Int, _ rowCount: Int
  ) throws {
    let pages = (0..<64).map {
      LeafPage(values: [.string(String(repeating: "\($0 % 10)", count: 996))])
    }
    let file = NestedFile(
      elements: (0..<columnCount).map {
        SchemaElement(
          name: "c\($0)", type: .byteArray, repetition: .required, logicalType: .string)
      },
      topLevelCount: columnCount, rowCount: 64,
      leaves: Array(repeating: pages, count: columnCount))
    let batches = try readBatches(
      try file.bytes(), options: ReadOptions(batchDataMaxBytes: 16_000))
    #expect(batches.map(\.rowCount) == Array(repeating: rowCount, count: 64 / rowCount))
    let column = batches.flatMap { $0.columns[columnCount - 1].scalars }
    #expect(column == pages.map { $0.values[0] })
  }

  /// Between pages of plain strings the dictionary comes again and again.
  @Test func `a dictionary is copied once`() throws {
    var file = HandmadeFile(
      element: SchemaElement(
        name: "s", type: .byteArray, repetition: .required, logicalType: .string), rowCount: 8)
    func plain(_ text: String) -> [UInt8] { [UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8) }
    let long = String(repeating: "d", count: 100)
    let indices = DataPageHeader(valueCount: 2, encoding: .rleDictionary)
    let values = DataPageHeader(valueCount: 1, encoding: .plain)
    file.pages = [(.dictionary(DictionaryPageHeader(valueCount: 1)), plain(long))]
    for text in ["a", "b"] {
      file.pages.append((.data(indices), [1, 4, 0]))
      file.pages.append((.data(values), plain(text)))
    }
    file.pages.append((.data(indices), [1, 4, 0]))
    let batches = try readBatches(try file.bytes())
    let strings = [long, long, "a", long, long, "b", long, long]
    #expect(batches.flatMap { $0.columns[0].scalars } == strings.map { .string($0) })
    guard case .bytes(_, let data) = batches[0].columns[0].values else {
      Issue.record("no strings")
      return
    }
    #expect(data.count == 104 + 5 + 5)
  }
}
