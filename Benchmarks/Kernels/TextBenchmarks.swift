import Base
import BenchmarkSupport
import Columns
import Ingest

/// Delimited text to typed columns, in batches of 16 equal columns that fit the second-level cache:
/// nanoseconds a field for a batch in all (the text copied, records framed and checked, fields
/// converted), and for the conversion alone, which is what the best known is.
func measureDelimitedText(_ runner: BenchmarkRunner) throws {
  let kinds: [(name: String, type: DataType, best: Double?, value: (UInt64) -> String)] = [
    ("integers of 7 digits", .integer, 2.4, { String(1_000_000 + $0 % 9_000_000) }),
    ("integers of 1 to 9 digits", .integer, 2.4, { String($0 % power(10, 1 + ($0 >> 40) % 9)) }),
    ("longs of 12 digits", .long, nil, { String(100_000_000_000 + $0 % 900_000_000_000) }),
    ("doubles of 5 and 2 digits", .double, 4.4, { cents($0 % 10_000_000) }),
    ("decimal(15,2)", .decimal(precision: 15, scale: 2), 5.6, { cents($0 % 10_000_000) }),
    ("dates", .date, 3.6, { date($0) }),
    ("timestamps of 26 characters", .timestamp, 9.0, { timestamp($0) }),
    ("strings of 12 bytes", .string, nil, { String(100_000_000_000 + $0 % 900_000_000_000) }),
  ]
  for kind in kinds {
    try measure(kind.name, kind.type, best: kind.best, kind.value, runner)
  }
}

private func measure(
  _ name: String, _ type: DataType, best: Double?, _ value: (UInt64) -> String,
  _ runner: BenchmarkRunner
) throws {
  let names = (batch: "delimited text: \(name)", conversion: "fields converted: \(name)")
  guard runner.isSelected(names.batch) || runner.isSelected(names.conversion) else { return }
  let columnCount = 16
  let rowCount = runner.size(1024, smoke: 100)
  var random = BenchmarkRandom(seed: 23)
  var text = ""
  var scalars: [String] = []
  for _ in 0..<rowCount {
    let fields = (0..<columnCount).map { _ in value(random.next()) }
    scalars += fields
    text += fields.joined(separator: ",") + "\n"
  }
  let bytes = Buffer(Array(text.utf8))
  let schema = Schema((0..<columnCount).map { Field("c\($0)", type) })
  let parser = try CSVBatchParser(CSVParserOptions(schema: schema))
  // Frames the records and converts nothing.
  let framer = try CSVBatchParser(
    CSVParserOptions(schema: Schema([]), columnMap: Array(repeating: nil, count: columnCount)))
  var parsed: ParsedBatch?
  func parse(by parser: CSVBatchParser) throws {
    var batch = BufferBuilder<UInt8>(capacity: bytes.count + 64)
    batch.append(contentsOf: bytes.span)
    parsed = try parser.parse(batch, isEnd: true)
  }
  let valueCount = rowCount * columnCount
  try runner.measure(names.batch, valueCount: valueCount) {
    try parse(by: parser)
  } check: {
    hash(of: parsed, scalars)
  }
  func frame() throws { try parse(by: framer) }
  try runner.measure(names.conversion, valueCount: valueCount, best: best, without: frame) {
    try parse(by: parser)
  } check: {
    hash(of: parsed, scalars)
  }
}

/// Nil unless a batch holds the values, row by row.
private func hash(of parsed: ParsedBatch?, _ values: [String]) -> UInt64? {
  guard let batch = parsed?.batch, batch.rowCount * batch.columns.count == values.count,
    parsed?.rejects.isEmpty == true
  else { return nil }
  var hash = AnswerHash()
  for (index, column) in batch.columns.enumerated() {
    for row in 0..<batch.rowCount {
      guard isSame(column[row], values[row * batch.columns.count + index]) else { return nil }
      for byte in column[row].description.utf8 { hash.add(UInt64(byte)) }
    }
  }
  return hash.value
}

private func isSame(_ scalar: Scalar, _ text: String) -> Bool {
  switch scalar {
  case .double(let value): value == Double(text)
  case .timestamp: scalar.description.prefix(19).replacing("T", with: " ") == text.prefix(19)
  default: scalar.description == text
  }
}

private func power(_ base: UInt64, _ exponent: UInt64) -> UInt64 {
  (0..<exponent).reduce(1) { power, _ in power * base }
}

private func padded(_ value: UInt64, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private func cents(_ value: UInt64) -> String { "\(value / 100).\(padded(value % 100, 2))" }

private func date(_ seed: UInt64) -> String {
  "\(1992 + seed % 7)-\(padded(1 + (seed >> 8) % 12, 2))-\(padded(1 + (seed >> 16) % 28, 2))"
}

private func timestamp(_ seed: UInt64) -> String {
  "\(date(seed)) \(padded((seed >> 24) % 24, 2)):\(padded((seed >> 32) % 60, 2)):"
    + "\(padded((seed >> 40) % 60, 2)).\(padded((seed >> 48) % 65_536, 6))"
}
