import Base
import Columns
import Testing

@testable import Ingest

@Suite("JSON: types") struct JSONTypeTests {
  private static let texts = [
    "null", "true", "1", "3000000000", "9007199254740993", "1.5", "0.12345678901234567891",
    "123456789012345678901234567890", "1e999", "\"x\"", "\"2026-01-02\"",
    "\"2026-01-02T03:04:05Z\"",
    "[]", "[1]", "[\"a\"]", "{}", "{\"a\":1}", "{\"a\":\"x\",\"b\":[]}",
  ]

  private func type(_ texts: [String]) throws -> DataType {
    var inference = JSONInference(layout: .lines)
    let lines = texts.map { "{\"v\":\($0)}" }.joined(separator: "\n")
    inference.observe(Buffer(Array(lines.utf8)), isWhole: true)
    return inference.schema.fields[0].type
  }

  @Test func `joining values is commutative and associative`() throws {
    for a in Self.texts {
      for b in Self.texts {
        #expect(try type([a, b]) == type([b, a]), "\(a) \(b)")
        #expect(try type([a, b, a]) == type([a, b]), "\(a) \(b)")
        for c in Self.texts {
          let all = try type([a, b, c])
          #expect(try type([c, a, b]) == all, "\(a) \(b) \(c)")
        }
      }
    }
  }

  @Test func `joining types is commutative, associative and idempotent`() throws {
    let types = try Self.texts.map { try type([$0]) }
    for a in types {
      #expect(widenedType(a, toHold: a) == a)
      for b in types {
        let ab = widenedType(a, toHold: b)
        // The members of structs come in the order they are met.
        #expect(fold(ab) == fold(widenedType(b, toHold: a)), "\(a) \(b)")
        #expect(widenedType(ab, toHold: b) == ab)
        for c in types {
          let left = widenedType(ab, toHold: c)
          let right = widenedType(a, toHold: widenedType(b, toHold: c))
          #expect(fold(left) == fold(right), "\(a) \(b) \(c)")
        }
      }
    }
  }

  private func fold(_ type: DataType) -> DataType {
    switch type {
    case .structure(let fields):
      .structure(
        fields.map { Field($0.name, fold($0.type)) }.sorted { $0.name < $1.name })
    case .array(let element, _): .array(element: fold(element), containsNull: true)
    default: type
    }
  }

  @Test func `few keys are a struct, many a map, many of all kinds text`() throws {
    func object(_ index: Int, _ value: String) -> String { "{\"k\(index)\":\(value)}" }
    #expect(try type((0..<60).map { object($0, "1") }).isStruct)
    #expect(
      try type((0..<100).map { object($0, "1.5") })
        == .map(key: .string, value: .double, valueContainsNull: true))
    #expect(try type((0..<100).map { object($0, $0 % 2 == 0 ? "1" : "\"x\"") }).isStruct)
    #expect(try type((0..<1100).map { object($0, $0 % 2 == 0 ? "1" : "\"x\"") }) == .string)
    let wide = "{" + (0..<500).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"
    #expect(try type([wide, wide]).isStruct)
  }

  @Test func `keys that appear over and over end in a map`() throws {
    let lines = (0..<3000).map { "{\"v\":{\"k\($0)\":\($0)}}" }
    let (schema, whole, passes) = try convertJSON(
      Array(lines.joined(separator: "\n").utf8), sampleBytes: 200, window: 4096)
    #expect(schema.fields[0].type == .map(key: .string, value: .integer, valueContainsNull: true))
    #expect(whole.json(schema) == lines)
    #expect(passes <= 3)
  }
}

extension DataType {
  fileprivate var isStruct: Bool {
    if case .structure = self { true } else { false }
  }
}
