import Testing

/// What no text of the repository holds: work put off, and paths of somebody's machine.
struct TextRule {
  let pattern: String
  let message: String

  // Written in two halves, so that this file does not find itself.
  static let all =
    ["TO" + "DO", "FIX" + "ME"].map {
      TextRule(pattern: $0, message: "no \($0): do it, or file an issue")
    }
    + ["/wo" + "rk/", "/ro" + "ot/", "/tm" + "p/wt"].map {
      TextRule(
        pattern: $0, message: "\($0) is a path of one machine: make it relative or a parameter")
    }

  func findings(in file: SourceFile) -> [Finding] {
    file.lines.indices.filter { file.lines[$0].contains(pattern) }.map {
      file.finding(at: $0, message)
    }
  }
}

@Suite("Tidy: text") struct TextRuleTests {
  private func findings(in file: SourceFile) -> [Finding] {
    TextRule.all.flatMap { $0.findings(in: file) }
  }

  @Test func `no file puts work off or names a machine's paths`() {
    expectNone(SourceTree.package.files.flatMap(findings))
  }

  @Test(arguments: ["// TO" + "DO: later", "# FIX" + "ME", "cd /wo" + "rk/main", "/ro" + "ot/x"])
  func `canary`(_ line: String) {
    #expect(findings(in: SourceFile(path: "tools/x", text: "first\n\(line)\n")).count == 1)
  }
}
