import Base
import Columns
import Foundation
import Testing

@testable import Ingest

/// A table of typed columns and text, written in a random dialect, with random damage between its
/// rows. Nothing says how it is written.
///
/// What cannot be told is not drawn: quotes that open by mistake once, and close where a field may
/// end; two columns between `::`, which are names and addresses too; apostrophes around only those
/// fields that need them; a record whose quote does not close and that has another field of several
/// lines, the last of which looks like one more bad record; `\\` within quotes, where no `\"` shows
/// that it stands for one byte.
struct UntoldDump {
  private(set) var text: [UInt8] = []
  /// Without the header.
  private(set) var rows: [[String]] = []
  /// Where the damaged records begin, and what they are.
  private(set) var damage: [(start: Int, kind: Damage)] = []

  enum Damage: CaseIterable { case short, long, notText, stray, unclosed }

  let delimiter: String
  let quote: String?
  let escape: String
  private let newline: String
  private let hasHeader: Bool
  private let columnCount: Int
  private let quotesTexts: Bool
  /// Without quotes: whether fields begin with marks of inches.
  private let hasInches: Bool
  private var random: SeededRandom

  init(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    delimiter = [",", ";", "\t", "|", "~", "^", "::", "||", ", "].randomElement(using: &random)!
    quote = ["\"", "\"", "'", nil].randomElement(using: &random)!
    escape = quote == nil || Bool.random(using: &random) ? "" : "\\"
    newline = ["\n", "\r\n"].randomElement(using: &random)!
    hasHeader = Int.random(in: 0..<5, using: &random) > 0
    columnCount = Int.random(in: (delimiter == "::" ? 3 : 2)...5, using: &random)
    quotesTexts = quote == "'" || Int.random(in: 0..<3, using: &random) == 0
    hasInches = quote == nil && Int.random(in: 0..<3, using: &random) == 0
    self.random = random
    let rowCount = Int.random(in: 60...200, using: &self.random)
    let damageCount = Int.random(in: 0...rowCount / 20, using: &self.random)
    let damaged = Set(
      (0..<damageCount).map { _ in Int.random(in: 5..<rowCount, using: &self.random) })
    if hasHeader { writeRecord((0..<columnCount).map { "col\($0)" }) }
    for index in 0..<rowCount {
      if damaged.contains(index) { writeDamage() }
      let row = row(index)
      rows.append(row)
      writeRecord(row.enumerated().map { field($1, isText: [1, 4].contains($0)) })
    }
  }

  private mutating func row(_ index: Int) -> [String] {
    let row = [
      "\(index)", word(index), "\(Double(Int.random(in: 0...4000, using: &random)) / 4)",
      "2024-0\(Int.random(in: 1...9, using: &random))-1\(Int.random(in: 0...9, using: &random))",
      ["red", "green", "blue"].randomElement(using: &random)!,
    ]
    return Array(row.prefix(columnCount))
  }

  private mutating func word(_ index: Int) -> String {
    // What shows the escape.
    if quote != nil && index % 20 == 1 { return "a \(quote!)b\(quote!) c" }
    if hasInches && index % 3 == 0 { return "\"\(index) inch" }
    var words = ["ash", "oak tree", "Größe", "x y", "it's", "zero\u{0}", "5\" pipe", "C:\\dir"]
    if quote != nil { words += ["a, b; c", "d|e", "tab\there", "two\nlines", "a~b", "p::q", "^"] }
    return words.randomElement(using: &random)!
  }

  private func field(_ value: String, isText: Bool) -> String {
    guard let quote else { return value }
    let special = [String(delimiter.first!), quote, "\n", "\r"] + (escape.isEmpty ? [] : [escape])
    guard isText && quotesTexts || special.contains(where: value.contains) else { return value }
    let inner =
      escape.isEmpty
      ? value.replacing(quote, with: quote + quote)
      : value.replacing(escape, with: escape + escape).replacing(quote, with: escape + quote)
    return quote + inner + quote
  }

  private mutating func writeRecord(_ fields: [String]) {
    text += Array((fields.joined(separator: delimiter) + newline).utf8)
  }

  private mutating func writeDamage() {
    let kinds = Damage.allCases.filter { quote != nil || $0 != .stray && $0 != .unclosed }
    let kind = kinds.randomElement(using: &random)!
    damage.append((text.count, kind))
    var fields = row(7).enumerated().map { field($1, isText: [1, 4].contains($0)) }
    let column = Int.random(in: 0..<columnCount, using: &random)
    if kind == .unclosed { fields[1] = field("ash", isText: true) }
    switch kind {
    case .short: fields.removeLast(Int.random(in: 1..<columnCount, using: &random))
    case .long: fields += (0..<Int.random(in: 1...3, using: &random)).map { _ in "more" }
    case .stray: fields[column] = quote! + "oak" + quote! + "bark"
    case .unclosed: fields[column] = quote! + "oak"
    case .notText: break
    }
    guard kind == .notText else { return writeRecord(fields) }
    text += Array(fields[..<column].map { $0 + delimiter }.joined().utf8) + [0x61, 0xFF, 0xC3]
    text += Array((fields[(column + 1)...].map { delimiter + $0 }.joined() + newline).utf8)
  }
}

@Suite("CSV: random dialects are found despite damage") struct FoundDialectTests {
  /// The same tables in every run: a guess that is wrong once in ten thousand tables is found by
  /// those who look for it. `GREBE_ROUNDS` draws as many others; `GREBE_SEED` of a failing one
  /// repeats it.
  private static let seeds: Range<UInt64> = {
    let environment = ProcessInfo.processInfo.environment
    if let seed = environment["GREBE_SEED"].flatMap({ UInt64($0) }) { return seed..<seed + 1 }
    guard let count = environment["GREBE_ROUNDS"].flatMap({ UInt64($0) }) else { return 0..<400 }
    let first = UInt64.random(in: 0..<1 << 40)
    return first..<first + count
  }()

  @Test func `sound rows come back exactly and only damaged ones are set aside`() throws {
    for seed in FoundDialectTests.seeds {
      let dump = UntoldDump(seed: seed)
      let found = CSVDialectDetector.detect(sample: Buffer(dump.text), isWholeInput: true)
      let settings = options(strings(found.fieldCount), found.dialect)
      let parsed = try parseAll(Array(dump.text[found.dataOffset...]), settings)
      let rows = dump.rows.map { $0.map { Scalar.string($0) } }
      let starts = parsed.rejects.map { $0.byteOffset + found.dataOffset }
      let hint = """
        GREBE_SEED=\(seed): \(dump.delimiter.debugDescription) \(dump.quote ?? "none") \
        \(dump.escape) is \(found.reasons.map(\.text).prefix(3)), damage \
        \(dump.damage.map { "\($0.start) \($0.kind)" }), found at \(starts)
        """
      if let path = ProcessInfo.processInfo.environment["GREBE_DUMP"] {
        try Data(dump.text).write(to: URL(fileURLWithPath: path))
      }
      #expect(starts == dump.damage.map(\.start), "\(hint)")
      if parsed.rows != rows {
        let index = zip(parsed.rows, rows).enumerated().first { $1.0 != $1.1 }
        let other = String(describing: index)
        Issue.record("\(hint): \(parsed.rows.count) rows of \(rows.count), first other \(other)")
      }
    }
  }
}
