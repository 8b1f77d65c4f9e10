import Testing

/// Code is at most 100 columns wide. A comment may be wider where it holds a URL.
struct LineWidthRule {
  static let columnsMax = 100
  static let suffixes = [".swift", ".h", ".c", ".py"]

  /// Source code, shell scripts under tools included; prose and data are not measured.
  func measures(_ file: SourceFile) -> Bool {
    let isScript = file.lines.first?.hasPrefix("#!") == true
    return isScript || Self.suffixes.contains { file.path.hasSuffix($0) }
  }

  func excesses(in file: SourceFile) -> [Excess] {
    let findings = findings(in: file)
    return findings.isEmpty
      ? []
      : [Excess(kind: .wide, path: file.path, number: findings.count, findings: findings)]
  }

  func findings(in file: SourceFile) -> [Finding] {
    guard measures(file) else { return [] }
    return file.lines.enumerated().compactMap { index, line in
      // A character has at least one byte: most lines need no count of characters.
      guard line.utf8.count > Self.columnsMax, line.count > Self.columnsMax else { return nil }
      if line.contains("://"), line.contains("//") || line.contains("#") { return nil }
      return file.finding(
        at: index, "\(line.count) columns, the limit is \(Self.columnsMax): break the line")
    }
  }
}

@Suite("Tidy: line width") struct LineWidthRuleTests {
  @Test(arguments: ["Sources/Base/A.swift", "Sources/CKernels/CKernels.h", "Tests/interop/a.py"])
  func `canary: a line of 101 columns`(_ path: String) {
    let widest = String(repeating: "x", count: 100)
    let file = SourceFile(path: path, text: "\(widest)\n\(widest)x\n")
    #expect(LineWidthRule().findings(in: file).map(\.line) == [2])
  }

  @Test func `prose and comments with a URL may be wider`() {
    let wide = String(repeating: "x", count: 120)
    #expect(LineWidthRule().findings(in: SourceFile(path: "README.md", text: wide)) == [])
    let link = SourceFile(path: "Sources/Base/A.swift", text: "// https://example.org/\(wide)")
    #expect(LineWidthRule().findings(in: link) == [])
  }
}
