import Base
import Columns
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
        Buffer([UInt8](repeating: 0x61, count: Int(size)))))
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
}
