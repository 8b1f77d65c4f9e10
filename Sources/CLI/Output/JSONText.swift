import Columns
import Grebe

/// JSON text of reports and cells. Compact when `indent` is nil.
enum JSONText {
  static func render(_ value: ReportValue, indent: Int? = 0) -> String {
    var text = ""
    write(value, indent: indent) { text += $0 }
    return text
  }

  /// Hands the text on piece by piece: a report may name millions of files.
  static func write<E: Error>(
    _ value: ReportValue, indent: Int? = 0, to sink: (String) throws(E) -> Void
  ) throws(E) {
    switch value {
    case .null: try sink("null")
    case .boolean(let flag): try sink(flag ? "true" : "false")
    case .integer(let number): try sink(String(number))
    case .number(let number):
      try sink(number.isFinite ? "\(number)" : jsonQuoted("\(number)"))
    case .string(let text): try sink(jsonQuoted(text))
    case .list(let items):
      try write(items, within: ("[", "]"), indent, to: sink) { (item, inner) throws(E) in
        try write(item, indent: inner, to: sink)
      }
    case .paths(let paths):
      try write(paths, within: ("[", "]"), indent, to: sink) { (path, _) throws(E) in
        try sink(jsonQuoted(path))
      }
    case .object(let members):
      try write(members, within: ("{", "}"), indent, to: sink) { (member, inner) throws(E) in
        try sink(jsonQuoted(member.name) + (inner == nil ? ":" : ": "))
        try write(member.value, indent: inner, to: sink)
      }
    }
  }

  private static func write<Items: Sequence, E: Error>(
    _ items: Items, within brackets: (open: String, close: String), _ indent: Int?,
    to sink: (String) throws(E) -> Void, _ body: (Items.Element, Int?) throws(E) -> Void
  ) throws(E) {
    func newLine(_ indent: Int?) -> String {
      indent.map { "\n" + String(repeating: "  ", count: $0) } ?? ""
    }
    let inner = indent.map { $0 + 1 }
    var isEmpty = true
    for item in items {
      try sink((isEmpty ? brackets.open : ",") + newLine(inner))
      isEmpty = false
      try body(item, inner)
    }
    try sink((isEmpty ? brackets.open : newLine(indent)) + brackets.close)
  }
}
