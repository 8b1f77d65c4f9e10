import Base
import Testing

@Suite("Byte reader and writer") struct ByteCursorTests {
  @Test(arguments: [0, 1, 127, 128, 300, 1 << 32, UInt64.max])
  func `a varint reads back, and every cut of it is refused`(_ value: UInt64) throws {
    var writer = ByteWriter()
    writer.appendULEB128(value)
    let bytes = writer.freeze()
    var reader = ByteReader(bytes.bytes)
    #expect(try reader.readULEB128() == value)
    let isAtEnd = reader.isAtEnd
    #expect(isAtEnd)
    for cut in 0..<bytes.count {
      let short = bytes.slice(0..<cut)
      #expect(throws: DecodingFault.self) {
        var reader = ByteReader(short.bytes)
        _ = try reader.readULEB128()
      }
    }
  }

  @Test(arguments: [0, -1, 1, -64, 64, Int64.min, Int64.max])
  func `a zigzag varint reads back`(_ value: Int64) throws {
    var writer = ByteWriter()
    writer.appendZigZag(value)
    let bytes = writer.freeze()
    var reader = ByteReader(bytes.bytes)
    #expect(try reader.readZigZag() == value)
  }

  @Test func `a varint over its limit or over 64 bits is refused`() {
    let eleven = Buffer<UInt8>([UInt8](repeating: 0xFF, count: 10) + [1])
    #expect(throws: DecodingFault.outOfRange(offset: 0)) {
      var reader = ByteReader(eleven.bytes)
      _ = try reader.readULEB128()
    }
    let twoHundred = Buffer<UInt8>([0xC8, 0x01])
    #expect(throws: DecodingFault.outOfRange(offset: 0)) {
      var reader = ByteReader(twoHundred.bytes)
      _ = try reader.readULEB128(max: 199)
    }
  }

  @Test func `integers are little-endian and checked against the end`() throws {
    let bytes = Buffer<UInt8>([1, 2, 3, 4, 5])
    var reader = ByteReader(bytes.bytes)
    #expect(try reader.readInteger(UInt32.self) == 0x0403_0201)
    #expect(throws: DecodingFault.truncated(offset: 4)) {
      var reader = ByteReader(bytes.bytes, at: 4)
      _ = try reader.readInteger(UInt16.self)
    }
  }
}

@Suite("CRC-32") struct CRC32Tests {
  @Test(arguments: [("", 0), ("a", 0xE8B7_BE43), ("123456789", 0xCBF4_3926)])
  func `the published check values hold for`(_ text: String, _ expected: Int) {
    let bytes = Buffer(Array(text.utf8))
    #expect(CRC32().checksum(bytes.bytes) == UInt32(expected))
  }

  @Test func `a checksum continues over a split`() {
    let bytes = Buffer((0..<100).map { UInt8($0) })
    let crc = CRC32()
    for split in 0...100 {
      let first = crc.checksum(bytes.slice(0..<split).bytes)
      #expect(
        crc.checksum(bytes.slice(split..<100).bytes, seed: first) == crc.checksum(bytes.bytes))
    }
  }
}
