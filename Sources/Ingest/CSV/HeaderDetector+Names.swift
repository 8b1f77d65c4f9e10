import Base

extension HeaderDetector {
  /// Names for `count` columns: what the header says, with `_` for zero bytes, which readers of
  /// tables take in no name; `column_3` where it says nothing, and a number behind what it has said
  /// before, without regard to case.
  func names(_ header: [String], count: Int) -> [String] {
    var taken: Set<String> = []
    var nextNumber: [String: Int] = [:]
    var names: [String] = []
    for index in 0..<count {
      var given = index < header.count ? header[index] : ""
      if given.utf8.contains(0) { given = String(given.map { $0 == "\0" ? "_" : $0 }) }
      let base = given.isEmpty ? "column_\(index + 1)" : given
      let key = base.lowercased()
      var name = base
      var number = nextNumber[key] ?? 1
      while !taken.insert(name.lowercased()).inserted {
        name = "\(base)_\(number)"
        number += 1
      }
      nextNumber[key] = number
      names.append(name)
    }
    return names
  }

  /// Repeated names that are told, at most; and what of a name.
  private static let repeatsMax = 5
  private static let shownNameMax = 60

  /// Tells which names the header has more than once, and what their columns are called.
  func noteRepeats(
    _ header: [String], _ names: [String], _ reasons: inout [Reason]
  ) -> [RenamedField] {
    let renamed = zip(header, names).filter { !$0.isEmpty && $0 != $1 }.map {
      RenamedField(header: $0, name: $1)
    }
    guard !renamed.isEmpty else { return [] }
    func quoted(_ name: String) -> String {
      let shown = name.prefix(HeaderDetector.shownNameMax).map {
        $0.isNewline ? " " : $0 == "\0" ? "\\0" : String($0)
      }
      return "\"" + shown.joined() + "\""
    }
    let shown = renamed.prefix(HeaderDetector.repeatsMax).map {
      "\(quoted($0.header)) becomes \(quoted($0.name))"
    }
    let rest = renamed.count - shown.count
    reasons.append(
      Reason(
        property: Reason.repeatedNames,
        text: shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")))
    return renamed
  }
}
