import Columns
import Compression
import Parquet

// Reads Parquet into columns, or writes columns as Parquet, over and over: a line of JSON a round.

let usage = """
  usage: ParquetFiles decode FILE [--columns a,b] [--discard] [--batch-rows N] [ROUNDS]
         ParquetFiles encode FILE --out FILE [--profile NAME] [--compression NAME] [--group-rows N]
                [--page-rows N] [--page-bytes N] [ROUNDS]
         ParquetFiles checksum FILE
  ROUNDS is --rounds N (5), or --paced: a round whenever a line arrives on standard input. With
  --memory a round also says by how much the memory grew, which makes it slower.

  decode    reads every column from disk into column batches and keeps them until the round ends;
            with --discard no longer than until the next batch
  encode    reads FILE into memory once, then writes it as Parquet to disk
  checksum  prints rows, and per column the values, nulls and a hash of them in order
  """

do {
  try run(Arguments(CommandLine.arguments.dropFirst()))
} catch let error as BenchmarkError {
  fail("\(error.message)\n\(usage)", status: 64)
} catch {
  fail("\(error)", status: 65)
}

func run(_ arguments: Arguments) throws {
  switch arguments.command {
  case "decode": try decode(arguments)
  case "encode": try encode(arguments)
  case "checksum": try checksum(arguments)
  default: throw BenchmarkError("decode, encode or checksum")
  }
}

func decode(_ arguments: Arguments) throws {
  let batchRowCount = try arguments.count("batch-rows", default: 8192)
  let wanted = arguments.options["columns"]?.split(separator: ",").map(String.init)
  try forEachRound(arguments) { () throws -> Round in
    var kept: [ColumnBatch] = []
    var rowCount = 0
    let start = Spent.now()
    let file = try ParquetFile(arguments.path)
    let columns = wanted?.compactMap { file.metadata.schema.index(of: $0) } ?? file.columns
    try file.forEachBatch(columns: columns, rowCount: batchRowCount) { batch in
      rowCount += batch.rowCount
      if !arguments.flags.contains("discard") { kept.append(batch) }
    }
    let end = Spent.now()
    return Round(
      from: start, to: end, rowCount: rowCount, sizeBytes: kept.sum { $0.sizeBytes },
      path: arguments.path)
  }
}

func encode(_ arguments: Arguments) throws {
  guard let output = arguments.options["out"] else { throw BenchmarkError("--out FILE") }
  let groupRowCount = try arguments.count("group-rows", default: 1 << 20)
  let options = try arguments.writeOptions()
  let file = try ParquetFile(arguments.path)
  let batches = try file.batches(columns: file.columns, rowCount: 8192)
  try forEachRound(arguments) { () throws -> Round in
    let start = Spent.now()
    let sizeBytes = try write(
      batches, schema: file.metadata.schema, to: output, options, groupRowCount: groupRowCount)
    let end = Spent.now()
    return Round(
      from: start, to: end, rowCount: batches.sum { $0.rowCount }, sizeBytes: sizeBytes,
      path: output)
  }
}

func checksum(_ arguments: Arguments) throws {
  let file = try ParquetFile(arguments.path)
  var sums = file.columns.map { _ in Checksum() }
  try file.forEachBatch(columns: file.columns, rowCount: 8192) { batch in
    for index in sums.indices { sums[index].add(batch.columns[index]) }
  }
  say("rows \(file.metadata.rowCount)")
  for (field, sum) in zip(file.metadata.schema.fields, sums) {
    say("\(field.name)\t\(sum.valueCount)\t\(sum.nullCount)\t\(String(sum.value, radix: 16))")
  }
}

/// One measured repetition.
struct Round {
  let from: Spent
  let to: Spent
  let rowCount: Int
  let sizeBytes: Int
  /// The file that was read or written.
  let path: String
  /// Bytes by which the memory grew; nil where it was not measured.
  var grown: Int?

  init(from: Spent, to: Spent, rowCount: Int, sizeBytes: Int, path: String) {
    self.from = from
    self.to = to
    self.rowCount = rowCount
    self.sizeBytes = sizeBytes
    self.path = path
  }

  func json() throws -> String {
    let peak = Spent.peakMemoryBytes()
    var text =
      "{\"cpu\": \(to.cpuSeconds - from.cpuSeconds), "
      + "\"wall\": \(to.wallSeconds - from.wallSeconds), "
      + "\"rows\": \(rowCount), \"bytes\": \(sizeBytes), \"peak\": \(peak)"
    if let grown {
      let group = try ParquetFile(path).groupBytes
      text +=
        ", \"grown\": \(grown), \"group\": \(group.compressed), "
        + "\"group_uncompressed\": \(group.uncompressed)"
    }
    return text + "}"
  }
}

func forEachRound(_ arguments: Arguments, _ round: () throws -> Round) throws {
  func body() throws -> Round {
    guard arguments.flags.contains("memory") else { return try round() }
    guard let before = Spent.restartPeakMemory() else {
      throw BenchmarkError("this system does not measure the peak of memory anew")
    }
    var result = try round()
    result.grown = Spent.peakMemoryBytes() - before
    return result
  }
  if arguments.flags.contains("paced") {
    say("ready")
    while readLine() != nil { say(try body().json()) }
  } else {
    for _ in 0..<(try arguments.count("rounds", default: 5)) { say(try body().json()) }
  }
}

extension Array {
  func sum(_ part: (Element) -> Int) -> Int { reduce(0) { $0 + part($1) } }
}
