import Base
import Columns
import Testing

@testable import Grebe

/// Fills a row: ten thousand are more than the megabyte that a sample has.
let wide = String(repeating: "w", count: 120)

/// Text that shows its first quotes late, when units have been cut at newlines already.
@Suite("Conversion: units cut at newlines") struct NewlineCutsTests {
  /// Some 700 kB: more than a scan of one of these tests' units looks at.
  private static let plain = (0..<5500).map { "\($0),\(wide)\($0)\n" }.joined()
  /// What follows the plain text, and how often the conversion starts over.
  private static let ends: [String: (text: String, restarts: ClosedRange<Int>)] = [
    "plain": ("", 0...0),
    "bad rows": ((0..<9000).map { $0 % 700 == 3 ? "x,bad\n" : "\($0),good\n" }.joined(), 0...0),
    "too few fields": ((0..<9000).map { $0 % 700 == 3 ? "\n7\n" : "\($0),b\n" }.joined(), 0...0),
    "quotes": ((0..<9000).map { "\($0),\"a \"\"b\"\"\"\n" }.joined(), 0...0),
    // One value over many units: what ends in it is void, as behind a quote that never closes.
    "a long quoted text": ("1,\"" + String(repeating: "a,b\n", count: 60_000) + "\"\n2,c\n", 1...1),
    "quoted line breaks": ((0..<40_000).map { "\($0),\"\n\n1,\n\"\n" }.joined(), 0...1),
    "an unclosed quote": ((0..<9000).map { "\($0),\($0 == 70 ? "\"" : "")b\n" }.joined(), 0...1),
    "another type": ((0..<9000).map { "\($0 == 8000 ? "2.5" : "1"),b\n" }.joined(), 0...1),
  ]

  private func convert(
    _ text: String, unitBytes: Int64, parallelism: Int, type: DataType?
  ) throws -> (rows: [String], rejects: [String], restarts: Int) {
    let bench = Workbench(parallelism: parallelism)
    try bench.put("a.csv", "n,t\n" + text)
    let report = try bench.convert(["a.csv"]) {
      $0.textUnitBytes = unitBytes
      $0.onBadRow = .quarantine
      if let type { $0.typeHints = ["n": type] }
    }
    let hasRejects = report.rowsQuarantined > 0
    return (
      try bench.rows(), hasRejects ? try bench.rows(of: bench.quarantine) : [], report.restarts
    )
  }

  @Test(arguments: ends.keys.sorted())
  func `rows and rejects are those of the text in one piece`(_ end: String) throws {
    let (text, restarts) = try #require(Self.ends[end])
    let type: DataType? = end == "another type" ? nil : .long
    let whole = try convert(Self.plain + text, unitBytes: 1 << 30, parallelism: 1, type: type)
    let hasRejects = ["bad rows", "too few fields", "an unclosed quote"].contains(end)
    #expect(whole.rejects.isEmpty == !hasRejects && !whole.rows.isEmpty)
    for parallelism in [1, 3] {
      let cut = try convert(
        Self.plain + text, unitBytes: 60_000, parallelism: parallelism, type: type)
      let isSame = cut.rows == whole.rows
      #expect(isSame, "\(parallelism) workers")
      #expect(cut.rejects == whole.rejects, "\(parallelism) workers")
      #expect(restarts.contains(cut.restarts), "\(cut.restarts), \(parallelism) workers")
    }
  }
}
