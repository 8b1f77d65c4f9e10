import Base
import Testing

@testable import Ingest

/// What a kernel makes of fields: slots, nil where it lists the row.
private func converted<Slot: BitwiseCopyable>(
  _ texts: [String], _ level: KernelLevel,
  _ kernel: (FieldColumn, Slots<Slot>, inout ExceptionList) -> Void
) -> [Slot?] {
  var text = BufferBuilder<UInt8>()
  var ends = BufferBuilder<UInt32>()
  ends.append(.max)
  for (index, field) in texts.enumerated() {
    for byte in field.utf8 { text.append(byte) }
    ends.append(UInt32(text.count))
    // The last field ends where the text does.
    if index + 1 < texts.count { text.append(ASCII.comma) }
  }
  // A digit behind the text must not count.
  let count = text.count
  text.append(repeating: ASCII.comma, count: 1)
  text.truncate(to: count)
  var slots = BufferBuilder<Slot>(capacity: texts.count)
  var listed = BufferBuilder<UInt32>(capacity: texts.count + 1)
  // SAFETY: all builders outlive the kernel; there is room for every row.
  let output = unsafe Slots(base: slots.unsafeTail(texts.count))
  var exceptions = unsafe ExceptionList(rows: Slots(base: listed.unsafeTail(texts.count + 1)))
  let frozen = text.take()
  let bounds = ends.take()
  unsafe frozen.withUnsafePointer { base in
    unsafe bounds.withUnsafePointer { ends in
      let column = unsafe FieldColumn(
        text: TextPointer(base: base), ends: ends, stride: 1, rowCount: texts.count, quote: 0,
        trimsQuotes: false, trimsCarriage: false, level: level)
      kernel(column, output, &exceptions)
    }
  }
  let rows = (0..<exceptions.count).map { Int(exceptions.rows[$0]) }
  #expect(rows == rows.sorted() && Set(rows).count == rows.count)
  unsafe slots.advance(by: texts.count)
  return texts.indices.map { rows.contains($0) ? nil : slots[$0] }
}

/// Numbers of all lengths, and what is nearly one. Every other eight of them have at most eight
/// characters behind their sign: kernels treat such rows apart.
private func numbers(_ random: inout SeededRandom) -> [String] {
  let odd = [
    "", "-", ".", "-.", "0", "-0", "00", "007", "-07", "0.5", "00.5", ".5", "5.", "-5.", "+1", "1-",
    "--1", "1.2.3", "..", "1e3", " 1", "1 ", "x", "1/2", "12:45", "2147483647", "2147483648",
    "-2147483648", "-2147483649", "9007199254740992", "9007199254740993", "4503599627370496",
    "4503599627370497", "9999999999999999", "10000000000000000", "0.000000000000001", "1,5",
    "123456789012345678901234567890", "9223372036854775807", "123456789.12345678",
  ]
  func digits(_ range: ClosedRange<Int>) -> String {
    (0..<Int.random(in: range, using: &random)).map { _ in
      String(Int.random(in: 0...9, using: &random))
    }.joined()
  }
  return (0..<411).map { row in
    let sign = Int.random(in: 0...3, using: &random) == 0 ? "-" : ""
    if row / 8 % 2 == 0 {
      let short = [
        odd.filter { $0.utf8.count <= 8 }.randomElement(using: &random) ?? "", digits(0...8),
        digits(1...3) + "." + digits(0...4), digits(0...4) + "." + digits(0...3), digits(8...8),
      ]
      return sign + (short.randomElement(using: &random) ?? "")
    }
    switch Int.random(in: 0...9, using: &random) {
    case 0: return odd.randomElement(using: &random) ?? ""
    case 1: return sign + digits(0...18)
    case 2: return sign + digits(1...9) + "." + digits(0...9)
    case 3: return sign + digits(0...2) + "." + digits(10...16)
    case 4, 5: return sign + "\(Int.random(in: 0...99_999_999, using: &random))"
    default: return sign + "\(Int.random(in: 0...99_999, using: &random))." + digits(2...2)
    }
  }
}

/// All that this processor has vectors for.
private let vectorLevels = KernelLevel.allCases.filter { $0 >= .avx2 && $0 <= .best }

@Suite("CSV: vectors and their twins", .enabled(if: KernelLevel.best >= .avx2))
struct VectorColumnTests {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `integers are the same, and the same rows are listed, seed`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let texts = numbers(&random)
    let range = Int64(Int32.min)...Int64(Int32.max)
    func narrow(_ level: KernelLevel) -> [Int32?] {
      converted(texts, level) { convertInt32($0, range: range, into: $1, exceptions: &$2) }
    }
    func wide(_ level: KernelLevel) -> [Int64?] {
      converted(texts, level) { convertInt64($0, into: $1, exceptions: &$2) }
    }
    for level in vectorLevels {
      #expect(narrow(level) == narrow(.scalar))
      #expect(wide(level) == wide(.scalar))
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>, [ASCII.point, ASCII.comma])
  func `doubles are the same bits, and the same rows are listed, seed and point`(
    _ seed: UInt64, _ point: UInt8
  ) {
    var random = SeededRandom(seed: seed)
    let texts = numbers(&random).map { text in
      point == ASCII.point ? text : String(text.map { $0 == "." ? "," : $0 == "," ? "." : $0 })
    }
    func bits(_ level: KernelLevel, _ isExact: Bool) -> [UInt64?] {
      converted(texts, level) {
        convertDouble($0, point: point, isExact: isExact, into: $1, exceptions: &$2)
      }.map { (value: Double?) in value?.bitPattern }
    }
    for level in vectorLevels {
      #expect(bits(level, true) == bits(.scalar, true))
      #expect(bits(level, false) == bits(.scalar, false))
    }
  }

  @Test(
    arguments: 0..<20 as Range<UInt64>,
    [(18, 0), (18, 18), (15, 2), (4, 2), (9, 9), (1, 0), (16, 5)] as [(Int, Int)])
  func `decimals are the same, and the same rows are listed, seed, precision and scale`(
    _ seed: UInt64, _ type: (precision: Int, scale: Int)
  ) {
    var random = SeededRandom(seed: seed)
    let texts = numbers(&random)
    func unscaled(_ level: KernelLevel) -> [Int64?] {
      converted(texts, level) {
        convertDecimal64(
          $0, precision: type.precision, scale: type.scale, into: $1, exceptions: &$2)
      }
    }
    let scalars = unscaled(.scalar)
    for level in vectorLevels {
      let vectors = unscaled(level)
      for (index, text) in texts.enumerated() where vectors[index] != scalars[index] {
        // Vectors take sixteen digits, scalars only what a double's mantissa holds.
        let digits = text.filter(\.isNumber)
        #expect(scalars[index] == nil && digits.count == 16, "\(text)")
        #expect(vectors[index].map { "\($0.magnitude)".hasPrefix(digits) } == true, "\(text)")
      }
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `timestamps are the same, and the same rows are listed, seed`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let tails = [
      "", "Z", ".", ".Z", ".1", ".12Z", ".123", ".1234Z", ".12345", ".123456", ".123456Z",
      ".1234567", ".1234567Z", ",123", ".12x", "+01:00", " Z", "z", ".999999", ".000000", ".0x0Z",
    ]
    func number(_ range: ClosedRange<Int>, _ width: Int) -> String {
      padded(Int.random(in: range, using: &random), width)
    }
    let texts = (0..<403).map { row in
      // The first field of a text may be empty: it ends where the text begins.
      if row == 0 && Bool.random(using: &random) { return "" }
      var text = number(Bool.random(using: &random) ? 0...9999 : 1896...2104, 4)
      text += "-" + number(0...13, 2) + "-" + number(0...32, 2)
      text += ["T", " ", " ", " ", "t", "-"].randomElement(using: &random)!
      text += number(0...25, 2) + ":" + number(0...61, 2) + ":" + number(0...61, 2)
      text += tails.randomElement(using: &random)!
      // One in ten is cut, and one has another byte somewhere.
      switch Int.random(in: 0...19, using: &random) {
      case 0, 1: return String(text.prefix(Int.random(in: 0...text.utf8.count, using: &random)))
      case 2, 3:
        var bytes = Array(text.utf8)
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
          in: 0x20...0x7E, using: &random)
        return String(decoding: bytes, as: UTF8.self)
      default: return text
      }
    }
    func micros(_ level: KernelLevel) -> [Int64?] {
      converted(texts, level) { convertTimestamp($0, into: $1, exceptions: &$2) }
    }
    let vectors = micros(.best)
    #expect(vectors == micros(.scalar))
    #expect(vectors.contains { $0 != nil } && vectors.contains(nil))
  }

  private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `dates are the same, and the same rows are listed, seed`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let odd = [
      "", "2024-1-01", "2024/01/01", "20240101", "2024-01-011", "x024-01-01", "2024-01-1x",
    ]
    let texts = (0..<403).map { _ in
      if Int.random(in: 0...19, using: &random) == 0 { return odd.randomElement(using: &random)! }
      let year = Int.random(
        in: Bool.random(using: &random) ? 0...9999 : 1896...2104, using: &random)
      let month = Int.random(in: 0...13, using: &random)
      let day = Int.random(in: Bool.random(using: &random) ? 0...33 : 27...31, using: &random)
      return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
    func days(_ level: KernelLevel) -> [Int32?] {
      converted(texts, level) { convertDate($0, into: $1, exceptions: &$2) }
    }
    #expect(days(.best) == days(.scalar))
  }

  @Test func `every day of four centuries is the same`() {
    let texts = (0..<146_097).map { CivilDate(daysSinceEpoch: $0 - 25_567).text }
    let days: [Int32?] = converted(texts, .best) { convertDate($0, into: $1, exceptions: &$2) }
    #expect(days == (0..<146_097).map { Int32($0 - 25_567) })
  }
}
