import Testing

/// A call that the engine does not make, and what it makes instead.
struct BannedCallRule {
  /// How the call looks. A pattern that begins with a letter matches whole words only, and a call
  /// of a method or a declaration of the same name does not count.
  let pattern: String
  let replacement: String
  /// Where it is allowed all the same.
  var isAllowed: @Sendable (SourceFile) -> Bool = { _ in false }

  static let all =
    [
      BannedCallRule(pattern: "try!", replacement: "`try`, and let the caller see the error"),
      BannedCallRule(pattern: "as!", replacement: "`as?` with a branch that throws"),
      BannedCallRule(
        pattern: "fatalError(",
        replacement: "`precondition` for a bug in Grebe, a thrown error for bad input"),
      BannedCallRule(
        pattern: "unsafeUninitializedCapacity",
        replacement: "an initialiser or `append` over `OutputSpan`, which counts what it wrote"),
      BannedCallRule(
        pattern: "DispatchQueue", replacement: "structured tasks, or the threads of Store"),
      BannedCallRule(pattern: "Thread.", replacement: "structured tasks, or the threads of Store"),
    ]
    + ["print(", "debugPrint(", "dump("].map {
      BannedCallRule(
        pattern: $0, replacement: "a returned value: only the CLI prints",
        isAllowed: { $0.target == "CLI" })
    }
    + ["open(", "pread(", "pwrite(", "fsync(", "fdatasync(", "mmap("].map {
      BannedCallRule(
        pattern: $0, replacement: "`ObjectStore`: bytes at rest belong to Store",
        isAllowed: { $0.target == "Store" || ($0.target == "Base" && $0.isPlatformFile) })
    }

  func findings(in file: SourceFile) -> [Finding] {
    guard !isAllowed(file) else { return [] }
    return file.code.enumerated().filter { isCalled(in: $0.element) }.map { index, _ in
      file.finding(at: index, "no `\(pattern)` here, but \(replacement)")
    }
  }

  private func isCalled(in line: String) -> Bool {
    line.ranges(of: pattern).contains { range in
      let before = line[..<range.lowerBound]
      let isPartOfWord = before.last.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
      let isMember = before.last == "." && !before.hasSuffix("Glibc.") && pattern.hasSuffix("(")
      let isDeclaration = before.hasSuffix("func ")
      return !isPartOfWord && !isMember && !isDeclaration
    }
  }
}

@Suite("Tidy: banned calls") struct BannedCallRuleTests {
  private func findings(_ path: String, _ line: String) -> [Finding] {
    let file = SourceFile(path: path, text: line)
    return BannedCallRule.all.flatMap { $0.findings(in: file) }
  }

  @Test func `the sources make none of them`() {
    let sources = SourceTree.package.sources
    #expect(sources.count >= 14)
    expectNone(sources.flatMap { file in BannedCallRule.all.flatMap { $0.findings(in: file) } })
  }

  @Test(arguments: [
    "let x = try! f()", "let x = y as! Int", "fatalError()", "  fatalError(\"no\")", "print(x)",
    "Array<Int>(unsafeUninitializedCapacity: 4) { _, _ in }", "DispatchQueue.main.async {}",
    "Thread.sleep(1)", "let fd = open(path, flags)", "_ = Glibc.open(path, 0)",
    "pread(fd, p, 1, 0)",
    "guard fsync(fd) == 0 else { return }", "mmap(nil, 1, 0, 0, 0, 0)",
  ])
  func `canary`(_ line: String) {
    #expect(findings("Sources/Delta/File.swift", line).count == 1)
  }

  @Test(arguments: [
    ("Sources/CLI/Output.swift", "print(x)"), ("Sources/Store/Local.swift", "fsync(fd)"),
    ("Sources/Base/Platform.swift", "open(path, 0)"),
    ("Sources/Base/Platform+Linux.swift", "mmap()"),
    ("Sources/Delta/A.swift", "Table.open(path)"), ("Sources/Delta/A.swift", "func open(_ x: Int)"),
    ("Sources/Delta/A.swift", "reopen(path); blueprint(x); MyThread.run(); has as Int"),
    ("Sources/Delta/A.swift", "// try! this\nlet s = \"print(x)\""),
  ])
  func `what is allowed passes`(_ path: String, _ line: String) {
    #expect(findings(path, line) == [])
  }

  @Test func `Base may call the system only in its platform files`() {
    #expect(findings("Sources/Base/Buffer.swift", "mmap(nil, 1, 0, 0, 0, 0)").count == 1)
  }
}
