import Base
import Columns
import Testing

@testable import Parquet

@Suite("Row groups: fixed lengths that a file claims") struct FixedLengthTests {
  /// A decimal's length stands in the footer, without the bytes to go with it.
  @Test(arguments: [PageEncoding.plain, .byteStreamSplit], [1_000, Int(Int32.max)])
  func `a decimal longer than its page is corrupt, and takes no memory`(
    _ encoding: PageEncoding, _ length: Int
  ) throws {
    var file = HandmadeFile(
      element: SchemaElement(
        name: "d", type: .fixedLengthByteArray, typeLength: Int32(length), repetition: .required,
        logicalType: .decimal(scale: 0, precision: 38)),
      rowCount: 1 << 20)
    let bytes = [UInt8](repeating: 0, count: encoding == .plain ? 64 : 0)
    file.pages = [(.data(DataPageHeader(valueCount: 1 << 20, encoding: encoding)), bytes)]
    let error = #expect(throws: ParquetError.self) {
      _ = try readBatches(try file.bytes(), maxRows: 1 << 20)
    }
    #expect(error?.code == .corrupt)
  }

  /// DELTA_BYTE_ARRAY states every length, the schema too.
  @Test(arguments: [LogicalType.uuid, nil], [5, 16, 17])
  func `a value of another length than the schema's is corrupt`(
    _ annotation: LogicalType?, _ length: Int
  ) throws {
    let lengths: (Int) -> [UInt8] = { [0x80, 1, 4, 1, UInt8($0 * 2)] }
    var file = HandmadeFile(
      element: SchemaElement(
        name: "u", type: .fixedLengthByteArray, typeLength: 16, repetition: .required,
        logicalType: annotation), rowCount: 1)
    let body = lengths(0) + lengths(length) + [UInt8](repeating: 7, count: length)
    file.pages = [(.data(DataPageHeader(valueCount: 1, encoding: .deltaByteArray)), body)]
    if length == 16 {
      #expect(try readBatches(try file.bytes(), maxRows: 1)[0].columns[0].count == 1)
    } else {
      let error = #expect(throws: ParquetError.self) {
        _ = try readBatches(try file.bytes(), maxRows: 1)
      }
      #expect(error?.code == .corrupt)
    }
  }

  @Test func `a time past what microseconds reach is not called damage`() throws {
    var file = HandmadeFile(
      element: SchemaElement(
        name: "t", type: .int64, repetition: .required,
        logicalType: .timestamp(isAdjustedToUTC: true, unit: .millis)), rowCount: 1)
    let far = [UInt8](repeating: 0xFF, count: 7) + [0x7F]
    file.pages = [(.data(DataPageHeader(valueCount: 1, encoding: .plain)), far)]
    let error = #expect(throws: ParquetError.self) {
      _ = try readBatches(try file.bytes(), maxRows: 1)
    }
    #expect(error?.code == .unsupported)
    #expect(error?.place.hasPrefix("row group 0, column \"t\", page 0") == true)
  }
}
