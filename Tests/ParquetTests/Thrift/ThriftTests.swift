import Base
import Testing

@testable import Parquet

private struct Sample: ThriftReadable, ThriftWritable, Equatable {
  var flag = false
  var number: Int64 = 0
  var text = ""
  var list: [Int64] = []

  init() {}

  init(from reader: inout ThriftReader) throws(DecodingFault) {
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: flag = try reader.readBool(field)
      case 2: number = try reader.readInt64(field)
      case 40: text = try reader.readString(field)
      case 41: list = try reader.readInt64List(field)
      default: try reader.skip(field)
      }
    }
  }

  func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, flag)
    writer.field(2, number)
    writer.field(40, text)
    writer.field(41, list: list)
  }
}

private func decode(_ bytes: [UInt8]) throws -> Sample {
  let buffer = Buffer(bytes)
  var reader = ThriftReader(buffer.bytes)
  return try Sample(from: &reader)
}

@Suite("Thrift compact protocol") struct ThriftTests {
  @Test func `headers are as the protocol says`() {
    var sample = Sample()
    sample.flag = true
    sample.number = -3
    sample.text = "ab"
    sample.list = [1, -1]
    var writer = ThriftWriter()
    writer.write(sample)
    #expect(
      Array(writer.take()) == [
        0x11,  // field 1, true
        0x16, 5,  // field 2, i64 zigzag -3
        0x08, 80, 2, 0x61, 0x62,  // field 40 with its id spelled out, binary
        0x19, 0x26, 2, 1,  // field 41, list of two i64
        0,
      ])
  }

  @Test(arguments: [0, 1, 14, 15, 16, 1000]) func `lists of every size class come back`(
    count: Int
  ) throws {
    var sample = Sample()
    sample.list = (0..<count).map { Int64($0) &* -7_777_777_777 }
    var writer = ThriftWriter()
    writer.write(sample)
    #expect(try decode(Array(writer.take())) == sample)
  }

  @Test func `unknown fields of every type are passed over`() throws {
    let unknown: [UInt8] = [
      0x31,  // field 3, true
      0x13, 9,  // i8
      0x14, 9, 0x15, 9, 0x16, 0x80, 0x01,  // i16, i32, i64
      0x17, 1, 2, 3, 4, 5, 6, 7, 8,  // double
      0x18, 2, 1, 1,  // binary
      0x19, 0x2C, 0x15, 2, 0, 0,  // list of two structs
      0x1A, 0x12, 1,  // set of one boolean
      0x1B, 1, 0x85, 1, 0x61, 4,  // map of one binary to i32
      0x1B, 0,  // empty map
      0x1C, 0x11, 0,  // struct
      0x06, 4, 14,  // field 2, id spelled out, i64 7
      0,
    ]
    #expect(try decode(unknown).number == 7)
  }

  @Test func `every truncation throws`() throws {
    var sample = Sample()
    sample.text = "some text"
    sample.list = Array(0..<20)
    var writer = ThriftWriter()
    writer.write(sample)
    let bytes = Array(writer.take())
    for count in 0..<bytes.count {
      #expect(throws: DecodingFault.self) { try decode(Array(bytes[0..<count])) }
    }
  }

  @Test func `nesting past the limit throws`() {
    let structs = [UInt8](repeating: 0x1C, count: 100_000)
    #expect(throws: DecodingFault.self) { try decode([0x3C] + structs) }
    let lists = [UInt8](repeating: 0x19, count: 100_000)
    #expect(throws: DecodingFault.self) { try decode([0x39] + lists) }
  }

  @Test(
    arguments: [
      [0x08, 80, 0xFF, 0xFF, 0xFF, 0xFF, 0x07],  // a string of 2 GiB
      [0x09, 82, 0xF6, 0xFF, 0xFF, 0xFF, 0xFF, 0x07],  // a list of 2 G elements
      [0x09, 82, 0xF6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
      [0x1E, 0],  // no such type
    ] as [[UInt8]])
  func `lying lengths throw`(bytes: [UInt8]) {
    #expect(throws: DecodingFault.self) { try decode(bytes) }
  }
}
