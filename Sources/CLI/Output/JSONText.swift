import Grebe

/// JSON text of reports and cells. Compact when `indent` is nil.
enum JSONText {
  static func render(_ value: ReportValue, indent: Int? = 0) -> String {
    switch value {
    case .null: return "null"
    case .boolean(let flag): return flag ? "true" : "false"
    case .integer(let number): return String(number)
    case .number(let number): return number.isFinite ? "\(number)" : quoted("\(number)")
    case .string(let text): return quoted(text)
    case .list(let items):
      return block("[", items.map { render($0, indent: indent.map { $0 + 1 }) }, "]", indent)
    case .object(let members):
      let inner = indent.map { $0 + 1 }
      let lines = members.map {
        quoted($0.name) + (indent == nil ? ":" : ": ") + render($0.value, indent: inner)
      }
      return block("{", lines, "}", indent)
    }
  }

  private static func block(_ open: String, _ items: [String], _ close: String, _ indent: Int?)
    -> String
  {
    if items.isEmpty { return open + close }
    guard let indent else { return open + items.joined(separator: ",") + close }
    let margin = String(repeating: "  ", count: indent)
    let lines = items.map { margin + "  " + $0 }
    return open + "\n" + lines.joined(separator: ",\n") + "\n" + margin + close
  }

  /// RFC 8259, section 7: quotes, backslashes and control characters escaped, the rest as it is.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
