import Base
import Testing

@testable import Ingest

/// `input` as UTF-8, taken in pieces of `pieceBytes`.
private func transcoded(
  _ input: [UInt8], _ encoding: TextEncoding, pieceBytes: Int
) throws -> [UInt8] {
  let transcoder = try Transcoder(encoding)
  var output = BufferBuilder<UInt8>()
  var start = 0
  var end = 0
  while start < input.count {
    end = min(end + pieceBytes, input.count)
    start += transcoder.transcode(
      Buffer(Array(input[start..<end])).bytes, into: &output, isEnd: end == input.count)
  }
  return [UInt8](output.take())
}

private func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
  text.utf16.flatMap { unit in
    let bytes = [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)]
    return bigEndian ? bytes.reversed() : bytes
  }
}

private func utf32(_ text: String, bigEndian: Bool) -> [UInt8] {
  text.unicodeScalars.flatMap { scalar in
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: scalar.value >> ($0 * 8)) }
    return bigEndian ? bytes.reversed() : bytes
  }
}

@Suite("Text encodings") struct TranscoderTests {
  private let text = "id,Größe\n1,€ 5 – “süß”\n2,日本語\n3,😀\n"

  @Test(arguments: [1, 2, 3, 5, 1000], [false, true])
  func `UTF-16 becomes UTF-8 in pieces of any size`(pieceBytes: Int, bigEndian: Bool) throws {
    let encoding = bigEndian ? TextEncoding.utf16BigEndian : .utf16LittleEndian
    let result = try transcoded(
      utf16(text, bigEndian: bigEndian), encoding, pieceBytes: pieceBytes)
    #expect(String(decoding: result, as: UTF8.self) == text)
  }

  @Test(arguments: [1, 2, 3, 5, 1000], [false, true])
  func `UTF-32 becomes UTF-8 in pieces of any size`(pieceBytes: Int, bigEndian: Bool) throws {
    let encoding = bigEndian ? TextEncoding.utf32BigEndian : .utf32LittleEndian
    let result = try transcoded(
      utf32(text, bigEndian: bigEndian), encoding, pieceBytes: pieceBytes)
    #expect(String(decoding: result, as: UTF8.self) == text)
  }

  @Test func `Windows-1252 has Microsoft's characters and those of Latin-1`() throws {
    let input: [UInt8] = [0x41, 0x80, 0x96, 0xE9, 0xFF, 0x8D]
    let result = try transcoded(input, .windows1252, pieceBytes: 1)
    #expect(String(decoding: result, as: UTF8.self) == "A€–éÿ\u{8D}")
  }

  @Test(arguments: [1, 2, 3, 1000])
  func `the C library's encodings work in pieces of any size`(pieceBytes: Int) throws {
    let encoding = try #require(TextEncoding(name: "GB18030"))
    let input: [UInt8] = [0xC4, 0xE3, 0xBA, 0xC3, 0x2C, 0x31, 0x0A]  // 你好,1
    let result = try transcoded(input, encoding, pieceBytes: pieceBytes)
    #expect(String(decoding: result, as: UTF8.self) == "你好,1\n")
  }

  @Test(arguments: [1, 1000])
  func `a character that the C library holds back is written at the end`(pieceBytes: Int) throws {
    let encoding = try #require(TextEncoding(name: "CP1258"))
    let result = try transcoded(Array("1,An".utf8), encoding, pieceBytes: pieceBytes)
    #expect(String(decoding: result, as: UTF8.self) == "1,An")
  }

  @Test func `what is no character becomes a byte that no UTF-8 holds`() throws {
    let lone: [UInt8] = [0x41, 0x00, 0x3D, 0xD8, 0x42, 0x00, 0x3D, 0xD8, 0x43]
    let result = try transcoded(lone, .utf16LittleEndian, pieceBytes: 3)
    #expect(result == [0x41, 0xFF, 0x42, 0xFF, 0xFF])
    let japanese = try #require(TextEncoding(name: "EUC-JP"))
    #expect(
      try transcoded([0x41, 0xFF, 0x42, 0xA4], japanese, pieceBytes: 4) == [
        0x41, 0xFF, 0x42, 0xFF,
      ])
  }

  @Test func `names are known in their usual spellings`() {
    #expect(TextEncoding(name: "UTF8") == .utf8)
    #expect(TextEncoding(name: "ISO-8859-1") == .windows1252)
    #expect(TextEncoding(name: "utf-16le") == .utf16LittleEndian)
    #expect(TextEncoding(name: "Shift_JIS") == .named("Shift_JIS"))
    #expect(TextEncoding(name: "klingon") == nil)
    #expect(TextEncoding(name: "") == nil)
  }
}

@Suite("Text encodings: detection") struct DetectedEncodingTests {
  private func encoding(_ bytes: [UInt8], isWhole: Bool = false) -> TextEncoding {
    DetectedEncoding(sample: Buffer(bytes), isWholeInput: isWhole).encoding
  }

  @Test func `a byte-order mark decides`() {
    #expect(encoding([0xFF, 0xFE, 0x41, 0x00]) == .utf16LittleEndian)
    #expect(encoding([0xFE, 0xFF, 0x00, 0x41]) == .utf16BigEndian)
    #expect(encoding([0xFF, 0xFE, 0, 0, 0x41, 0, 0, 0]) == .utf32LittleEndian)
    #expect(encoding([0, 0, 0xFE, 0xFF, 0, 0, 0, 0x41]) == .utf32BigEndian)
    #expect(encoding([0xEF, 0xBB, 0xBF, 0xE9]) == .utf8)
  }

  @Test func `zeros at every other byte are UTF-16`() {
    #expect(encoding(utf16("id,name\n1,x\n", bigEndian: false)) == .utf16LittleEndian)
    #expect(encoding(utf16("id,name\n1,x\n", bigEndian: true)) == .utf16BigEndian)
    #expect(encoding([0x41, 0x00, 0x42, 0x43, 0x44, 0x00, 0x2C, 0x31]) == .utf8)
  }

  @Test func `zeros at three bytes of four are UTF-32`() {
    #expect(encoding(utf32("id,name\n1,x\n", bigEndian: false)) == .utf32LittleEndian)
    #expect(encoding(utf32("id,name\n1,x\n", bigEndian: true)) == .utf32BigEndian)
    #expect(encoding([UInt8](repeating: 0, count: 64)) == .utf8)
  }

  @Test func `bytes that UTF-8 does not explain are Windows-1252`() {
    #expect(encoding(Array("caf".utf8) + [0xE9, 0x2C] + Array("1,2,3".utf8)) == .windows1252)
  }

  @Test func `damage in a UTF-8 text does not change its encoding`() {
    let text = Array("Größe,süß,日本\n".utf8)
    #expect(encoding(text + [0xE9, 0x2C] + text) == .utf8)
    #expect(encoding(Array("plain,text\n".utf8)) == .utf8)
    #expect(encoding(Array("plain,".utf8) + [0xFF, 0x2C] + Array("text\n".utf8)) == .utf8)
    #expect(encoding([]) == .utf8)
  }

  @Test(arguments: [false, true])
  func `a character that is cut off at the end tells nothing, whole:`(_ isWhole: Bool) {
    #expect(encoding(Array("abcdefgh,日".utf8).dropLast(), isWhole: isWhole) == .utf8)
  }

  @Test func `the last line of a whole text counts`() {
    let bytes = Array("id,n\n2,".utf8) + [0xFC, 0x0A]
    #expect(encoding(bytes, isWhole: true) == .windows1252)
    #expect(encoding(bytes) == .utf8)
  }
}
