import Testing

/// The tree is the domain's own nouns: a known top level, no drawers for odds and ends.
struct LayoutRule {
  static let topLevel: Set = [
    "Package.swift", "README.md", "LICENSE", "Sources", "Tests", "Benchmarks", "spec", "tools",
    ".ci", ".gitignore", ".swift-format",
  ]
  static let drawers: Set = ["utils", "util", "helpers", "common", "models", "misc"]

  func findings(topLevel: [String], folders: [String]) -> [Finding] {
    topLevel.filter { !Self.topLevel.contains($0) }.map {
      Finding(path: $0, line: 0, message: "not a known name at the top: put it under one of them")
    }
      + folders.filter { path in
        Self.drawers.contains(path.split(separator: "/").last?.lowercased() ?? "")
      }.map {
        Finding(path: $0, line: 0, message: "name the folder for the stage of the work it holds")
      }
  }
}

@Suite("Tidy: layout") struct LayoutRuleTests {
  @Test func `every folder has its place and a name that says what it holds`() {
    let tree = SourceTree.package
    #expect(tree.folders.contains("Sources/Base"))
    expectNone(LayoutRule().findings(topLevel: tree.topLevel, folders: tree.folders))
  }

  @Test(arguments: ["Sources/Delta/Utils", "Sources/Helpers", "Tests/x/common", "Sources/A/Models"])
  func `canary: a drawer`(_ folder: String) {
    #expect(LayoutRule().findings(topLevel: [], folders: [folder]).count == 1)
  }

  @Test func `canary: a stranger at the top`() {
    #expect(LayoutRule().findings(topLevel: ["Sources", "notes.txt"], folders: []).count == 1)
  }
}
