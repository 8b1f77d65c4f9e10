import Columns
import Grebe

/// JSON text of reports and cells. Compact when `indent` is nil.
enum JSONText {
  static func render(_ value: ReportValue, indent: Int? = 0) -> String {
    switch value {
    case .null: return "null"
    case .boolean(let flag): return flag ? "true" : "false"
    case .integer(let number): return String(number)
    case .number(let number): return number.isFinite ? "\(number)" : jsonQuoted("\(number)")
    case .string(let text): return jsonQuoted(text)
    case .list(let items):
      return block("[", items.map { render($0, indent: indent.map { $0 + 1 }) }, "]", indent)
    case .object(let members):
      let inner = indent.map { $0 + 1 }
      let lines = members.map {
        jsonQuoted($0.name) + (indent == nil ? ":" : ": ") + render($0.value, indent: inner)
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
}
