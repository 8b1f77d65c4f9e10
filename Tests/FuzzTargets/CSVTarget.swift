import Base
import Columns
import Ingest

private let delimiters = [",", "\t", ";", "|", "||", ", ", "|~|"].map { Array($0.utf8) }

private let schemas: [Schema] = [
  Schema([Field("a", .string)]),
  Schema([Field("a", .string), Field("b", .integer)]),
  Schema([
    Field("a", .long), Field("b", .double), Field("c", .decimal(precision: 18, scale: 2)),
    Field("d", .date), Field("e", .timestamp), Field("f", .boolean), Field("g", .string),
  ]),
]

/// input := delimiter, quoting, flags, schema, window, text
///
/// Kernels and windows of every size and cuts anywhere find the same rows and rejects, every record
/// is a row or a reject, and any text can be guessed about.
func fuzzCSV(_ input: inout FuzzInput) {
  let delimiter = input.choice(delimiters)
  let quoting = input.byte()
  let flags = input.byte()
  let schema = input.choice(schemas)
  let window = input.byte() + 1
  let text = input.rest
  let quotes: [UInt8?] = [ASCII.quote, ASCII.apostrophe, nil]
  var dialect = CSVDialect(
    delimiter: delimiter[0], delimiterTail: Array(delimiter.dropFirst()),
    quote: quotes[quoting % 3],
    escape: quoting & 4 == 4 ? ASCII.backslash : nil,
    newline: quoting & 8 == 8 ? ASCII.carriageReturn : ASCII.lineFeed,
    comment: flags & 1 == 1 ? ASCII.hash : nil)
  dialect.endsWithDelimiter = flags & 2 == 2
  dialect.padsRagged = flags & 4 == 4
  dialect.nullTexts = flags & 8 == 8 ? ["NA", "-"] : []
  if flags & 16 == 16 { dialect.formats = guess(text, dialect) }
  var options = CSVParserOptions(
    schema: schema, dialect: dialect,
    inferredColumns: flags & 32 == 32 ? Set(schema.fields.indices) : [], recordBytesMax: 1 << 20)
  let best = parse(text, options, window: .max)
  precondition(best.read == best.rows.count + best.rejects.count)
  precondition(best == parse(text, options, window: window))
  precondition(best == parseCut(text, options, size: window))
  options.framesFast = false
  precondition(best == parse(text, options, window: .max))
  options.framesFast = true
  options.kernelLevel = .scalar
  precondition(best == parse(text, options, window: .max))
}

private func guess(_ text: Buffer<UInt8>, _ dialect: CSVDialect) -> [FieldFormat] {
  let found = CSVDialectDetector.detect(sample: text, isWholeInput: true)
  precondition(found.dataOffset <= text.count)
  var inference = TypeInference(dialect: found.dialect, fieldCount: found.fieldCount)
  inference.observe(text.slice(found.dataOffset..<text.count), isWhole: true)
  precondition(inference.columns.count == found.names.count)
  let rest = text.slice(text.count / 2..<text.count)
  let other = CSVDialectDetector.detect(
    sample: rest, isWholeInput: true, overrides: DialectOverrides(),
    after: DialectPrior(found, sample: text, isWholeInput: true))
  precondition(other.dataOffset <= rest.count)
  return found.dialect.formats
}

/// What has to be the same whatever the way.
private struct Parsed: Equatable {
  /// As text, since NaN is not equal to itself; nil: null.
  var rows: [[String?]] = []
  /// Where they begin.
  var rejects: [Int] = []
  var read = 0
}

private func parse(
  _ text: Buffer<UInt8>, _ options: CSVParserOptions, window: Int, from first: Int = 0
) -> Parsed {
  guard let parser = try? CSVBatchParser(options) else { return Parsed() }
  var all = Parsed()
  var start = 0
  var size = window
  while true {
    let end = size >= text.count - start ? text.count : start + size
    var part = BufferBuilder<UInt8>(capacity: end - start)
    part.append(contentsOf: text.slice(start..<end).span)
    guard let parsed = try? parser.parse(part, isEnd: end == text.count) else { return Parsed() }
    let columns = parsed.batch.columns.map(\.scalars)
    for row in 0..<parsed.batch.rowCount {
      all.rows.append(columns.map { $0[row] == .null ? nil : $0[row].description })
    }
    all.rejects += parsed.rejects.map { first + start + $0.byteOffset }
    all.read += parsed.rowsRead
    start += parsed.consumedBytes
    if end == text.count && (start == text.count || parsed.consumedBytes == 0) { return all }
    size = parsed.consumedBytes == 0 ? size * 2 : window
  }
}

/// Parses the ranges between cuts, each on its own.
private func parseCut(_ text: Buffer<UInt8>, _ options: CSVParserOptions, size: Int) -> Parsed {
  var all = Parsed()
  var start = 0
  while start < text.count {
    let end = cut(text, options, start, size, isExact: false)
    let part = parse(text.slice(start..<end), options, window: .max, from: start)
    all.rows += part.rows
    all.rejects += part.rejects
    all.read += part.read
    start = end
  }
  return all
}

private func cut(
  _ text: Buffer<UInt8>, _ options: CSVParserOptions, _ start: Int, _ size: Int, isExact: Bool
) -> Int {
  var scanner = CSVBoundaryScanner(
    dialect: options.dialect, columnCount: options.columnMap.count, isExact: isExact,
    recordBytesMax: options.recordBytesMax)
  var offset = start
  while offset < text.count {
    let end = min(offset + size, text.count)
    let chunk = text.slice(offset..<end)
    if let cut = scanner.advance(over: chunk, isWanted: offset > start) { return offset + cut }
    if scanner.isMisled { return cut(text, options, start, size, isExact: true) }
    offset = end
  }
  return text.count
}

/// Small texts in many dialects.
func csvSeeds() -> [[UInt8]] {
  let texts = [
    "a,b\n1,\"x\ny\"\n", "1,\"open\n2,\"b\"\n3,c\n", "\"a\"\"b\",5' 10\"\r\n,\r\n",
    "# c\n1,2\n\n3\n",
    "d,n\n31/12/2026,\"1,234.5\"\n", "1;1.234,5;Jan 2, 2026;Y\n2;0,5;Feb 3, 2026;N\n",
    "x||y\n\"a||b\"||c\n", "a, \"b, c\"\n", "1|x|\n2|y|\n", "'a\\'b',\\N\n", "1,2,3\n4\n5,6\n",
    "title\n\nid,v\ns,m\n1,2\n", "007,9223372036854775808,0.123456789012345678,nan,inf,-\n",
    "2026-01-02 03:04:05+02,12/31/2026 1:05 PM\n",
  ]
  return texts.enumerated().flatMap { index, text in
    (0..<4).map { variant in
      [UInt8(index % 7), UInt8(variant * 5), UInt8(index * 16 + variant), UInt8(variant), 7]
        + Array(text.utf8)
    }
  }
}
