import Base
import JSON
import TestSupport
import Testing

@Suite("JSON: documents") struct JSONDocumentTests {
  let sample = #"""
    {"a": [1, "x\n\u00e9", -2.5e3, [], {}], "b": null, "c": {"d": true, "é": false}, "a2": 9007}
    """#

  @Test func `values are found by name and position`() throws {
    let root = try JSONDocument(utf8: sample).root
    let a = try #require(root["a"])
    #expect(a.kind == .array)
    #expect(a.elements.map(\.kind) == [.number, .string, .number, .array, .object])
    let elements = Array(a.elements)
    #expect(elements[0].int64 == 1)
    #expect(elements[1].string == "x\né")
    #expect(elements[2].double == -2500)
    #expect(elements[2].int64 == nil)
    #expect(elements[2].numberText == "-2.5e3")
    #expect(root["b"]?.isNull == true)
    #expect(root["c"]?["d"]?.boolean == true)
    #expect(root["c"]?["é"]?.boolean == false)
    #expect(root["a2"]?.int64 == 9007)
    #expect(root["missing"] == nil)
    #expect(root.members.map(\.name) == ["a", "b", "c", "a2"])
    #expect(root["c"]?.json == #"{"d": true, "é": false}"#)
    #expect(elements[1].json == #""x\n\u00e9""#)
  }

  @Test func `integers are exact up to their bounds and nothing beyond`() throws {
    for (text, value) in [
      ("9223372036854775807", Int64.max), ("-9223372036854775808", .min), ("-0", 0), ("12", 12),
      ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1e3", nil),
      ("99999999999999999999999", nil),
    ] {
      #expect(try JSONDocument(utf8: text).root.int64 == value, "\(text)")
    }
  }

  @Test func `lines are found one by one, blank ones left out`() throws {
    let text = "\n{\"a\":1}\r\n  \n[2, 3] \n\"x\""
    let document = try JSONDocument(lines: Buffer<UInt8>(Array(text.utf8)))
    #expect(document.lineCount == 3)
    #expect((0..<3).map { document.line($0).json } == ["{\"a\":1}", "[2, 3]", "\"x\""])
    #expect(document.line(0)["a"]?.int64 == 1)
    #expect(try JSONDocument(lines: Buffer<UInt8>()).lineCount == 0)
  }

  @Test(arguments: ["{\n}", "[1]\n[2,\n3]", "1 2", "{}{}\n", "[1\n", "1\n\"x\ny\""])
  func `a value fills its line or is refused`(_ text: String) {
    #expect(throws: JSONError.self) {
      try JSONDocument(lines: Buffer<UInt8>(Array(text.utf8)))
    }
  }

  @Test func `a cursor tells members by name, escaped ones too`() throws {
    let root = try JSONDocument(utf8: #"{"ab":1,"\u0061b":2,"abc":null}"#).root
    var cursor = JSONMemberCursor(root)
    var found: [String] = []
    while cursor.advance() {
      let isNamed = cursor.isNamed("ab")
      found.append("\(cursor.name) \(isNamed) \(cursor.valueIsNull) \(cursor.value.json)")
    }
    #expect(found == ["ab true false 1", "ab true false 2", "abc false true null"])
  }

  @Test func `the last of equal names counts and escaped names match`() throws {
    let root = try JSONDocument(utf8: #"{"k":1,"\u006b":2}"#).root
    #expect(root["k"]?.int64 == 2)
  }

  @Test(arguments: [
    (#""\ud83d\ude00""#, "😀"), (#""\ud800""#, "\u{FFFD}"), (#""\ud800x""#, "\u{FFFD}x"),
    (#""\u0000""#, "\0"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
    (#""a long plain string without anything""#, "a long plain string without anything"),
  ]) func `strings decode`(_ text: String, _ expected: String) throws {
    #expect(try JSONDocument(utf8: text).root.string == expected)
  }

  @Test(
    arguments: [
      ("9223372036854775807", Int64.max), ("-9223372036854775808", .min), ("-0", 0),
      ("9223372036854775808", nil), ("1.0", nil), ("1e2", nil),
    ] as [(String, Int64?)]) func `integers are exact or absent`(_ text: String, _ value: Int64?)
    throws
  {
    #expect(try JSONDocument(utf8: text).root.int64 == value)
  }

  @Test(arguments: 0..<93) func `a text cut short is an error at`(_ length: Int) {
    let bytes = Array(sample.utf8)
    #expect(bytes.count == 93)
    #expect(throws: JSONError.self) { try JSONDocument(Buffer(bytes.prefix(length))) }
  }

  @Test func `nesting is limited`() throws {
    let nested = { (depth: Int) in
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSONDocument(utf8: nested(512))
    #expect(throws: JSONError(reason: .tooDeep, offset: 512)) {
      try JSONDocument(utf8: nested(513))
    }
  }

  @Test(arguments: 0..<32) func `specials are seen at every position in a word`(_ position: Int)
    throws
  {
    let plain = Array(repeating: UInt8(ascii: "x"), count: position)
    let tail = Array(repeating: UInt8(ascii: "y"), count: 12)
    for special in ["\\n", "é", "\u{7f}", " ", "!"] {
      let bytes = [0x22] + plain + Array(special.utf8) + tail + [0x22]
      let string = try JSONDocument(Buffer(bytes)).root.string
      #expect(string?.utf8.count == position + 12 + (special == "\\n" ? 1 : special.utf8.count))
    }
    for bad in [0x00, 0x1F, 0x80, 0xFF, 0x0A] as [UInt8] {
      let bytes = [0x22] + plain + [bad] + tail + [0x22]
      #expect(throws: JSONError.self) { try JSONDocument(Buffer(bytes)) }
    }
    let closed = [0x22] + plain + [0x22]
    #expect(try JSONDocument(Buffer(closed)).root.string?.utf8.count == position)
  }

  @Test func `random bytes and mutations never trap`() {
    let seed: UInt64 = 0x4A53_4F4E
    var random = SeededRandom(seed: seed)
    let base = Array(sample.utf8)
    var parsed = 0
    for _ in 0..<20_000 {
      var bytes = base
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      if let document = try? JSONDocument(Buffer(bytes)) {
        parsed += 1
        for element in document.root.elements { _ = (element.string, element.double, element.json) }
      }
    }
    #expect(parsed > 100, "seed \(seed)")
  }
}

@Suite("JSON: writer") struct JSONWriterTests {
  @Test func `objects, arrays and scalars`() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("s", "a\"\\\n\u{1}é")
    writer.member("i", -5)
    writer.member("t", true)
    writer.member("m", ["b": nil, "a": "1"] as [String: String?])
    writer.member("l", ["x", "y"])
    writer.member("r", raw: "{\"k\":[]}")
    writer.key("d")
    writer.beginArray()
    for value in [0.1, 1e300, .nan, -.infinity] { writer.double(value) }
    writer.null()
    writer.endArray()
    writer.endObject()
    writer.endLine()
    writer.beginObject()
    writer.endObject()
    #expect(
      writer.text
        == #"{"s":"a\"\\\n\u0001é","i":-5,"t":true,"m":{"a":"1","b":null},"l":["x","y"],"#
        + #""r":{"k":[]},"d":[0.1,1e+300,"NaN","-Infinity",null]}"# + "\n{}")
  }

  @Test func `what is written is read back`() throws {
    let text = String(String.UnicodeScalarView((0..<0x800).compactMap(Unicode.Scalar.init)))
    var writer = JSONWriter()
    writer.string(text)
    #expect(try JSONDocument(writer.freeze()).root.string == text)
  }
}
