import Base
import Columns
import Foundation
import Testing

@testable import Parquet

private let folder = (sharedData ?? "") + "/parquet-testing/variant/"

/// One variant that is not shredded, as text.
private func text(_ metadata: [UInt8], _ value: [UInt8]) throws(ParquetError) -> String? {
  let column = try variantColumn(
    metadata: Column(.binary, [.binary(metadata)]), value: Column(.binary, [.binary(value)]),
    typed: nil, validity: nil, place: ParquetPlace())
  guard case .string(let text) = column[0] else { return nil }
  return text
}

private let samples: [(String, String)] = [
  ("array_empty", "[]"),
  (
    "array_nested",
    #"[{"id":1,"thing":{"names":["Contrarian","Spider"]}},null,"#
      + #"{"id":2,"names":["Apple","Ray",null],"type":"if"}]"#
  ),
  ("array_primitive", "[2,1,5,9]"), ("object_empty", "{}"),
  (
    "object_nested",
    #"{"id":1,"observation":{"location":"In the Volcano","time":"12:34:56","#
      + #""value":{"humidity":456,"temperature":123}},"#
      + #""species":{"name":"lava monster","population":6789}}"#
  ),
  (
    "object_primitive",
    #"{"boolean_false_field":false,"boolean_true_field":true,"double_field":1.23456789,"#
      + #""int_field":1,"null_field":null,"string_field":"Apache Parquet","#
      + #""timestamp_field":"2025-04-16T12:34:56.78"}"#
  ),
  ("primitive_binary", #""AxM33q2+78r+""#), ("primitive_boolean_false", "false"),
  ("primitive_boolean_true", "true"), ("primitive_date", #""2025-04-16""#),
  ("primitive_decimal16", "12345678912345678.90"), ("primitive_decimal4", "12.34"),
  ("primitive_decimal8", "12345678.90"), ("primitive_double", "1234567890.1234"),
  ("primitive_float", "1.234568e+09"), ("primitive_int16", "1234"),
  ("primitive_int32", "123456"), ("primitive_int64", "1234567890123456789"),
  ("primitive_int8", "42"), ("primitive_null", "null"),
  (
    "primitive_string",
    #""This string is longer than 64 bytes and therefore does not fit in a short_string and it "#
      + "also includes several non ascii characters such as \u{1F422}, \u{1F496}, "
      + "\u{2665}\u{FE0F}, \u{1F3A3} and \u{1F926}!!\""
  ),
  ("primitive_time", #""12:33:54.123456""#),
  ("primitive_timestamp", #""2025-04-16T16:34:56.78Z""#),
  ("primitive_timestampntz", #""2025-04-16T12:34:56.78""#),
  ("primitive_timestamp_nanos", #""2024-11-07T12:33:54.123456789Z""#),
  ("primitive_timestampntz_nanos", #""2024-11-07T12:33:54.123456789""#),
  ("primitive_uuid", #""f24f9b64-81fa-49d1-b74e-8c09a6e31c56""#),
  ("short_string", "\"Less than 64 bytes (\u{2764}\u{FE0F} with utf8)\""),
]

@Suite("VARIANT: values") struct VariantValueTests {
  @Test(.enabled(if: sharedData != nil), arguments: samples)
  func `a sample of the format's own`(name: String, json: String) throws {
    let metadata = Array(try readBytes(folder + name + ".metadata"))
    let value = Array(try readBytes(folder + name + ".value"))
    #expect(try text(metadata, value) == json)
  }

  @Test(.enabled(if: sharedData != nil), arguments: samples)
  func `every truncation and changed byte is an error or a text`(
    name: String, json: String
  ) throws {
    let metadata = Array(try readBytes(folder + name + ".metadata"))
    let value = Array(try readBytes(folder + name + ".value"))
    for length in 0..<value.count {
      #expect(throws: ParquetError.self) { try text(metadata, Array(value[..<length])) }
    }
    for index in value.indices {
      for byte in [0, 1, 2, 3, 0x7F, 0xFF, value[index] ^ 0x10] as [UInt8] {
        var changed = value
        changed[index] = byte
        _ = try? text(metadata, changed)
      }
    }
    for index in metadata.indices {
      _ = try? text(Array(metadata[..<index]), value)
      for byte in [0, 1, 0x7F, 0xFF] as [UInt8] {
        var changed = metadata
        changed[index] = byte
        _ = try? text(changed, value)
      }
    }
  }

  private let empty: [UInt8] = [1, 0, 0]

  @Test func `what JSON has no number for is a string`() throws {
    let nan = [0x1C] + [0, 0, 0, 0, 0, 0, 0xF8, 0x7F] as [UInt8]
    #expect(try text(empty, nan) == #""NaN""#)
    #expect(try text(empty, [0x38, 0, 0, 0x80, 0xFF]) == #""-Infinity""#)
    #expect(try text(empty, [0x38, 0, 0, 0, 0x80]) == "-0.0")
  }

  @Test func `strings are escaped, and have to be UTF-8`() throws {
    #expect(try text(empty, [0x15, 34, 92, 10, 1, 31]) == #""\"\\\n\u0001\u001f""#)
    #expect(throws: ParquetError.self) { try text(empty, [0x05, 0xFF]) }
  }

  @Test func `a newer version or type is named`() throws {
    let version = #expect(throws: ParquetError.self) { try text([2, 0, 0], [0]) }
    #expect(version?.code == .unsupported)
    #expect(version?.message.contains("version 2") == true)
    let type = #expect(throws: ParquetError.self) { try text(empty, [21 << 2]) }
    #expect(type?.code == .unsupported)
    #expect(type?.message.contains("type 21") == true)
  }

  @Test func `fields out of order are read, repeated ones are refused`() throws {
    let names: [UInt8] = [1, 2, 0, 1, 2, 97, 98]
    #expect(try text(names, [2, 2, 1, 0, 0, 2, 4, 12, 5, 12, 6]) == #"{"b":5,"a":6}"#)
    #expect(throws: ParquetError.self) { try text(names, [2, 2, 1, 1, 0, 2, 4, 12, 5, 12, 6]) }
    // Values may stand in another order than their fields.
    #expect(try text(names, [2, 2, 0, 1, 2, 0, 4, 12, 5, 12, 6]) == #"{"a":6,"b":5}"#)
  }

  @Test func `rows that share a value do not become endless text`() throws {
    let array: [UInt8] = [3, 3, 0, 3, 6, 9] + [2, 0, 0, 2, 0, 0, 2, 0, 0]
    #expect(try text(empty, array) == "[{},{},{}]")
    let rows = 2000
    let shared = Column(.binary, [.binary(array)])
    guard case .bytes(let slots, let data) = shared.values else { return }
    let value = Column(
      type: .binary, values: .bytes(Buffer(repeating: slots[0], count: rows), data: data))
    let metadata = Column(.binary, [Scalar](repeating: .binary(empty), count: rows))
    let error = #expect(throws: ParquetError.self) {
      try variantColumn(
        metadata: metadata, value: value, typed: nil, validity: nil, place: ParquetPlace(),
        textMaxBytes: 10_000)
    }
    #expect(error?.code == .unsupported)
  }

  @Test func `a value that is its own part many times over is refused in no time`() throws {
    // Each array says that all its 200 elements are the array that follows.
    var value: [UInt8] = [0]
    for _ in 0..<20 {
      let size = UInt32(value.count)
      let offsets = [UInt32](repeating: 0, count: 200) + [size]
      value =
        [0x0F, 200]
        + offsets.flatMap { offset in
          (0..<4).map { UInt8(truncatingIfNeeded: offset >> UInt32(8 * $0)) }
        } + value
    }
    #expect(throws: ParquetError.self) { try text(empty, value) }
  }

  @Test func `nesting and length have their limits`() throws {
    func nested(_ depth: Int) -> [UInt8] {
      var value: [UInt8] = [0]
      for _ in 0..<depth {
        let size = UInt32(value.count)
        value =
          [0x0F, 1, 0, 0, 0, 0]
          + (0..<4).map { UInt8(truncatingIfNeeded: size >> UInt32(8 * $0)) } + value
      }
      return value
    }
    let deep = Limits.jsonDepth - 1
    #expect(
      try text(empty, nested(deep))
        == String(repeating: "[", count: deep) + "null" + String(repeating: "]", count: deep))
    let error = #expect(throws: ParquetError.self) { try text(empty, nested(deep + 1)) }
    #expect(error?.code == .unsupported)
    // A long name, thousands of times.
    let name = [UInt8](repeating: 97, count: 60_000)
    let metadata = [0xC1, 1, 0, 0, 0, 0, 0, 0, 0, 0x60, 0xEA, 0, 0] + name
    let object: [UInt8] = [2, 1, 0, 0, 1, 0]
    let count = 5000
    var array: [UInt8] = [0x1F]
    func append(_ number: Int) {
      for byte in 0..<4 { array.append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
    }
    append(count)
    for index in 0...count { append(index * object.count) }
    for _ in 0..<count { array += object }
    let long = #expect(throws: ParquetError.self) { try text(metadata, array) }
    #expect(long?.code == .unsupported)
  }
}

private let pair = [Field("value", .binary), Field("typed_value", .integer)]
private let textPair = [Field("value", .binary), Field("typed_value", .string)]

private func bytes(_ value: [UInt8]?) -> Scalar { value.map { .binary($0) } ?? .null }

private func group(_ value: [UInt8]?, _ typed: Scalar) -> Scalar {
  .structure([NamedScalar("value", bytes(value)), NamedScalar("typed_value", typed)])
}

/// The names a and b.
private let names: [UInt8] = [0x11, 2, 0, 1, 2, 97, 98]

private func shredded(
  _ type: DataType, _ rows: [([UInt8]?, Scalar)], validity: Bitmap? = nil
) throws(ParquetError) -> [Scalar] {
  let column = try variantColumn(
    metadata: Column(.binary, rows.map { _ in .binary(names) }),
    value: Column(.binary, rows.map { bytes($0.0) }), typed: Column(type, rows.map(\.1)),
    validity: validity, place: ParquetPlace())
  return column.scalars
}

@Suite("VARIANT: shredded") struct ShreddedVariantTests {
  private static let scalars: [(DataType, Scalar, String)] = [
    (.boolean, .boolean(true), "true"), (.byte, .integer(-3), "-3"),
    (.short, .integer(300), "300"), (.integer, .integer(34), "34"),
    (.long, .integer(1 << 40), "1099511627776"), (.float, .double(0.5), "0.5"),
    (.double, .double(-14.3), "-14.3"), (.double, .double(.infinity), #""Infinity""#),
    (.decimal(precision: 9, scale: 4), .decimal(unscaled: -123_456_789, scale: 4), "-12345.6789"),
    (.decimal(precision: 30, scale: 2), .decimal(unscaled: 5, scale: 2), "0.05"),
    (.date, .date(20_034), #""2024-11-07""#), (.time, .time(45_234_123_456), #""12:33:54.123456""#),
    (.timestamp, .timestamp(1_730_982_834_123_456), #""2024-11-07T12:33:54.123456Z""#),
    (.timestampNtz, .timestampNtz(1_730_982_834_000_000), #""2024-11-07T12:33:54""#),
    (
      .timestampNanos, .timestampNanos(1_730_982_834_123_456_789),
      #""2024-11-07T12:33:54.123456789Z""#
    ),
    (.timestampNtzNanos, .timestampNtzNanos(1), #""1970-01-01T00:00:00.000000001""#),
    (.string, .string("a\"b"), #""a\"b""#), (.binary, .binary([1]), #""AQ==""#),
    (.binary, .binary([1, 2]), #""AQI=""#), (.binary, .binary([]), #""""#),
    (
      .uuid, .uuid((0..<16).map { UInt8($0) }), #""00010203-0405-0607-0809-0a0b0c0d0e0f""#
    ),
  ]

  @Test(arguments: scalars) func `a scalar of every type, one of another, none`(
    type: DataType, value: Scalar, json: String
  ) throws {
    let rows = try shredded(type, [(nil, value), ([0x05, 120], .null), (nil, .null)])
    #expect(rows == [.string(json), .string(#""x""#), .string("null")])
  }

  @Test func `rows without a variant are null`() throws {
    let rows = try shredded(
      .integer, [(nil, .integer(1)), (nil, .null)], validity: Bitmap([true, false]))
    #expect(rows == [.string("1"), .null])
  }

  @Test func `value and typed_value contradict each other`() throws {
    #expect(throws: ParquetError.self) { try shredded(.integer, [([0x05, 120], .integer(1))]) }
  }

  private static let array = DataType.array(element: .structure(textPair), containsNull: false)

  @Test func `arrays hold typed elements, others and nulls`() throws {
    let rows = try shredded(
      Self.array,
      [
        (nil, .array([group(nil, .string("x")), group([0x0C, 9], .null), group([0], .null)])),
        (nil, .array([])), ([0x0C, 7], .null), (nil, .array([group(nil, .null)])),
      ])
    #expect(
      rows == [.string(#"["x",9,null]"#), .string("[]"), .string("7"), .string("[null]")])
    #expect(throws: ParquetError.self) {
      try shredded(Self.array, [(nil, .array([group([0x0C, 9], .string("x"))]))])
    }
    #expect(throws: ParquetError.self) { try shredded(Self.array, [([0x0C, 9], .array([]))]) }
  }

  private static let object = DataType.structure([
    Field("b", .structure(textPair), nullable: false), Field("a", .structure(pair)),
  ])

  private func object(b: Scalar, a: Scalar) -> Scalar {
    .structure([NamedScalar("b", b), NamedScalar("a", a)])
  }

  @Test func `objects have their fields in order, without the missing ones`() throws {
    let none = group(nil, .null)
    let rows = try shredded(
      Self.object,
      [
        (nil, object(b: group(nil, .string("x")), a: group(nil, .integer(1)))),
        (nil, object(b: group([0], .null), a: none)), (nil, object(b: none, a: none)),
        (nil, object(b: none, a: .null)), ([0x0C, 5], .null),
      ])
    #expect(
      rows == [
        .string(#"{"a":1,"b":"x"}"#), .string(#"{"b":null}"#), .string("{}"), .string("{}"),
        .string("5"),
      ])
  }

  @Test func `the rest of a partly shredded object joins in`() throws {
    let type = DataType.structure([Field("a", .structure(pair), nullable: false)])
    func a(_ value: Scalar) -> Scalar { .structure([NamedScalar("a", group(nil, value))]) }
    let rest: [UInt8] = [2, 1, 1, 0, 2, 12, 5]
    let rows = try shredded(
      type, [(rest, a(.integer(1))), (rest, a(.null)), ([2, 0, 0], a(.null))])
    #expect(rows == [.string(#"{"a":1,"b":5}"#), .string(#"{"b":5}"#), .string("{}")])
    // The same field in both; a value that is no object.
    #expect(throws: ParquetError.self) {
      try shredded(type, [([2, 1, 0, 0, 2, 12, 5], a(.integer(1)))])
    }
    #expect(throws: ParquetError.self) { try shredded(type, [([0x0C, 5], a(.integer(1)))]) }
    #expect(throws: ParquetError.self) { try shredded(type, [([0], a(.null))]) }
  }

  @Test func `types that nothing is shredded as are refused`() throws {
    let error = #expect(throws: ParquetError.self) {
      try shredded(.interval, [(nil, .interval(months: 1, days: 1, millis: 1))])
    }
    #expect(error?.code == .unsupported)
  }
}
