import Base
import Columns
import Testing

@testable import Parquet

/// A type whose numbers are stored as ones that go further, and where it ends.
struct Bounded: Sendable, CustomTestStringConvertible {
  let annotation: LogicalType
  var type = ParquetType.int32
  let range: ClosedRange<Int64>
  var testDescription: String { "\(annotation) as \(type.name)" }

  private static let day: Int64 = 86_400

  static let all: [Bounded] = [
    Bounded(annotation: .integer(bitWidth: 8, isSigned: true), range: -128...127),
    Bounded(annotation: .integer(bitWidth: 8, isSigned: false), range: 0...255),
    Bounded(annotation: .integer(bitWidth: 16, isSigned: true), range: -32_768...32_767),
    Bounded(annotation: .integer(bitWidth: 16, isSigned: false), range: 0...65_535),
    Bounded(annotation: .decimal(scale: 1, precision: 3), range: -999...999),
    Bounded(
      annotation: .decimal(scale: 0, precision: 9), range: -999_999_999...999_999_999),
    Bounded(annotation: .decimal(scale: 0, precision: 1), type: .int64, range: -9...9),
    Bounded(
      annotation: .decimal(scale: 2, precision: 18), type: .int64,
      range: -999_999_999_999_999_999...999_999_999_999_999_999),
    Bounded(
      annotation: .decimal(scale: 0, precision: 4), type: .fixedLengthByteArray,
      range: -9999...9999),
    Bounded(
      annotation: .time(isAdjustedToUTC: true, unit: .millis), range: 0...day * 1000),
    Bounded(
      annotation: .time(isAdjustedToUTC: false, unit: .micros), type: .int64,
      range: 0...day * 1_000_000),
    Bounded(
      annotation: .time(isAdjustedToUTC: false, unit: .nanos), type: .int64,
      range: 0...day * 1_000_000_000),
  ]

  /// The stored type's ends where they are outside, too: differences to them wrap.
  var outside: [Int64] {
    let ends: [Int64] = type == .int32 ? [Int64(Int32.min), Int64(Int32.max)] : [.min, .max]
    return [range.lowerBound - 1, range.upperBound + 1] + ends
  }

  func bytes(_ value: Int64) -> [UInt8] {
    switch type {
    case .int32: (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    case .int64: (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    default: (0..<8).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
  }

  /// `values` on a page, or on a dictionary page and asked for from there.
  func file(_ values: [Int64], usesDictionary: Bool) throws -> Buffer<UInt8> {
    var file = HandmadeFile(
      element: SchemaElement(
        name: "n", type: type, typeLength: type == .fixedLengthByteArray ? 8 : nil,
        repetition: .required, logicalType: annotation), rowCount: values.count)
    let body = values.flatMap { bytes($0) }
    let count = Int32(values.count)
    if usesDictionary {
      precondition(values.count <= 8)
      let indices = (0..<values.count).reduce(0 as UInt32) { $0 | UInt32($1) << (3 * $1) }
      file.pages = [
        (.dictionary(DictionaryPageHeader(valueCount: count)), body),
        (
          .data(DataPageHeader(valueCount: count, encoding: .rleDictionary)),
          [3, 3] + (0..<3).map { UInt8(truncatingIfNeeded: indices >> (8 * $0)) }
        ),
      ]
    } else {
      file.pages = [(.data(DataPageHeader(valueCount: count, encoding: .plain)), body)]
    }
    return try file.bytes()
  }
}

@Suite("Row groups: numbers that their type does not hold") struct SlotRangeTests {
  @Test(arguments: Bounded.all, [false, true])
  func `the first and the last number of a type are read`(
    _ type: Bounded, _ usesDictionary: Bool
  ) throws {
    let values = [type.range.lowerBound, 0, 1, type.range.upperBound]
    let file = try type.file(values, usesDictionary: usesDictionary)
    #expect(try readBatches(file)[0].columns[0].scalars.allSatisfy { $0 != .null })
  }

  @Test(arguments: Bounded.all, [false, true])
  func `one beyond is corrupt, and where is said`(
    _ type: Bounded, _ usesDictionary: Bool
  ) throws {
    for value in type.outside {
      let file = try type.file([0, value, 1], usesDictionary: usesDictionary)
      let error = #expect(throws: ParquetError.self, "\(value)") { try readBatches(file) }
      #expect(error?.code == .corrupt)
      #expect(error?.message == "a number that the column's type does not hold")
      #expect(error?.place.hasPrefix("row group 0, column \"n\", page 0") == true)
    }
  }

  /// Where the stored type ends first there is nothing to check.
  @Test(arguments: [
    Bounded(
      annotation: .integer(bitWidth: 32, isSigned: true),
      range: Int64(Int32.min)...Int64(Int32.max)),
    Bounded(
      annotation: .decimal(scale: 0, precision: 10), range: Int64(Int32.min)...Int64(Int32.max)),
    Bounded(
      annotation: .decimal(scale: 0, precision: 19), type: .int64, range: .min ... .max),
    Bounded(annotation: .date, range: Int64(Int32.min)...Int64(Int32.max)),
    Bounded(
      annotation: .integer(bitWidth: 64, isSigned: false), type: .int64, range: .min ... .max),
  ]) func `types that hold every number take no check`(_ type: Bounded) throws {
    let file = try type.file(
      [type.range.lowerBound, type.range.upperBound], usesDictionary: false)
    #expect(try readBatches(file)[0].columns[0].count == 2)
    let element = SchemaElement(name: "n", type: type.type, logicalType: type.annotation)
    #expect(SlotRange(try LeafMapping(element), storedAs: element) == nil)
  }

  @Test func `decimals of 38 digits end before their bytes do`() throws {
    let limit = powerOfTen(38)
    for (value, isRead) in [(limit - 1, true), (limit, false), (1 - limit, true), (-limit, false)] {
      var file = HandmadeFile(
        element: SchemaElement(
          name: "d", type: .fixedLengthByteArray, typeLength: 16, repetition: .required,
          logicalType: .decimal(scale: 0, precision: 38)), rowCount: 1)
      let bytes = (0..<16).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
      file.pages = [(.data(DataPageHeader(valueCount: 1, encoding: .plain)), bytes)]
      let read = try? readBatches(try file.bytes())
      #expect((read != nil) == isRead, "\(value)")
    }
  }
}
