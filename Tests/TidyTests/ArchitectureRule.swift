import Testing

/// The architecture is read in one sitting: two screens.
struct ArchitectureRule {
  static let linesMax = 120

  func findings(in file: SourceFile) -> [Finding] {
    file.lineCount <= Self.linesMax
      ? []
      : [
        file.finding(
          at: 0, "\(file.lineCount) lines, two screens hold \(Self.linesMax): cut or move")
      ]
  }
}

@Suite("Tidy: architecture") struct ArchitectureRuleTests {
  @Test func `the architecture fits two screens`() {
    let file = SourceTree.package.file("spec/architecture.md")
    expectNone(file.map(ArchitectureRule().findings) ?? [])
  }

  @Test func `canary`() {
    let text = String(repeating: "words\n", count: 121)
    let file = SourceFile(path: "spec/architecture.md", text: text)
    #expect(ArchitectureRule().findings(in: file).count == 1)
  }
}
