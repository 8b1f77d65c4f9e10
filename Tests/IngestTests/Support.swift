import Base
import Columns

@testable import Ingest

/// The padded text a parser takes.
func builder(_ bytes: some Collection<UInt8>) -> BufferBuilder<UInt8> {
  var builder = BufferBuilder<UInt8>(capacity: bytes.count)
  for byte in bytes { builder.append(byte) }
  return builder
}

/// Runs `body` over a padded copy of `bytes`.
func withText<R>(_ bytes: [UInt8], _ body: (TextPointer, Int) -> R) -> R {
  let buffer = Buffer(bytes)
  return unsafe buffer.withUnsafePointer { unsafe body(TextPointer(base: $0), buffer.count) }
}

func strings(_ count: Int) -> Schema {
  Schema((0..<count).map { Field("c\($0)", .string) })
}

/// Everything a whole input yields, however it was cut.
struct WholeParse: Equatable {
  var rows: [[Scalar]] = []
  var rejects: [RejectedRow] = []
  var contradictions: [Contradiction] = []
  var rowsRead = 0
  var newlineCount = 0

  mutating func add(_ parsed: ParsedBatch, at offset: Int) {
    let columns = parsed.batch.columns.map(\.scalars)
    for row in 0..<parsed.batch.rowCount { rows.append(columns.map { $0[row] }) }
    for var reject in parsed.rejects {
      reject.byteOffset += offset
      reject.lineOffset += newlineCount
      rejects.append(reject)
    }
    for var contradiction in parsed.contradictions {
      contradiction.byteOffset += offset
      contradiction.lineOffset += newlineCount
      contradictions.append(contradiction)
    }
    rowsRead += parsed.rowsRead
    newlineCount += parsed.newlineCount
  }
}

/// Parses `bytes` as a worker does: windows of `window` bytes, what is left over goes to the front.
func parseAll(
  _ bytes: [UInt8], _ options: CSVParserOptions, window: Int = .max
) throws -> WholeParse {
  let parser = try CSVBatchParser(options)
  var whole = WholeParse()
  var start = 0
  var size = window
  while true {
    let end = size >= bytes.count - start ? bytes.count : start + size
    let parsed = try parser.parse(builder(bytes[start..<end]), isEnd: end == bytes.count)
    whole.add(parsed, at: start)
    start += parsed.consumedBytes
    if end == bytes.count { break }
    size = parsed.consumedBytes == 0 ? size * 2 : window
  }
  precondition(start == bytes.count)
  return whole
}

func parseAll(
  _ text: String, _ options: CSVParserOptions, window: Int = .max
) throws -> WholeParse {
  try parseAll(Array(text.utf8), options, window: window)
}

func options(
  _ schema: Schema, _ dialect: CSVDialect = CSVDialect(), inferred: Set<Int> = []
) -> CSVParserOptions {
  CSVParserOptions(schema: schema, dialect: dialect, inferredColumns: inferred)
}

func text(_ string: String) -> Scalar { .string(string) }

/// Where `bytes` are cut into ranges of about `size` bytes, read `chunkSize` at a time.
func recordRanges(
  _ bytes: [UInt8], _ options: CSVParserOptions, size: Int, chunkSize: Int = 64
) -> [Range<Int>] {
  var ranges: [Range<Int>] = []
  var start = 0
  while start < bytes.count {
    let end = firstCut(bytes, options, start, size, chunkSize, isExact: false)
    ranges.append(start..<end)
    start = end
  }
  return ranges
}

private func firstCut(
  _ bytes: [UInt8], _ options: CSVParserOptions, _ start: Int, _ size: Int, _ chunkSize: Int,
  isExact: Bool
) -> Int {
  var scanner = CSVBoundaryScanner(
    dialect: options.dialect, columnCount: options.columnMap.count, isExact: isExact,
    recordBytesMax: options.recordBytesMax)
  var offset = start
  while offset < bytes.count {
    let isWanted = offset >= start + size
    let wanted = min(chunkSize, (isWanted ? bytes.count : min(start + size, bytes.count)) - offset)
    let chunk = Buffer(bytes[offset..<offset + wanted])
    if let cut = scanner.advance(over: chunk, isWanted: isWanted) { return offset + cut }
    if scanner.isMisled { return firstCut(bytes, options, start, size, chunkSize, isExact: true) }
    offset += wanted
  }
  return bytes.count
}

/// Parses each of the ranges on its own.
func parseRanges(
  _ bytes: [UInt8], _ options: CSVParserOptions, size: Int
) throws -> WholeParse {
  var whole = WholeParse()
  for range in recordRanges(bytes, options, size: size) {
    let part = try parseAll(Array(bytes[range]), options)
    whole.rows += part.rows
    for var reject in part.rejects {
      reject.byteOffset += range.lowerBound
      reject.lineOffset += whole.newlineCount
      whole.rejects.append(reject)
    }
    whole.rowsRead += part.rowsRead
    whole.newlineCount += part.newlineCount
  }
  return whole
}
