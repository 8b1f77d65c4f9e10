import Testing

/// Files and functions stay short.
struct LengthRule {
  static let fileLinesMax = 700
  static let functionLinesMax = 60

  func excesses(in file: SourceFile) -> [Excess] {
    guard file.isSwift else { return [] }
    let functions = file.declarations
      .filter { $0.hasLengthLimit && $0.lines.count > Self.functionLinesMax }
      .map { function in
        let message =
          "\(function.name) has \(function.lines.count) lines, "
          + "the limit is \(Self.functionLinesMax): split it"
        return Excess(
          kind: .function, path: file.path, name: function.name, number: function.lines.count,
          findings: [file.finding(at: function.lines.lowerBound, message)])
      }
    guard file.lineCount > Self.fileLinesMax else { return functions }
    let message = "\(file.lineCount) lines, the limit is \(Self.fileLinesMax): split the file"
    return functions + [
      Excess(
        kind: .file, path: file.path, number: file.lineCount,
        findings: [file.finding(at: 0, message)])
    ]
  }
}

@Suite("Tidy: lengths") struct LengthRuleTests {
  private func numbers(functionLines: Int, fileLines: Int = 0) -> [Int] {
    let body = String(repeating: "  work()\n", count: functionLines - 2)
    let rest = String(repeating: "// more\n", count: max(0, fileLines - functionLines))
    let text = "func long() {\n\(body)}\n\(rest)"
    return LengthRule().excesses(in: SourceFile(path: "Sources/Base/Long.swift", text: text))
      .map(\.number)
  }

  @Test func `at the limit is short enough`() {
    #expect(numbers(functionLines: 60, fileLines: 700) == [])
  }

  @Test func `canary: a function or a file one line too long`() {
    #expect(numbers(functionLines: 61, fileLines: 701) == [61, 701])
  }

  @Test func `functions are found by their braces`() {
    let text = """
      protocol P { func required(); init(x: Int); var y: Int { get } }
      struct S {
        init(_ f: () -> Void = { }) { }
        func one(a: [Int] = [1, 2]) -> Int { [1].map { $0 }.count }
        subscript(index: Int) -> Int {
          index
        }
        var stored = 1
        var computed: Int { .init(1) }
      }
      """
    let found = SourceFile(path: "Sources/Base/S.swift", text: text).declarations
    #expect(
      found.map { "\($0.name) \($0.lines.count)" }
        == ["P 1", "y 1", "S 9", "init 1", "one 1", "subscript 3", "computed 1"])
  }
}
