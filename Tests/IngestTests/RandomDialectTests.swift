import Base
import Columns
import Testing

@testable import Ingest

/// A random table in a random dialect, with random damage between its rows.
struct RandomDump {
  var dialect: CSVDialect
  var rows: [[Scalar]] = []
  var text: [UInt8] = []
  /// Where the damaged records begin.
  var badStarts: [Int] = []

  private let columnCount: Int
  private var random: SeededRandom

  init(seed: UInt64, rowCount: Int, columnCount: Int) {
    random = SeededRandom(seed: seed)
    self.columnCount = columnCount
    dialect = CSVDialect()
    dialect = drawDialect()
    for _ in 0..<rowCount {
      switch Int.random(in: 0..<8, using: &random) {
      case 0: writeDamage()
      case 1: writeComment()
      default: write((0..<columnCount).map { _ in value() })
      }
    }
  }

  private mutating func drawDialect() -> CSVDialect {
    let delimiters = [",", "\t", ";", "|", "\u{1}", "||", ", ", "|~|", "::"].map { Array($0.utf8) }
    let delimiter = delimiters.randomElement(using: &random)!
    let quotes: [UInt8?] = [ASCII.quote, ASCII.quote, ASCII.apostrophe, nil]
    var dialect = CSVDialect(
      delimiter: delimiter[0], delimiterTail: Array(delimiter.dropFirst()),
      quote: quotes.randomElement(using: &random)!,
      escape: Int.random(in: 0..<3, using: &random) == 0 ? ASCII.backslash : nil,
      newline: Int.random(in: 0..<5, using: &random) == 0
        ? ASCII.carriageReturn : ASCII.lineFeed)
    if dialect.newline == ASCII.lineFeed && Int.random(in: 0..<3, using: &random) == 0 {
      dialect.carriage = .endsLine
    }
    if Int.random(in: 0..<4, using: &random) == 0 { dialect.comment = ASCII.hash }
    dialect.endsWithDelimiter = Int.random(in: 0..<4, using: &random) == 0
    return dialect
  }

  private mutating func value() -> Scalar {
    var pieces = ["a", "b,", " ", "é", "x", "🐦", "\u{0}", ".", "#", "~", "t:"]
    if dialect.quote != nil { pieces += ["\"", "'", "\n", "\r\n", "\"\"", "|", "\t", "\\", "\r"] }
    if dialect.quote == nil && dialect.escape != nil { pieces += ["\"", "|", "\\", "\\\\"] }
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return .null
    case 1 where dialect.quote != nil: return .string("")
    default:
      let count = Int.random(in: 1...10, using: &random)
      let text = (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
      if dialect.quote == nil && dialect.escape == nil {
        let special = [dialect.delimiter] + dialect.delimiterTail + [ASCII.hash]
        let kept = text.utf8.filter { !special.contains($0) }
        return kept.isEmpty ? .null : .string(String(decoding: kept, as: UTF8.self))
      }
      if dialect.quote == nil && text.hasPrefix("#") { return .string("a" + text) }
      return .string(text)
    }
  }

  private mutating func write(_ row: [Scalar]) {
    rows.append(row)
    writeRecord(row.map { field($0) })
  }

  private mutating func writeRecord(_ fields: [[UInt8]]) {
    let delimiter = [dialect.delimiter] + dialect.delimiterTail
    text += Array(fields.joined(separator: delimiter))
    if dialect.endsWithDelimiter { text += delimiter }
    text += lineEnd()
  }

  private mutating func lineEnd() -> [UInt8] {
    if dialect.newline != ASCII.lineFeed { return [dialect.newline] }
    let ends = ["\n", "\r\n"] + (dialect.endsAtCarriage ? ["\r", "\r\r\n"] : [])
    return Array(ends.randomElement(using: &random)!.utf8)
  }

  private mutating func field(_ value: Scalar) -> [UInt8] {
    guard case .string(let text) = value else { return [] }
    let bytes = Array(text.utf8)
    let special =
      [dialect.delimiter, dialect.quote, dialect.escape, ASCII.lineFeed, ASCII.carriageReturn]
      .compactMap { $0 }
    guard let quote = dialect.quote else {
      guard let escape = dialect.escape else { return bytes }
      return bytes.flatMap { special.contains($0) ? [escape, $0] : [$0] }
    }
    let needsQuotes =
      bytes.isEmpty || bytes.contains { special.contains($0) } || bytes[0] == ASCII.hash
    guard needsQuotes || Bool.random(using: &random) else { return bytes }
    let isDoubled = dialect.escape == nil || Bool.random(using: &random)
    let inner = bytes.flatMap { byte -> [UInt8] in
      if byte == dialect.escape { return [byte, byte] }
      if byte == quote { return [isDoubled ? quote : dialect.escape!, quote] }
      return [byte]
    }
    return [quote] + inner + [quote]
  }

  private mutating func writeComment() {
    guard dialect.comment != nil else { return }
    text += Array("# it's \"not, a | record".utf8) + lineEnd()
  }

  private mutating func writeDamage() {
    let plain = (0..<columnCount).map { _ in Array("ok".utf8) }
    badStarts.append(text.count)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: writeRecord(Array(plain.dropLast()))
    case 1: writeRecord(plain + [Array("more".utf8), Array("most".utf8)])
    case 2: writeRecord([[0x61, 0xFF, 0xC3]] + plain.dropFirst())
    case 3 where dialect.quote != nil:
      writeRecord([[dialect.quote!, 0x78, dialect.quote!, 0x79]] + plain.dropFirst())
    case 4 where dialect.quote != nil:
      writeRecord([[dialect.quote!, 0x78]] + plain.dropFirst())
      // What shows that the quote was not meant to reach here.
      rows.append(plain.map { _ in .string("word") })
      let word = [dialect.quote!] + Array("word".utf8) + [dialect.quote!]
      writeRecord(plain.map { _ in word })
    default: writeRecord([Array("few".utf8)])
    }
  }
}

@Suite("CSV: random dialects with damage") struct RandomDialectTests {
  @Test(arguments: 0..<400 as Range<UInt64>)
  func `sound rows come back exactly and only damaged ones are set aside`(_ seed: UInt64) throws {
    let columnCount = Int(seed % 4) + 2
    let dump = RandomDump(seed: seed, rowCount: 30, columnCount: columnCount)
    var settings = options(strings(columnCount), dump.dialect)
    let whole = try parseAll(dump.text, settings)
    #expect(whole.rows == dump.rows, "seed \(seed)")
    #expect(whole.rejects.map(\.byteOffset) == dump.badStarts, "seed \(seed)")
    for window in [1, 50, 64, 200] {
      #expect(try parseAll(dump.text, settings, window: window) == whole, "seed \(seed)")
    }
    for size in [1, 64, 200, 1000] {
      #expect(try parseRanges(dump.text, settings, size: size) == whole, "seed \(seed), \(size)")
    }
    settings.framesFast = false
    #expect(try parseAll(dump.text, settings) == whole, "seed \(seed)")
  }
}
