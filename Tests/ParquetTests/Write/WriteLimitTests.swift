import Base
import Columns
import Compression
import Testing

@testable import Parquet

/// Columns whose slots hold more than their type, and rows that are larger than a page may be.
@Suite("What a page cannot hold") struct WriteLimitTests {
  struct Excess: Sendable, CustomTestStringConvertible {
    let type: DataType
    /// The smallest and the largest number that fit.
    let range: ClosedRange<Int128>
    var testDescription: String { "\(type)" }

    static let all: [Excess] = [
      Excess(type: .byte, range: -128...127),
      Excess(type: .short, range: -32_768...32_767),
      Excess(
        type: .decimal(precision: 9, scale: 2), range: Int128(Int32.min)...Int128(Int32.max)),
      // Ten bytes a value.
      Excess(type: .decimal(precision: 22, scale: 0), range: -(1 << 79)...(1 << 79) - 1),
    ]

    func column(_ numbers: [Int128], validity: Bitmap? = nil) -> Column {
      let values: ColumnValues =
        switch type.physical {
        case .int32: .int32(Buffer(numbers.map { Int32($0) }))
        case .int64: .int64(Buffer(numbers.map { Int64($0) }))
        default: .int128(Buffer(numbers))
        }
      return Column(type: type, validity: validity, values: values)
    }
  }

  private static func write(_ column: Column, usesDictionary: Bool = true) throws {
    let schema = Schema([Field("amount", column.type)])
    var options = ParquetWriteOptions()
    options.usesDictionary = usesDictionary
    let writer = try RowGroupWriter(schema: schema, options: options)
    try writer.append(ColumnBatch(schema: schema, columns: [column], rowCount: column.count))
    _ = try writer.finish()
  }

  @Test(arguments: Excess.all, [true, false])
  func `a number that its type does not hold is refused by name`(
    _ excess: Excess, _ usesDictionary: Bool
  ) throws {
    for number in [excess.range.lowerBound - 1, excess.range.upperBound + 1] {
      let error = #expect(throws: ParquetError.self) {
        try Self.write(excess.column([0, number, 1]), usesDictionary: usesDictionary)
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.place.contains("\"amount\"") == true)
    }
  }

  @Test(arguments: Excess.all, [true, false])
  func `numbers at the ends are written, and slots of nulls are not looked at`(
    _ excess: Excess, _ usesDictionary: Bool
  ) throws {
    let (low, high) = (excess.range.lowerBound, excess.range.upperBound)
    try Self.write(
      excess.column(
        [low, low - 1, high, high + 1], validity: Bitmap([true, false, true, false])),
      usesDictionary: usesDictionary)
    try Self.write(excess.column([low, high]), usesDictionary: usesDictionary)
  }

  @Test func `a row whose values pass what a page may hold is refused before it is copied`() throws
  {
    // 4300 elements of 1 MiB each that share their bytes: more than 32 bits count.
    let size: UInt32 = 1 << 20
    let element = Column(
      type: .string,
      values: .bytes(
        Buffer([ValueSlice](repeating: ValueSlice(offset: 0, count: size), count: 4300)),
        data: Buffer([UInt8](repeating: 0x61, count: Int(size)))))
    let list = Column(
      type: .array(element: .string, containsNull: false),
      values: .list(Buffer([ValueSlice(offset: 0, count: 4300)]), element: element))
    let schema = Schema([Field("texts", list.type)])
    let writer = try RowGroupWriter(schema: schema)
    let error = #expect(throws: ParquetError.self) {
      try writer.append(ColumnBatch(schema: schema, columns: [list], rowCount: 1))
    }
    #expect(error?.code == .resourceLimit)
    #expect(error?.place.contains("texts") == true)
    #expect(writer.sizeBytes == 0)
  }

  /// Numbers of which a dictionary fills, then none any more: every buffer there is.
  private static func fill(_ writer: RowGroupWriter, columnCount: Int) throws {
    for start in stride(from: 0, to: 6000, by: 500) {
      let numbers = Buffer(
        (start..<start + 500).map { Int64(start < 2500 ? $0 % 1200 : $0 * 7919) })
      let column = Column(type: .long, values: .int64(numbers))
      try writer.append(
        ColumnBatch(
          schema: writer.schema, columns: Array(repeating: column, count: columnCount),
          rowCount: 500))
    }
  }

  private static func wide(_ columnCount: Int) -> Schema {
    Schema((0..<columnCount).map { Field("c\($0)", .long) })
  }

  /// An allocation past the limit fails, and that ends the child.
  @Test func `the buffers of a thousand columns take no more than is said of them`() async {
    await #expect(processExitsWith: .success) {
      let schema = Self.wide(1000)
      let options = ParquetWriteOptions()
      let bufferBytes = try RowGroupWriter.bufferBytes(schema, options)
      #expect(bufferBytes < 140 << 20)
      let finishedBytes = 1000 * 6000 * 3
      try limitMemory(toMore: bufferBytes + finishedBytes)
      let writer = try RowGroupWriter(schema: schema, options: options)
      try Self.fill(writer, columnCount: 1000)
      _ = try writer.finish()
    }
  }

  enum LongRows: CaseIterable { case strings, lists, structures }

  /// 120 rows without a pattern of about 256 KiB each, every seventh null.
  private static func longRows(_ kind: LongRows) -> ColumnBatch {
    var random = SeededRandom(seed: 7)
    let noise = Buffer((0..<8 << 20).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    let (rowCount, size) = (120, 256 << 10)
    let validity = Bitmap((0..<rowCount).map { $0 % 7 != 3 })
    let slices = (0..<rowCount).map { row in
      ValueSlice(offset: UInt32(row * 40_503 % (noise.count - size)), count: UInt32(size))
    }
    let texts = Column(
      type: .binary, validity: kind == .structures ? nil : validity,
      values: .bytes(Buffer(slices), data: noise))
    let column: Column
    switch kind {
    case .strings: column = texts
    case .structures:
      let type = DataType.structure([Field("text", .binary)])
      column = Column(
        type: type, validity: validity, values: .structure([texts], count: rowCount))
    case .lists:
      let numbers = Column(
        type: .long, values: .int64(Buffer((0..<1 << 17).map { _ in Int64(random.next() >> 1) })))
      let lists = (0..<rowCount).map { row in
        ValueSlice(offset: UInt32(row * 797 % (1 << 16)), count: UInt32(size / 8))
      }
      column = Column(
        type: .array(element: .long, containsNull: true), validity: validity,
        values: .list(Buffer(lists), element: numbers))
    }
    return ColumnBatch(
      schema: Schema([Field("long", column.type)]), columns: [column], rowCount: rowCount)
  }

  @Test(arguments: LongRows.allCases)
  func `few long rows make row groups near the limit, wherever the batches are cut`(
    _ kind: LongRows
  ) throws {
    let batch = Self.longRows(kind)
    var options = ParquetWriteOptions()
    options.codec = .none
    options.usesDictionary = false
    options.rowGroupSizeBytes = 4 << 20
    func rowGroups(batchRows: Int) throws -> [EncodedRowGroup] {
      let writer = try RowGroupWriter(schema: batch.schema, options: options)
      var groups: [EncodedRowGroup] = []
      for start in stride(from: 0, to: batch.rowCount, by: batchRows) {
        var row = start
        let end = min(start + batchRows, batch.rowCount)
        while row < end {
          row += try writer.append(batch, rows: row..<end)
          if writer.isFull { groups.append(try writer.finish()) }
        }
      }
      return groups
    }
    let whole = try rowGroups(batchRows: batch.rowCount)
    #expect(whole.count > 3)
    #expect(whole.allSatisfy { (4 << 20..<6 << 20).contains($0.sizeBytes) })
    for batchRows in [1, 17] {
      let cut = try rowGroups(batchRows: batchRows)
      let isSame =
        cut.count == whole.count
        && zip(cut, whole).allSatisfy { WriteSamples.areSame($0, $1) }
      #expect(isSame)
    }
  }

  @Test(arguments: [1, 99, 1300, 10_000])
  func `a row group has the rows it may have, wherever the batches are cut`(
    _ batchRows: Int
  ) throws {
    let schema = Schema([Field("n", .long)])
    let batch = WriteSamples.batch(schema, [(0..<10_000).map { .integer($0) }])
    let writer = try RowGroupWriter(schema: schema)
    var counts: [Int] = []
    for start in stride(from: 0, to: batch.rowCount, by: batchRows) {
      var row = start
      let end = min(start + batchRows, batch.rowCount)
      while row < end {
        row += try writer.append(batch, rows: row..<end, rowLimit: 4500)
        if writer.isFull { counts.append(try writer.finish().rowCount) }
      }
    }
    #expect(counts == [4500, 4500])
    #expect(writer.rowCount == 1000)
  }
}
