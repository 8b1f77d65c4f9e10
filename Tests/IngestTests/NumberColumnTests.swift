import Base
import Columns
import Testing

@testable import Ingest

/// One column of fields, converted as `type`; nil where the row was rejected or null.
func column(_ values: [String], _ type: DataType, inferred: Bool = false) throws -> [Scalar] {
  let settings = options(
    Schema([Field("i", .integer), Field("v", type)]), inferred: inferred ? [1] : [])
  let lines = values.enumerated().map { "\($0),\($1)\n" }.joined()
  let whole = try parseAll(lines, settings)
  var found = [Scalar](repeating: .null, count: values.count)
  for row in whole.rows {
    guard case .integer(let index) = row[0] else { continue }
    found[Int(index)] = row[1]
  }
  return found
}

@Suite("CSV: numbers") struct NumberColumnTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `integers of every width`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let values =
      (0..<500).map { _ in
        Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0...63, using: &random)
      } + [0, .min, .max, 99_999_999, 100_000_000, 9_999_999_999_999_999, 10_000_000_000_000_000]
    let expected = values.map { Scalar.integer($0) }
    #expect(try column(values.map { String($0) }, .long) == expected, "seed \(seed)")
    #expect(
      try column(values.map { " \"\($0)\"" }.map { String($0.dropFirst()) }, .long) == expected)
    for type in [DataType.byte, .short, .integer] {
      let range = type.integerRange!
      #expect(
        try column(values.map { String($0) }, type)
          == values.map { range.contains($0) ? .integer($0) : .null }, "seed \(seed)")
    }
  }

  @Test(arguments: [
    ("007", Scalar.integer(7)), ("+5", .integer(5)), (" 12 ", .integer(12)), ("-0", .integer(0)),
    ("", .null), ("-", .null), ("1-", .null), ("1.0", .null), ("0x1", .null), ("1e3", .null),
    ("9223372036854775808", .null), ("123456789012345678901234567890", .null), ("１", .null),
    ("1 2", .null), ("--1", .null), ("0000000000000000000000005", .integer(5)), ("/", .null),
    (":", .null), ("12345:78", .null), ("1234567/", .null),
  ])
  func `long accepts`(_ text: String, _ value: Scalar) throws {
    #expect(try column([text], .long) == [value])
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `doubles are the nearest, however they are written`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var texts: [String] = []
    for _ in 0..<400 {
      let bits = Double(bitPattern: random.next())
      if bits.isFinite { texts.append("\(bits)") }
      texts.append("\(Double.random(in: -180...180, using: &random))")
      texts.append("\(Float.random(in: -1...1, using: &random))")
      texts.append(
        decimalText(
          Int128(Int64.random(in: -1_000_000_000...1_000_000_000, using: &random)),
          scale: Int.random(in: 0...9, using: &random)))
      let digits = Int.random(in: 1...30, using: &random)
      let long = (0..<digits).map { _ in
        String(Int.random(in: 0...9, using: &random))
      }.joined()
      texts.append("\(Int.random(in: 0...9, using: &random)).\(long)")
      texts.append("\(long)e\(Int.random(in: -340...330, using: &random))")
    }
    for (text, found) in zip(texts, try column(texts, .double)) {
      let exact = Double(text)!
      let isZero = text.prefix { $0 != "e" }.allSatisfy { "-0.".contains($0) }
      let isHeld = exact.isFinite && (exact != 0 || isZero)
      #expect(found == (isHeld ? .double(exact) : .null), "\(text), seed \(seed)")
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `the product of 64 and 128 bits rounds as the library does`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var undecided = 0
    for _ in 0..<5_000 {
      let mantissa = random.next() >> UInt64.random(in: 0...60, using: &random)
      let exponent = Int.random(in: -55...55, using: &random)
      guard let found = decimalToDouble(mantissa, exponent: exponent) else {
        undecided += 1
        continue
      }
      #expect(found == Double("\(mantissa)e\(exponent)")!, "\(mantissa)e\(exponent)")
    }
    #expect(undecided < 50)
  }

  @Test(arguments: [
    ("9007199254740993", 0), ("9007199254740993", 1), ("18014398509481986", 0),
    ("90071992547409935", -1), ("4503599627370497", -1), ("45035996273704975", -1),
  ])
  func `halves go to even`(_ mantissa: String, _ exponent: Int) throws {
    let found = decimalToDouble(try #require(UInt64(mantissa)), exponent: exponent)
    #expect(found == Double("\(mantissa)e\(exponent)"))
  }

  @Test(arguments: [
    ("1", Scalar.double(1)), ("-1.5", .double(-1.5)), (".5", .double(0.5)), ("5.", .double(5)),
    ("1e3", .double(1000)), ("1E-2", .double(0.01)), ("+2", .double(2)),
    ("inf", .double(.infinity)),
    ("-Infinity", .double(-.infinity)), ("1e999", .null), (".", .null), ("-", .null), ("-.", .null),
    ("1.2.3", .null), ("1e", .null), ("e5", .null), ("1.2.", .null), ("12345.678.9", .null),
    ("1,5", .null), ("0x10", .null), ("00.5", .double(0.5)),
    ("1e-999", .null), ("0e-999", .double(0)), ("5e-324", .double(.leastNonzeroMagnitude)),
    ("123456789.12345.789", .null), ("1_000", .null), ("nanx", .null),
  ])
  func `double accepts`(_ text: String, _ value: Scalar) throws {
    #expect(try column(["\"\(text)\""], .double) == [value])
    #expect(try column([text.contains(",") ? "x" : text], .double) == [value])
  }

  @Test(arguments: [
    (DataType.double, ["1e400", "-1e400", "1e-400", "-1e-400"]),
    (.float, ["1e40", "-1e40", "1e-60", "-1e-60"]),
  ])
  func `beyond its range is out of range, towards zero as well`(
    _ type: DataType, _ values: [String]
  ) throws {
    let whole = try parseAll(
      values.map { $0 + "\n" }.joined(), options(Schema([Field("x", type)])))
    #expect(whole.rows.isEmpty)
    #expect(whole.rejects.map(\.reason) == values.map { _ in .outOfRange })
  }

  @Test(arguments: [
    (
      DataType.double,
      ["9007199254740992", "-9007199254740994", "1152921504606846976", "10000000000000000000000"],
      ["9007199254740993", "-9007199254740993", "1152921504606846977", "100000000000000000000000"]
    ),
    (.float, ["16777216", "-16777218", "10000000000"], ["16777217", "-16777217", "12345678901"]),
  ])
  func `an integer is held to the digit or out of range`(
    _ type: DataType, _ held: [String], _ others: [String]
  ) throws {
    let large = String(Int128(1) << 126)  // Past the digits that fit 64 bits.
    let settings = options(Schema([Field("x", type)]))
    for text in held + [large, "0" + large] {
      let whole = try parseAll(text + "\n" + text + "\n", settings)
      #expect(whole.rejects.isEmpty && whole.rows.count == 2, "\(text)")
    }
    for text in others + [large.dropLast() + "5"] {
      let whole = try parseAll(text + "\n" + text + "\n", settings)
      #expect(whole.rows.isEmpty && whole.rejects.map(\.reason) == [.outOfRange, .outOfRange])
      // Of fractions the nearest will do.
      #expect(try parseAll(text + ".0\n", settings).rows.count == 1, "\(text).0")
      #expect(try parseAll(text + "e0\n", settings).rows.count == 1, "\(text)e0")
    }
  }

  @Test(arguments: ["", "-"])
  func `the largest double is held where all of its digits are written`(_ sign: String) throws {
    var digits = String((1 << 53) - 1).compactMap(\.wholeNumberValue)
    for _ in 0..<971 {
      var carry = 0
      for index in digits.indices.reversed() {
        (carry, digits[index]) = (digits[index] * 2 + carry).quotientAndRemainder(dividingBy: 10)
      }
      if carry > 0 { digits.insert(carry, at: 0) }
    }
    let text = sign + digits.map(String.init).joined()
    let largest = Double.greatestFiniteMagnitude
    #expect(try column([text], .double) == [.double(sign == "-" ? -largest : largest)])
    #expect(try column([text.dropLast() + "9"], .double) == [.null])
  }

  @Test func `nan is not null`() throws {
    let found = try column(["NaN", "nan", "NA"], .double)
    guard case .double(let value) = found[0] else { return #expect(Bool(false)) }
    #expect(value.isNaN && found[2] == .null)
  }

  @Test func `negative zero keeps its sign`() throws {
    guard case .double(let value) = try column(["-0.0"], .double)[0] else {
      return #expect(Bool(false))
    }
    #expect(value.sign == .minus)
  }

  @Test func `floats round once`() throws {
    // As a double this is exactly between two floats; the digit behind decides.
    let text = "1.00000005960464477539062500000000000000000000000001"
    guard case .double(let value) = try column([text], .float)[0] else {
      return #expect(Bool(false))
    }
    #expect(Float(value) == Float(text))
  }

  @Test(arguments: [
    ("12.34", 9, 2, Scalar.decimal(unscaled: 1234, scale: 2)),
    ("-12.3", 9, 2, .decimal(unscaled: -1230, scale: 2)),
    ("12", 9, 2, .decimal(unscaled: 1200, scale: 2)),
    ("12.340", 9, 2, .decimal(unscaled: 1234, scale: 2)),
    ("12.345", 9, 2, .null),
    ("9999999.99", 9, 2, .decimal(unscaled: 999_999_999, scale: 2)),
    ("10000000", 9, 2, .null),
    ("1.5e2", 9, 2, .decimal(unscaled: 15000, scale: 2)),
    ("1e-3", 9, 2, .null),
    ("000001.5", 9, 2, .decimal(unscaled: 150, scale: 2)),
    ("999999999999999999", 18, 0, .decimal(unscaled: 999_999_999_999_999_999, scale: 0)),
    ("1000000000000000000", 18, 0, .null),
    ("0.000000000000000001", 18, 18, .decimal(unscaled: 1, scale: 18)),
    ("1", 18, 18, .null),
    (
      "99999999999999999999999999999999999999", 38, 0,
      .decimal(unscaled: powerOfTen(38) - 1, scale: 0)
    ),
    ("100000000000000000000000000000000000000", 38, 0, .null),
    ("-1.0000000001", 38, 10, .decimal(unscaled: -10_000_000_001, scale: 10)),
    ("1e1000000000", 38, 0, .null), ("0e99", 9, 2, .decimal(unscaled: 0, scale: 2)),
    ("x", 9, 2, .null),
  ])
  func `decimals are exact or refused`(
    _ text: String, _ precision: Int, _ scale: Int, _ value: Scalar
  ) throws {
    #expect(try column([text], .decimal(precision: precision, scale: scale)) == [value])
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `random decimals`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let values = (0..<500).map { _ in
      Int64.random(in: -999_999_999_999_999...999_999_999_999_999, using: &random)
        >> Int64.random(in: 0...48, using: &random)
    }
    for scale in [0, 2, 6, 15] {
      #expect(
        try column(
          values.map { decimalText(Int128($0), scale: scale) },
          .decimal(precision: 15, scale: scale))
          == values.map { .decimal(unscaled: Int128($0), scale: scale) }, "seed \(seed)")
    }
  }
}
