import Testing

/// Every `unsafe` has its `// SAFETY:` line, every `@unchecked Sendable` its `// SENDABLE:`.
struct UnsafeRule {
  static let uncheckedTargets: Set = ["Base", "Store"]

  /// Functions that use `unsafe` and do not say why it holds, counted by file.
  ///
  /// The argument may stand in the function or directly above it; in the body of a type that holds
  /// it or directly above that, but not in another member; or in the opening comment of the file,
  /// where one argument holds for all of it.
  func excesses(in file: SourceFile) -> [Excess] {
    let findings = file.target == nil ? [] : safetyFindings(in: file)
    return findings.isEmpty
      ? []
      : [Excess(kind: .unsafe, path: file.path, number: findings.count, findings: findings)]
  }

  func safetyFindings(in file: SourceFile) -> [Finding] {
    let marks = file.code.indices.filter { marksUnsafe(file.code[$0]) }
    guard !marks.isEmpty, !openingCommentExplains(file) else { return [] }
    let declarations = file.declarations
    var blamed: Set<Int> = []
    return marks.compactMap { index in
      let holders = declarations.filter { $0.lines.contains(index) }
      guard !isExplained(index, holders: holders, among: declarations, in: file) else { return nil }
      let function = holders.last { !$0.kind.isType }
      guard blamed.insert(function?.lines.lowerBound ?? index).inserted else { return nil }
      return file.finding(
        at: index,
        "`unsafe` without its argument: say why it holds in a `// SAFETY:` line in "
          + "\(function?.name ?? "the declaration"), directly above, or above the type or the file")
    }
  }

  private func isExplained(
    _ index: Int, holders: [Declaration], among declarations: [Declaration], in file: SourceFile
  ) -> Bool {
    let ownLines = holders.map { holder in
      let lines = fullLines(of: holder, in: file)
      // Of a function the whole text counts, of a type what belongs to none of its members.
      return holder.kind.isType
        ? lines.filter { line in
          !declarations.contains { other in
            other.lines != holder.lines && holder.lines.contains(other.lines.lowerBound)
              && fullLines(of: other, in: file).contains(line)
          }
        } : Array(lines)
    }
    return (ownLines + [Array(preambleStart(of: index, in: file)...index)]).joined().contains {
      file.lines[$0].contains("// SAFETY:")
    }
  }

  /// A declaration with the comments and attributes directly above it.
  private func fullLines(of declaration: Declaration, in file: SourceFile) -> ClosedRange<Int> {
    preambleStart(of: declaration.lines.lowerBound, in: file)...declaration.lines.upperBound
  }

  /// Whether a comment that belongs to the file says it: one before, between or after the imports,
  /// and with a blank line or an import below it, since what touches a declaration is about that.
  private func openingCommentExplains(_ file: SourceFile) -> Bool {
    var block: [String] = []
    for line in file.lines {
      if line.hasPrefix("//") {
        block.append(line)
      } else if line.isEmpty || importedModule(line) != nil {
        if block.contains(where: { $0.contains("// SAFETY:") }) { return true }
        block = []
      } else {
        return false
      }
    }
    return false
  }

  func sendableFindings(in file: SourceFile) -> [Finding] {
    file.code.indices.filter { file.code[$0].contains("@unchecked Sendable") }.compactMap { index in
      guard Self.uncheckedTargets.contains(file.target ?? "") else {
        return file.finding(
          at: index,
          "`@unchecked Sendable` only in Base and Store: use a value, `Mutex` or an actor")
      }
      let start = preambleStart(of: index, in: file)
      return file.lines[start...index].contains { $0.contains("// SENDABLE:") }
        ? nil
        : file.finding(
          at: index,
          "`@unchecked Sendable` without its argument: say in a `// SENDABLE:` line "
            + "above who may touch what, and when")
    }
  }

  /// The keyword, not a part of a name such as `unsafeLoad`, nor an attribute.
  private func marksUnsafe(_ line: String) -> Bool {
    line.ranges(of: "unsafe").contains { range in
      let before = line[..<range.lowerBound].last
      let after = line[range.upperBound...].first
      let isWord = { (character: Character) in
        character.isLetter || character.isNumber || character == "_"
      }
      return before.map { !isWord($0) && $0 != "@" && $0 != "." } ?? true
        && after.map { !isWord($0) && $0 != ":" && $0 != "(" } ?? true
    }
  }

  /// The first of the comment and attribute lines that stand directly above a line.
  private func preambleStart(of line: Int, in file: SourceFile) -> Int {
    var start = line
    while start > 0 {
      let above = file.lines[start - 1].drop { $0 == " " }
      guard above.hasPrefix("//") || above.hasPrefix("@") else { break }
      start -= 1
    }
    return start
  }
}

@Suite("Tidy: unsafe code says why it is safe") struct UnsafeRuleTests {
  private func findings(_ text: String, in target: String = "Base") -> [Finding] {
    let file = SourceFile(path: "Sources/\(target)/File.swift", text: text)
    return UnsafeRule().safetyFindings(in: file) + UnsafeRule().sendableFindings(in: file)
  }

  @Test func `no type is Sendable without an argument`() {
    expectNone(SourceTree.package.sources.flatMap(UnsafeRule().sendableFindings))
  }

  @Test func `a function is blamed once`() {
    #expect(
      findings("func f() {\n  unsafe g()\n  unsafe h()\n}\nfunc g() { unsafe h() }").count == 2)
  }

  @Test(arguments: [
    "func f() {\n  unsafe g()\n}", "let x = unsafe p[0]", "nonisolated(unsafe) var x = 1",
    "import A\n// SAFETY: elsewhere\nfunc f() {}\nfunc g() { unsafe h() }",
    "struct S {\n  // SAFETY: elsewhere\n  func f() {}\n  func g() { unsafe h() }\n}",
    "struct S {\n  func f() {\n    // SAFETY: elsewhere\n  }\n  func g() { unsafe h() }\n}",
    "struct S {\n  // SAFETY: elsewhere\n}\nextension S {\n  func g() { unsafe h() }\n}",
    "// SAFETY: elsewhere\nfunc f() {}\n\nfunc g() { unsafe h() }",
    "import A\n\nlet x = 1\n\n// SAFETY: too late for the file\n\nfunc g() { unsafe h() }",
    "import A\n\n/// Reads.\nfunc f() { unsafe g() }",
    "final class C: @unchecked Sendable {}",
    "// SENDABLE: elsewhere\nlet x = 1\nfinal class C: @unchecked Sendable {}",
  ])
  func `canary: a mark without its argument`(_ text: String) {
    #expect(findings(text).count == 1)
  }

  @Test func `canary: unchecked Sendable above Store`() {
    #expect(
      findings("// SENDABLE: immutable\nfinal class C: @unchecked Sendable {}", in: "Delta").count
        == 1)
  }

  @Test(arguments: [
    "func f() {\n  // SAFETY: checked above\n  let a = 1\n  unsafe g(a)\n}",
    "/// Reads.\n// SAFETY: the caller checked\n@inline(__always)\nfunc f() {\n  unsafe g()\n}",
    "// SAFETY: never null\nlet x = unsafe p[0]",
    "// Kernels.\n// SAFETY: lengths are checked by the caller.\nimport A\nfunc f() { unsafe g() }",
    "import A\n\n// Kernels.\n//\n// SAFETY: lengths are checked.\n\nfunc f() { unsafe g() }",
    "import A\n// SAFETY: holds `count` elements.\nstruct S {\n  func f() { unsafe g() }\n}",
    "struct S {\n  // SAFETY: holds `count` elements.\n  let p: P\n\n  func f() { unsafe g() }\n}",
    "var x: Int {\n  // SAFETY: in bounds\n  unsafe p[0]\n}",
    "func f(unsafe: Int) { x.unsafe = unsafeLoad(1) } // unsafe\n@unsafe struct S {}",
    "/// Shared.\n// SENDABLE: immutable after init\n@safe\nfinal class C: @unchecked Sendable {}",
  ])
  func `what is allowed passes`(_ text: String) {
    #expect(findings(text) == [])
  }
}
