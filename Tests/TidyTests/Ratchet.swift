import Foundation
import Testing

/// How much too much a file or function has of something that has a limit.
struct Excess {
  enum Kind: String, CaseIterable {
    /// Lines of a file.
    case file
    /// Lines of a function.
    case function
    /// Lines of a file that are too wide.
    case wide
    /// Functions of a file that use `unsafe` without saying why it holds.
    case unsafe
  }

  let kind: Kind
  let path: String
  /// The function's name; empty for what is counted by file.
  var name = ""
  let number: Int
  /// What is said when the ratchet does not allow the number.
  let findings: [Finding]

  var key: String { name.isEmpty ? "\(kind) \(path)" : "\(kind) \(path) \(name)" }
}

/// What was too much on the day a rule came, in ratchet.txt: `NUMBER KIND PATH [NAME]`.
///
/// A number may only shrink, and has to shrink when the code does, so that nothing grows back.
struct Ratchet {
  static let path = "Tests/TidyTests/ratchet.txt"

  let entries: [String: Int]

  init(lines: [String]) {
    let entries = lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }.map { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      return (parts.count == 2 ? String(parts[1]) : line, Int(parts[0]) ?? 0)
    }
    self.entries = Dictionary(entries) { max($0, $1) }
  }

  /// What grew beyond its entry or has none, and the entries that allow more than there is.
  func findings(_ excesses: [Excess]) -> [Finding] {
    let largest = Self.largest(excesses)
    let grown = largest.values.filter { $0.number > entries[$0.key] ?? 0 }.flatMap { excess in
      excess.findings
    }
    let stale = entries.filter { $0.value > largest[$0.key]?.number ?? 0 }.map { key, number in
      let fix = largest[key].map { "replace it by `\($0.number) \(key)`" } ?? "delete it"
      return Finding(
        path: Self.path, line: 0, message: "`\(number) \(key)` is more than there is now: \(fix)")
    }
    return grown.sorted { ($0.path, $0.line) < ($1.path, $1.line) }
      + stale.sorted { $0.message < $1.message }
  }

  /// The lines of ratchet.txt that allow just what there is.
  static func lines(accepting excesses: [Excess]) -> [String] {
    largest(excesses).values.sorted { $0.key < $1.key }.map { "\($0.number) \($0.key)" }
  }

  /// One excess a key: overloads share a name, and the longest stands for all.
  private static func largest(_ excesses: [Excess]) -> [String: Excess] {
    Dictionary(excesses.map { ($0.key, $0) }) { $0.number > $1.number ? $0 : $1 }
  }
}

@Suite("Tidy: ratchet") struct RatchetTests {
  private func excess(_ number: Int) -> Excess {
    let finding = Finding(path: "Sources/Base/A.swift", line: 3, message: "too much")
    return Excess(kind: .wide, path: finding.path, number: number, findings: [finding])
  }

  /// With GREBE_TIDY_ACCEPT set (tools/tidy --accept) what there is becomes what is allowed.
  @Test func `lengths, widths and unexplained unsafe code do not grow`() throws {
    let tree = SourceTree.package
    let excesses = tree.files.flatMap {
      LengthRule().excesses(in: $0) + LineWidthRule().excesses(in: $0)
        + UnsafeRule().excesses(in: $0)
    }
    let file = try #require(tree.file(Ratchet.path))
    guard ProcessInfo.processInfo.environment["GREBE_TIDY_ACCEPT"] == nil else {
      let header = file.lines.filter { $0.hasPrefix("#") }
      let text = (header + Ratchet.lines(accepting: excesses)).joined(separator: "\n") + "\n"
      try text.write(
        to: SourceTree.root.appending(path: Ratchet.path), atomically: true, encoding: .utf8)
      return
    }
    expectNone(Ratchet(lines: file.lines).findings(excesses))
  }

  @Test func `what the ratchet allows passes`() {
    let ratchet = Ratchet(lines: ["# why", "", "2 wide Sources/Base/A.swift"])
    #expect(ratchet.findings([excess(2)]) == [])
    #expect(Ratchet.lines(accepting: [excess(2)]) == ["2 wide Sources/Base/A.swift"])
  }

  @Test(arguments: [[], ["2 wide Sources/Base/A.swift"], ["9 file Sources/Base/A.swift"]])
  func `canary: more than the ratchet allows`(_ lines: [String]) {
    #expect(Ratchet(lines: lines).findings([excess(3)]).map(\.message).contains("too much"))
  }

  @Test(arguments: [(1, "replace it by `1 wide Sources/Base/A.swift`"), (0, "delete it")])
  func `canary: an entry that allows more than there is`(_ number: Int, _ fix: String) {
    let ratchet = Ratchet(lines: ["2 wide Sources/Base/A.swift"])
    let findings = ratchet.findings(number == 0 ? [] : [excess(number)])
    #expect(findings.map { $0.message.hasSuffix(fix) } == [true])
  }
}
