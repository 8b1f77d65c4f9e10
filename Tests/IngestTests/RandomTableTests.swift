import Base
import Columns
import Testing

@testable import Ingest

/// A random table and one of the many ways to write it.
struct RandomTable {
  var rows: [[Scalar]] = []
  var text: [UInt8] = []
  /// Where each row begins in the text.
  var starts: [Int] = []

  init(seed: UInt64, rowCount: Int, columnCount: Int, lineEnd: String? = nil) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<rowCount {
      let row = (0..<columnCount).map { _ in RandomTable.value(&random) }
      starts.append(text.count)
      rows.append(row)
      let fields = row.map { RandomTable.field($0, &random) }
      text += Array(fields.joined(separator: ",").utf8)
      text += Array((lineEnd ?? (Bool.random(using: &random) ? "\n" : "\r\n")).utf8)
    }
    // The last line end may be missing, unless a trailing null would look like a blank line.
    if columnCount > 1 && Bool.random(using: &random) {
      while let last = text.last, last == ASCII.lineFeed || last == ASCII.carriageReturn {
        text.removeLast()
      }
    }
  }

  private static func value(_ random: inout SeededRandom) -> Scalar {
    let pieces = ["a", "b,", "\"", "\n", "\r\n", " ", "é", "\"\"", "x", "🐦", "\r", "\u{0}"]
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return .null
    case 1: return .string("")
    default:
      let count = Int.random(in: 1...12, using: &random)
      return .string((0..<count).map { _ in pieces.randomElement(using: &random)! }.joined())
    }
  }

  private static func field(_ value: Scalar, _ random: inout SeededRandom) -> String {
    guard case .string(let text) = value else { return "" }
    let needsQuotes =
      text.isEmpty
      || text.utf8.contains {
        [ASCII.comma, ASCII.quote, ASCII.lineFeed, ASCII.carriageReturn].contains($0)
      }
    guard needsQuotes || Bool.random(using: &random) else { return text }
    // Not by grapheme: CR LF is one Character.
    var quoted: [UInt8] = [ASCII.quote]
    for byte in text.utf8 { quoted += byte == ASCII.quote ? [byte, byte] : [byte] }
    return String(decoding: quoted + [ASCII.quote], as: UTF8.self)
  }
}

@Suite("CSV: random tables") struct RandomTableTests {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `what was written is read, fast, generally and in any window`(_ seed: UInt64) throws {
    let columnCount = Int(seed % 5) + 1
    let table = RandomTable(seed: seed, rowCount: 40, columnCount: columnCount)
    var settings = options(strings(columnCount))
    let whole = try parseAll(table.text, settings)
    #expect(whole.rows == table.rows, "seed \(seed)")
    #expect(whole.rejects.isEmpty && whole.rowsRead == 40, "seed \(seed)")
    #expect(whole.newlineCount == table.text.count { $0 == ASCII.lineFeed })
    for window in [1, 7, 64, 200, 1024] {
      #expect(try parseAll(table.text, settings, window: window) == whole, "seed \(seed)")
    }
    settings.framesFast = false
    #expect(try parseAll(table.text, settings) == whole, "seed \(seed)")
    settings.framesFast = true
    settings.kernelLevel = .scalar
    #expect(try parseAll(table.text, settings, window: 300) == whole, "seed \(seed)")
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func `noise gives the same rows and rejects on every path and traps on none`(
    _ seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    let bytes = noise(&random, count: Int.random(in: 0...500, using: &random))
    for columnCount in 1...3 {
      var settings = options(
        Schema((0..<columnCount).map { Field("c\($0)", $0 == 1 ? .integer : .string) }))
      let whole = try parseAll(bytes, settings)
      #expect(whole.rowsRead == whole.rows.count + whole.rejects.count, "seed \(seed)")
      settings.framesFast = false
      #expect(try parseAll(bytes, settings) == whole, "seed \(seed)")
    }
  }

  @Test(arguments: 0..<16 as Range<UInt64>)
  func `bytes of any kind never trap`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let types: [DataType] = [
      .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 9, scale: 2),
      .decimal(precision: 38, scale: 10), .string, .binary, .date, .timestamp, .timestampNtz,
    ]
    let digits = Array("0123456789-+.eE:TZ \u{0}".utf8)
    for type in types {
      var bytes: [UInt8] = []
      for _ in 0..<60 {
        let count = Int.random(in: 0...40, using: &random)
        bytes += (0..<count).map { _ in
          Bool.random(using: &random)
            ? UInt8.random(in: 0...255, using: &random) : digits.randomElement(using: &random)!
        }
        bytes.append(ASCII.lineFeed)
      }
      let schema = Schema([Field("v", type)])
      for inferred in [[], [0]] as [Set<Int>] {
        let whole = try parseAll(bytes, options(schema, inferred: inferred))
        #expect(whole.rowsRead == whole.rows.count + whole.rejects.count, "seed \(seed)")
      }
      _ = CSVDialectDetector.detect(sample: Buffer(bytes), isWholeInput: seed % 2 == 0)
    }
  }

  @Test func `every truncation of a table parses or rejects`() throws {
    let table = RandomTable(seed: 7, rowCount: 12, columnCount: 3)
    for count in 0...table.text.count {
      let whole = try parseAll(Array(table.text.prefix(count)), options(strings(3)))
      #expect(whole.rowsRead == whole.rows.count + whole.rejects.count)
    }
  }
}

@Suite("CSV: parallel ranges") struct CSVBoundaryScannerTests {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `any cut gives the same rows in order`(_ seed: UInt64) throws {
    let table = RandomTable(seed: seed, rowCount: 30, columnCount: 2)
    for size in [1, 13, 64, 100, 333] {
      let found = try parseRanges(table.text, options(strings(2)), size: size)
      #expect(found.rows == table.rows && found.rejects.isEmpty, "seed \(seed), size \(size)")
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `any cut of noise gives the same rows and rejects`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let bytes = noise(&random, count: Int.random(in: 0...600, using: &random))
    let settings = options(strings(2))
    let whole = try parseAll(bytes, settings)
    for size in [1, 50, 64, 200] {
      let found = try parseRanges(bytes, settings, size: size)
      #expect(found.rows == whole.rows, "seed \(seed), size \(size)")
      #expect(found.rejects == whole.rejects, "seed \(seed), size \(size)")
      #expect(found == whole, "seed \(seed), size \(size)")
    }
  }

  @Test func `a long field with line breaks is one range's`() throws {
    let bytes = Array("a,\"\(String(repeating: "x\n", count: 100))\"\nb,c\n".utf8)
    let ranges = recordRanges(bytes, options(strings(2)), size: 50)
    #expect(ranges == [0..<bytes.count - 4, bytes.count - 4..<bytes.count])
  }

  @Test func `a quote that never closes does not keep the rest together`() throws {
    var settings = options(strings(2))
    settings.recordBytesMax = 1000
    let bytes = Array(("a,\"b\n" + String(repeating: "c,d\n", count: 2000)).utf8)
    let ranges = recordRanges(bytes, settings, size: 2000)
    #expect(ranges.count == 4)
    let whole = try parseRanges(bytes, settings, size: 2000)
    #expect(whole.rows.count == 2000 && whole.rejects.map(\.reason) == [.unclosedQuote])
  }
}
