import Base
import Columns
import Testing

@testable import Ingest

@Suite("JSON: batches") struct JSONBatchParserTests {
  private func types(_ schema: Schema) -> [String] {
    schema.fields.map { "\($0.name) \($0.type)" }
  }

  @Test func `nested objects become structs, arrays lists`() throws {
    let text = """
      {"id":1,"customer":{"name":"Ada","limits":[1,2.5]},"tags":["a","b"]}
      {"id":2,"tags":[],"customer":{"name":null}}

      {"tags":["c"] , "id" : 3000000000}
      """
    let (schema, whole, passes) = try convertJSON(text)
    #expect(passes == 1)
    #expect(
      types(schema) == [
        "id long", "customer struct<name:string,limits:array<double>>", "tags array<string>",
      ])
    #expect(
      whole.json(schema) == [
        #"{"id":1,"customer":{"name":"Ada","limits":[1.0,2.5]},"tags":["a","b"]}"#,
        #"{"id":2,"customer":{"name":null,"limits":null},"tags":[]}"#,
        #"{"id":3000000000,"tags":["c"]}"#,
      ])
    #expect(whole.rejects.isEmpty)
    #expect(whole.newlineCount == 3)
  }

  @Test func `a guess is widened by what comes later, whatever it is`() throws {
    let lines = [
      #"{"a":1,"b":1,"c":1,"d":"2026-01-02","e":null,"f":{},"g":[],"h":1,"i":true,"j":1}"#,
      #"{"a":5000000000,"b":1.5,"c":"x","d":"2026-01-02T03:04:05Z","e":7,"f":{"x":1},"g":[1]}"#,
      #"{"h":123456789012345678901234567890,"i":0,"j":{"k":[null]},"new":{"deep":[{"er":1}]}}"#,
    ]
    let bytes = Array(lines.joined(separator: "\n").utf8)
    let (schema, whole, _) = try convertJSON(bytes, sampleBytes: lines[0].utf8.count + 1)
    #expect(
      types(schema) == [
        "a long", "b double", "c string", "d timestamp", "e integer", "f struct<x:integer>",
        "g array<integer>", "h decimal(38,0)", "i string", "j string",
        "new struct<deep:array<struct<er:integer>>>",
      ])
    #expect(
      whole.json(schema) == [
        #"{"a":1,"b":1.0,"c":"1","d":"2026-01-02T00:00:00Z","f":{"x":null},"g":[],"#
          + #""h":1,"i":"true","j":"1"}"#,
        #"{"a":5000000000,"b":1.5,"c":"x","d":"2026-01-02T03:04:05Z","e":7,"f":{"x":1},"g":[1]}"#,
        #"{"h":123456789012345678901234567890,"i":"0","j":"{\"k\":[null]}","#
          + #""new":{"deep":[{"er":1}]}}"#,
      ])
  }

  @Test func `what was never seen to have a value is a string column`() throws {
    let (schema, whole, _) = try convertJSON(#"{"a":null,"b":{},"c":[],"d":{"e":null}}"#)
    #expect(
      types(schema) == ["a string", "b string", "c array<string>", "d struct<e:string>"])
    #expect(whole.json(schema) == [#"{"b":"{}","c":[],"d":{"e":null}}"#])
  }

  @Test func `numbers are kept to the last digit`() throws {
    let text = """
      {"wide":9007199254740993,"long":0.1234567890123456789,"big":1e999,"zip":"007"}
      {"wide":0.5,"long":12,"big":1,"zip":"08"}
      """
    let (schema, whole, _) = try convertJSON(text)
    #expect(
      types(schema) == ["wide decimal(38,1)", "long decimal(38,19)", "big string", "zip string"])
    #expect(
      whole.json(schema) == [
        #"{"wide":9007199254740993.0,"long":0.1234567890123456789,"big":"1e999","zip":"007"}"#,
        #"{"wide":0.5,"long":12.0000000000000000000,"big":"1","zip":"08"}"#,
      ])
  }

  @Test func `escapes and surrogates`() throws {
    let text =
      #"{"a\u0062":"x\n\"\\\/\u00e9\ud83d\ude00\ud800","c":["\t"]}"# + "\n{\"ab\":\"plain\"}"
    let (schema, whole, _) = try convertJSON(text)
    #expect(schema.names == ["ab", "c"])
    #expect(whole.rows[0][0] == .string("x\n\"\\/é😀\u{FFFD}"))
    #expect(whole.rows[0][1] == .array([.string("\t")]))
    #expect(whole.rows[1][0] == .string("plain"))
  }

  @Test func `bad records are rejected one at a time, with their place`() throws {
    let text = """
      {"a":1}
      {"a":2
      {"a":"unclosed}
      {"a":01}
      {"a":3} x
      {"a":nul}
      {"a":"tab\there"}
      [1]
      {"a":4}
      """
    let options = JSONParserOptions(schema: Schema([Field("a", .string)]))
    let whole = try parseAllJSON(text, options)
    #expect(whole.rows == [[.string("1")], [.string("4")]])
    #expect(whole.rejects.map(\.lineOffset) == [1, 2, 3, 4, 5, 6, 7])
    #expect(
      whole.rejects.map(\.reason) == Array(repeating: .invalidJSON, count: 6) + [.invalidValue])
    #expect(whole.rejects[1].rawText == #"{"a":"unclosed}"#)
    #expect(whole.rejects[1].byteOffset == 15)
  }

  @Test(
    arguments: [
      (["Jun 12 1998", "Aug 07 1998"], "date", ["1998-06-12", "1998-08-07"]),
      (
        ["12-Jun-1998", "June 12, 1998", "12 Jun 1998"], "date",
        .init(repeating: "1998-06-12", count: 3)
      ),
      (
        ["Wed Aug 27 13:08:45 +0000 2008", "Wed, 27 Aug 2008 13:08:45 GMT"], "timestamp",
        ["2008-08-27T13:08:45Z", "2008-08-27T13:08:45Z"]
      ),
      (["2008-08-27", "Aug 27 2008"], "date", ["2008-08-27", "2008-08-27"]),
      (
        ["Aug 27 2008", "2008-08-27T01:00:00Z"], "timestamp",
        ["2008-08-27T00:00:00Z", "2008-08-27T01:00:00Z"]
      ),
      (["Aug 27 2008", "Aug 27th"], "string", ["Aug 27 2008", "Aug 27th"]),
      (["Wed, 27 Aug 2008 13:08:45 EST"], "string", ["Wed, 27 Aug 2008 13:08:45 EST"]),
      (["31/12/2008"], "string", ["31/12/2008"]),
    ] as [([String], String, [String])])
  func `dates with the month's name`(
    _ values: [String], _ type: String, _ wanted: [String]
  ) throws {
    let lines = values.map { "{\"d\":\"\($0)\"}" }.joined(separator: "\n")
    // The sample has one line: what the others are shows later.
    let (schema, whole, _) = try convertJSON(Array(lines.utf8), sampleBytes: 45)
    #expect(types(schema) == ["d \(type)"])
    #expect(whole.rows.map { $0[0].description } == wanted)
  }

  @Test func `how dates are written is told where it is not ISO`() throws {
    let inference = try inferJSON(
      #"{"a":"2026-01-31","b":"Jan 31 2026","c":"Wed Aug 27 13:08:45 +0000 2008","d":"x"}"#)
    #expect(
      inference.reasons.map(\.text) == [
        #"b: with the month's name, as "Jan 31 2026" shows"#,
        #"c: with the month's name, as "Wed Aug 27 13:08:45 +0000 2008" shows"#,
      ])
  }

  @Test func `a declared type holds a value exactly, or the row is bad`() throws {
    let schema = Schema([
      Field("at", .timestamp), Field("local", .timestampNtz), Field("x", .double),
      Field("f", .float),
    ])
    let lines = [
      #"{"at":"2026-01-01T00:00:00.123456789Z"}"#, #"{"at":"2026-01-01T00:00:00.1234560Z"}"#,
      #"{"local":"2026-01-01 00:00:00.0000001"}"#, #"{"x":1e-400}"#, #"{"x":"1e400"}"#,
      #"{"x":0e-400,"f":-0.0}"#, #"{"x":5e-324}"#, #"{"f":1e-60}"#, #"{"f":1e60}"#,
    ]
    let whole = try parseAllJSON(
      lines.joined(separator: "\n"), JSONParserOptions(schema: schema))
    #expect(whole.rejects.map(\.lineOffset) == [0, 2, 3, 4, 7, 8])
    #expect(whole.rejects.allSatisfy { $0.reason == .outOfRange })
  }

  @Test func `an integer in a declared double or float is held to the digit, or the row is bad`()
    throws
  {
    let schema = Schema([
      Field("x", .double), Field("f", .array(element: .float, containsNull: false)),
    ])
    let lines = [
      #"{"x":9007199254740992}"#, #"{"x":9007199254740993}"#, #"{"x":"-9007199254740993"}"#,
      #"{"x":9007199254740993.0,"f":[16777217e0]}"#, #"{"f":[1,16777216]}"#,
      #"{"f":[1,16777217]}"#,
    ]
    let whole = try parseAllJSON(
      lines.joined(separator: "\n"), JSONParserOptions(schema: schema))
    #expect(whole.rejects.map(\.lineOffset) == [1, 2, 5])
    #expect(whole.rejects.allSatisfy { $0.reason == .outOfRange })
  }

  @Test func `numbers nearer to zero than doubles are kept as they are written`() throws {
    let (schema, whole, _) = try convertJSON("{\"x\":1.5}\n{\"x\":1e-400}")
    #expect(types(schema) == ["x string"])
    #expect(whole.json(schema) == [#"{"x":"1.5"}"#, #"{"x":"1e-400"}"#])
  }

  @Test func `a declared type is checked, in strings as well`() throws {
    let schema = Schema([
      Field("n", .decimal(precision: 6, scale: 2)), Field("at", .timestamp),
      Field("who", .structure([Field("id", .integer)])), Field("k", .long, nullable: false),
    ])
    let text = """
      {"n":"12.5","at":"2026-01-01","who":{"id":3.0},"k":1}
      {"n":1.255,"k":1}
      {"at":5,"k":1}
      {"who":{"id":2.5},"k":1}
      {"n":1}
      {"n":99.99,"k":1e3}
      """
    let whole = try parseAllJSON(text, JSONParserOptions(schema: schema))
    #expect(whole.rows.map { $0[3] } == [.integer(1), .integer(1000)], "\(whole.rejects)")
    #expect(whole.rejects.map(\.lineOffset) == [1, 2, 3, 4])
    #expect(
      whole.rejects.map(\.reason) == [.outOfRange, .invalidValue, .invalidValue, .nullInRequired])
    #expect(whole.rejects.map(\.column) == ["n", "at", "who.id", "k"])
  }

  @Test func `of equal keys the last counts, and keys that differ in case are refused`() throws {
    let text = """
      {"a":1,"a":2,"b":{"c":[1,2],"c":[3]}}
      {"A":4}
      {"a":1,"A":2}
      {"A":1,"a":2}
      """
    let schema = Schema([
      Field("a", .integer),
      Field("b", .structure([Field("c", .array(element: .integer, containsNull: true))])),
    ])
    let whole = try parseAllJSON(text, JSONParserOptions(schema: schema))
    #expect(whole.rows.map { $0[0] } == [.integer(2), .integer(4)])
    #expect(whole.rows[0][1] == .structure([NamedScalar("c", .array([.integer(3)]))]))
    #expect(whole.rejects.map(\.reason) == [.ambiguousKey, .ambiguousKey])
  }

  @Test func `what the schema has no place for is rescued`() throws {
    let schema = Schema([
      Field("a", .integer), Field("b", .structure([Field("c", .integer)])),
      Field("_rescued_data", .string),
    ])
    let text = """
      {"a":1,"b":{"c":2}}
      {"a":"x","b":{"c":1,"d":[1]},"e":{"f":"\\u0041"}}
      {"b":{"c":[]}}
      """
    let whole = try parseAllJSON(text, JSONParserOptions(schema: schema, rescues: true))
    #expect(whole.rejects.isEmpty)
    #expect(whole.rows[0][2] == .null)
    #expect(whole.rows[1][0] == .null)
    #expect(whole.rows[1][2] == .string(#"{"b":{"d":[1]},"e":{"f":"\u0041"},"a":"x"}"#))
    #expect(whole.rows[2] == [.null, .null, .string(#"{"b":{"c":[]}}"#)])
  }

  @Test func `keys without end become a map that changes no number`() throws {
    let lines = (0..<300).map { #"{"id":\#($0),"by":{"k\#($0 % 150)":\#($0),"total":1}}"# }
    let (schema, whole, _) = try convertJSON(lines.joined(separator: "\n"))
    #expect(types(schema) == ["id integer", "by map<string,integer>"])
    #expect(whole.json(schema) == lines)
  }

  @Test func `records that are not objects have one column`() throws {
    let (schema, whole, _) = try convertJSON("[1,2]\n[3]\n")
    #expect(types(schema) == ["value array<integer>"])
    #expect(whole.rows.count == 2)
    let mixed = try convertJSON("1 \"x\"{\"a\":[ 1]} null [2]true", layout: .values)
    #expect(types(mixed.schema) == ["value string"])
    #expect(
      mixed.whole.rows.map { $0[0] } == [
        .string("1"), .string("x"), .string(#"{"a":[ 1]}"#), .null, .string("[2]"), .string("true"),
      ])
  }

  @Test func `a string does not go on over a newline, whatever else the text has`() throws {
    let schema = Schema([Field("value", .string)])
    for (text, layout) in [
      ("\"te\n\"text\"\n7\n", JSONLayout.values), ("\"te\n\", 7]", .array),
    ] {
      let whole = try parseAllJSON(
        text, JSONParserOptions(schema: schema, layout: layout, areObjects: false))
      #expect(whole.rows.allSatisfy { $0 == [.string("7")] }, "\(whole.rows)")
      #expect(whole.rejects.first?.reason == .invalidJSON)
    }
  }

  @Test func `an element of an array too many, too few, and what follows`() throws {
    let options = JSONParserOptions(schema: Schema([Field("a", .integer)]), layout: .array)
    func reasons(_ text: String) throws -> [String] {
      try parseAllJSON(text, options).rejects.map(\.message)
    }
    #expect(try parseAllJSON(#"{"a":1} , {"a":2}]"#, options).rows.count == 2)
    #expect(try reasons(#"{"a":1},]"#) == ["an element is missing"])
    #expect(try reasons(#"{"a":1}"#).count == 1)
    #expect(try reasons(#"{"a":1},"#) == ["the array is not closed"])
    #expect(try reasons(#"{"a":1}] 5"#) == ["text follows the array"])
    #expect(try reasons("]\n ").isEmpty)
    #expect(try parseAllJSON(#"{"a":}, {"a":2} ]"#, options).rows.count == 1)
  }

  @Test(arguments: Array(1...40) + [63, 64, 65, 100, 128, 159]) func `a text may be cut anywhere`(
    _ window: Int
  ) throws {
    let lines =
      #"{"a":1,"b":"x\"y"}"# + "\n" + #"{"a":"é","b":[{"c":"}"},2]}"# + "\r\n\n" + #"{"a":3"#
    let options = JSONParserOptions(schema: Schema([Field("a", .string), Field("b", .string)]))
    let expected = try parseAllJSON(lines, options)
    #expect(expected.rows.count == 2)
    #expect(try parseAllJSON(lines, options, window: window) == expected)
    for layout in [JSONLayout.values, .array] {
      var other = options
      other.layout = layout
      let text =
        layout == .values
        ? #" {"a":1,"b":"x\"y"}{"a":-1.5e3}"# + "\n"
          + #"{"b":[{"c":"}"} , 2] } {"a":tru } {"a":2} "#
        : #" {"a":1,"b":"x\"y"},{"a":-1.5e3}"# + "\n,"
          + #"{"b":[{"c":"]"} , 2] } ,{"a":tru }, {"a":2} ] "#
      let whole = try parseAllJSON(text, other)
      #expect(whole.rows.count == 4)
      #expect(whole.rejects.count == 1)
      #expect(try parseAllJSON(text, other, window: window) == whole)
    }
  }
}
