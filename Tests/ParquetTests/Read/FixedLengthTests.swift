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
}
