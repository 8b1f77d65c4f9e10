import Base
import Columns
import JSON

@testable import Ingest

/// A random JSON value, as it is written in one of the many ways to write it.
struct RandomJSON {
  indirect enum Kind {
    case null
    case boolean(Bool)
    case number
    case string(String)
    case array([RandomJSON])
    case object([(String, RandomJSON)])
  }

  let kind: Kind
  let text: String

  /// - Parameter isOneLine: whether white space leaves newlines out.
  static func record(_ random: inout SeededRandom, isOneLine: Bool) -> RandomJSON {
    var writer = RandomJSONWriter(isOneLine: isOneLine)
    return writer.object(&random, depth: 0)
  }

  /// What a column of type `type` holds for this value.
  func scalar(_ type: DataType) -> Scalar {
    switch (kind, type) {
    case (.null, _): return .null
    case (.string(let value), .string): return .string(value)
    case (_, .string): return .string(text)
    case (.boolean(let value), _): return .boolean(value)
    case (.number, .double): return .double(Double(text)!)
    case (.number, .decimal(_, let scale)): return .decimal(unscaled: unscaled(scale), scale: scale)
    case (.number, _): return .integer(Int64(text)!)
    case (.array(let elements), .array(let element, _)):
      return .array(elements.map { $0.scalar(element) })
    case (.object(let members), .structure(let fields)):
      return .structure(
        fields.map { field in
          let member = members.last { $0.0 == field.name }
          return NamedScalar(field.name, member?.1.scalar(field.type) ?? .null)
        })
    case (.object(let members), .map(_, let value, _)):
      return .map(members.map { ScalarEntry(.string($0.0), $0.1.scalar(value)) })
    default: return .string("no \(type): \(text)")
    }
  }

  private func unscaled(_ scale: Int) -> Int128 {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    let padded = fraction + String(repeating: "0", count: max(0, scale - fraction.utf8.count))
    return Int128(String(parts[0]) + padded)!
  }
}

/// Values that come with their text: the same few keys, types that mostly agree.
struct RandomJSONWriter {
  let isOneLine: Bool

  private func space(_ random: inout SeededRandom) -> String {
    let spaces = isOneLine ? ["", "", "", " ", "\t", "  "] : ["", "", " ", "\n", "\r\n\t", "  "]
    return spaces.randomElement(using: &random)!
  }

  mutating func object(_ random: inout SeededRandom, depth: Int) -> RandomJSON {
    var members: [(String, RandomJSON)] = []
    var names = Array(0..<(depth == 0 ? 7 : 3))
    if Int.random(in: 0..<4, using: &random) == 0 { names.shuffle(using: &random) }
    var text = "{" + space(&random)
    for name in names where Int.random(in: 0..<8, using: &random) > 0 {
      let key = ["id", "näme", "tags", "a b", "x\"y", "p/q", "z"][name]
      let value = value(&random, depth: depth + 1, tendency: name)
      if !members.isEmpty { text += "," + space(&random) }
      text += quoted(key, &random) + space(&random) + ":" + space(&random) + value.text
      text += space(&random)
      members.append((key, value))
    }
    return RandomJSON(kind: .object(members), text: text + "}")
  }

  private mutating func value(
    _ random: inout SeededRandom, depth: Int, tendency: Int
  ) -> RandomJSON {
    let isOdd = Int.random(in: 0..<40, using: &random) == 0
    switch isOdd ? Int.random(in: 0..<7, using: &random) : tendency {
    case 0: return RandomJSON(kind: .number, text: String(Int64.random(in: -9...9, using: &random)))
    case 1: return string(&random)
    case 2 where depth < 4: return array(&random, depth: depth)
    case 3 where depth < 4: return object(&random, depth: depth)
    case 4:
      let number = ["0.5", "-12.25", "7", "1.0", "0.125", "123456.75"].randomElement(
        using: &random)!
      return RandomJSON(kind: .number, text: number)
    case 5:
      let value = Bool.random(using: &random)
      return RandomJSON(kind: .boolean(value), text: value ? "true" : "false")
    case 6 where isOdd:
      let number = [
        "12345678901234567890", "0.12345678901234567891", "9007199254740993", "3000000000",
      ].randomElement(using: &random)!
      return RandomJSON(kind: .number, text: number)
    default: return RandomJSON(kind: .null, text: "null")
    }
  }

  private mutating func array(_ random: inout SeededRandom, depth: Int) -> RandomJSON {
    let tendency = [0, 1, 3, 2].randomElement(using: &random)!
    let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in
      value(&random, depth: depth + 1, tendency: depth == 1 ? 1 : tendency)
    }
    let inner = elements.map { space(&random) + $0.text + space(&random) }
    return RandomJSON(kind: .array(elements), text: "[" + inner.joined(separator: ",") + "]")
  }

  private func string(_ random: inout SeededRandom) -> RandomJSON {
    let pieces = [
      "a", "{", "}", "[", "]", ",", ":", "\"", "\\", "\n", "é", "🐦", "\u{0}", " ", "\t",
    ]
    let count = Int.random(in: 0...9, using: &random)
    let value = (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
    return RandomJSON(kind: .string(value), text: quoted(value, &random))
  }

  private func quoted(_ value: String, _ random: inout SeededRandom) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
      let short = ["\n": "\\n", "\t": "\\t", "\"": "\\\"", "\\": "\\\\", "/": "\\/"]
      if let escape = short[String(scalar)], Bool.random(using: &random) {
        text += escape
      } else if mustEscape || Int.random(in: 0..<6, using: &random) == 0 {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
          text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
