import Base
import Columns

@testable import Parquet

/// Columns and files for the writer's tests.
enum WriteSamples {
  static let types: [DataType] = [
    .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 7, scale: 2),
    .decimal(precision: 18, scale: 0), .decimal(precision: 38, scale: 10), .string, .binary, .date,
    .timestamp, .timestampNtz, .time, .timeNanos, .timestampNanos, .timestampNtzNanos, .uuid,
    .interval,
  ]

  /// How many different values a column has, and how its nulls lie.
  enum Shape: String, CaseIterable, Sendable {
    case few, all, extremes, halfNull, nullRuns, allNull
    /// Every fourth is NaN, of either sign, or null where the type has none.
    case extremesAndNaN
  }

  static func scalars(_ type: DataType, _ shape: Shape, count: Int) -> [Scalar] {
    var random = SeededRandom(seed: UInt64(count) &* 31)
    return (0..<count).map { row -> Scalar in
      switch shape {
      case .few: return value(type, Int64(random.next() % 5))
      case .all: return value(type, Int64(row) &* 7 - 3)
      case .extremes: return extreme(type, row)
      case .extremesAndNaN:
        guard row % 4 == 3 else { return extreme(type, row) }
        guard type == .float || type == .double else { return .null }
        return .double(row % 8 == 3 ? .nan : -.nan)
      case .halfNull: return random.next() % 2 == 0 ? .null : value(type, Int64(random.next() % 50))
      case .nullRuns: return row / 70 % 2 == 1 ? .null : value(type, Int64(row / 3))
      case .allNull: return .null
      }
    }
  }

  static func value(_ type: DataType, _ number: Int64) -> Scalar {
    switch type {
    case .boolean: .boolean(number & 1 == 1)
    case .byte: .integer(Int64(Int8(truncatingIfNeeded: number)))
    case .short: .integer(Int64(Int16(truncatingIfNeeded: number)))
    case .float, .double: .double(Double(number) / 4)
    case .decimal(_, let scale): .decimal(unscaled: Int128(number), scale: scale)
    case .string: .string("row number \(number)")
    case .binary: .binary((0..<Int(abs(number) % 40)).map { UInt8(truncatingIfNeeded: $0) })
    case .date: .date(Int32(number))
    case .timestamp: .timestamp(number &* 1_000_003)
    case .timestampNtz: .timestampNtz(number &* 1_000_003)
    case .timestampNanos: .timestampNanos(number &* 1_000_003)
    case .timestampNtzNanos: .timestampNtzNanos(number &* 1_000_003)
    case .time: .time(abs(number) % 86_400_000_000)
    case .timeNanos: .timeNanos(abs(number) % 86_400_000_000)
    case .uuid: .uuid((0..<16).map { UInt8(truncatingIfNeeded: number >> (($0 % 8) * 8)) })
    case .interval: .interval(months: UInt32(truncatingIfNeeded: number), days: 2, millis: 3)
    default: .integer(number)
    }
  }

  static func extreme(_ type: DataType, _ row: Int) -> Scalar {
    let side = row % 3 - 1
    switch type {
    case .boolean: return .boolean(side > 0)
    case .byte, .short, .integer, .long:
      let range = type.integerRange!
      return .integer(side < 0 ? range.lowerBound : side > 0 ? range.upperBound : 0)
    case .float:
      return .double(Double([-Float.infinity, Float.leastNonzeroMagnitude, .infinity][side + 1]))
    case .double: return .double([-Double.infinity, .leastNonzeroMagnitude, .infinity][side + 1])
    case .decimal(let precision, let scale):
      return .decimal(unscaled: (powerOfTen(precision) - 1) * Int128(side), scale: scale)
    case .string: return .string(["", "\u{10FFFF}\u{10FFFF}", "a\0b"][side + 1])
    case .binary: return .binary([[], [0xFF, 0xFF], [0]][side + 1])
    case .date: return .date([Int32.min, 0, .max][side + 1])
    case .timestamp: return .timestamp([Int64.min, 0, .max][side + 1])
    case .timestampNanos: return .timestampNanos([Int64.min, 0, .max][side + 1])
    case .timestampNtzNanos: return .timestampNtzNanos([Int64.min, 0, .max][side + 1])
    case .time: return .time([0, 1, 86_399_999_999][side + 1])
    case .timeNanos: return .timeNanos([0, 1, 86_399_999_999_999][side + 1])
    case .uuid: return .uuid([UInt8](repeating: [0, 0x7F, 0xFF][side + 1], count: 16))
    case .interval:
      let part: UInt32 = [0, 1, .max][side + 1]
      return .interval(months: part, days: part, millis: part)
    default: return .timestampNtz([Int64.min, 0, .max][side + 1])
    }
  }

  static func batch(_ schema: Schema, _ columns: [[Scalar]]) -> ColumnBatch {
    ColumnBatch(
      schema: schema,
      columns: zip(schema.fields, columns).map { Column($0.type, $1) }, rowCount: columns[0].count)
  }

  /// The row group of `batch`, given to the writer in batches of `batchRows`.
  static func rowGroup(
    _ batch: ColumnBatch, _ options: ParquetWriteOptions, batchRows: Int = .max
  ) throws -> EncodedRowGroup {
    let writer = try RowGroupWriter(schema: batch.schema, options: options)
    return try rowGroup(batch, writer, batchRows: batchRows)
  }

  static func rowGroup(
    _ batch: ColumnBatch, _ writer: RowGroupWriter, batchRows: Int = .max
  ) throws -> EncodedRowGroup {
    var row = 0
    while row < batch.rowCount {
      let end = row + min(batchRows, batch.rowCount - row)
      try writer.append(batch.slice(row..<end))
      row = end
    }
    return try writer.finish()
  }

  /// A file of these row groups.
  static func file(
    _ batches: [ColumnBatch], schema: Schema, _ options: ParquetWriteOptions
  ) throws -> (reader: ReferenceReader, assembler: FileAssembler) {
    var assembler = try FileAssembler(schema: schema, options: options)
    let writer = try RowGroupWriter(schema: schema, options: options)
    var parts = [assembler.header()]
    for batch in batches { parts += assembler.add(try rowGroup(batch, writer, batchRows: 2048)) }
    parts.append(try assembler.footer())
    return (try ReferenceReader(parts, schema: schema), assembler)
  }

  static func bytes(_ group: EncodedRowGroup) -> [UInt8] { group.parts.flatMap { Array($0) } }

  /// Whether both are the same bytes, without printing them all where they are not.
  static func areSame(_ a: EncodedRowGroup, _ b: EncodedRowGroup) -> Bool {
    a.parts.count == b.parts.count && zip(a.parts, b.parts).allSatisfy { $0 == $1 }
  }
}

extension Scalar {
  /// With floats as their bits: NaN is the same as itself, and zeros differ by their sign.
  var bits: Scalar {
    switch self {
    case .double(let value): .integer(Int64(bitPattern: value.bitPattern))
    case .structure(let fields): .structure(fields.map { NamedScalar($0.name, $0.value.bits) })
    case .array(let elements): .array(elements.map(\.bits))
    case .map(let entries): .map(entries.map { ScalarEntry($0.key.bits, $0.value.bits) })
    default: self
    }
  }
}
