import Base
import Columns
import Compression
import Parquet

extension HostileFile {
  /// What Grebe writes for newer readers and no other writer does: ALP, VARIANT, V2 pages, page
  /// indexes with everything in them. Nil when it cannot be written.
  static let modern = try? HostileFile(name: "grebe-modern", bytes: modernBytes())

  private static let modernSchema = Schema([
    Field("d", .double, nullable: false), Field("u", .uuid), Field("v", .string),
    Field("b", .boolean),
  ])

  private static func modernRow(_ row: Int) -> [Scalar] {
    let isNull = row % 7 == 3
    return [
      .double(Double(row * 37) / 100),
      isNull ? .null : .uuid((0..<16).map { UInt8(row * $0 & 0xFF) }),
      .string(row % 3 == 0 ? "\(row)" : #"{"a":[\#(row),"x"]}"#),
      isNull ? .null : .boolean(row % 4 < 2),
    ]
  }

  /// No checksums and no codec: damage is to reach what is behind them.
  private static func modernBytes() throws -> [UInt8] {
    var options = ParquetWriteOptions()
    options.profile = .modern
    options.codec = .none
    options.writesCRC = false
    options.usesDictionary = false
    options.encodingSavingMinBytes = 0
    options.pageRowCount = 8
    options.createdBy = "grebe"
    options.storage = ["v": ColumnStorage(.variant)]
    let schema = modernSchema
    let rows = (0..<16).map(modernRow)
    let batch = NestedSamples.batch(schema, rows)
    return try RoundTripTests.parts([batch], schema, options).flatMap { Array($0) }
  }
}
