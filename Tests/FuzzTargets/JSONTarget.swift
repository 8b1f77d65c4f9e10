import Base
import Columns
import Ingest
import JSON

private let layouts: [JSONLayout] = [.lines, .values, .array]

/// Columns of every kind that JSON fills, declared and guessed.
private let schemas: [Schema] = [
  Schema([Field("value", .string)]),
  Schema([
    Field("a", .long), Field("b", .string),
    Field("c", .array(element: .double, containsNull: true)),
    Field(
      "d",
      .structure([
        Field("a", .date), Field("b", .map(key: .string, value: .integer, valueContainsNull: true)),
      ])),
    Field("e", .decimal(precision: 20, scale: 3)), Field("f", .boolean, nullable: false),
  ]),
  Schema([
    Field("a", .void), Field("b", .structure([])), Field("c", .timestamp), Field("d", .integer),
    Field(JSONParserOptions.rescuedColumn, .string),
  ]),
]

/// input := layout, schema, flags, window, text
///
/// Kernels and windows of every size find the same rows, rejects and members that are left out; a
/// line is a row exactly if it is a JSON document.
func fuzzJSON(_ input: inout FuzzInput) {
  let layout = input.choice(layouts)
  let schema = input.byte() % schemas.count
  let flags = input.byte()
  let window = input.byte() + 1
  let text = input.rest
  var options = JSONParserOptions(
    schema: schemas[schema], layout: layout, areObjects: schema > 0,
    inferredColumns: flags & 1 == 1 && schema > 0 ? [0, 1, 2, 3] : [], rescues: schema == 2,
    recordBytesMax: 1 << 20)
  if flags & 4 == 4 { options.unknownMembers = .count }
  let best = parse(text, options, window: .max)
  precondition(best == parse(text, options, window: window))
  options.kernelLevel = .scalar
  precondition(best == parse(text, options, window: .max))
  if schema == 0 && layout == .lines { checkLines(text, best) }
  if flags & 2 == 2 { guess(text) }
}

/// What has to be the same whatever the way.
private struct Parsed: Equatable {
  var rows: [String] = []
  var rejects: [Int] = []
  var read = 0
  /// Of members that the schema lacks, the records that have them.
  var ignored: [String: Int] = [:]
}

private func parse(
  _ text: Buffer<UInt8>, _ options: JSONParserOptions, window: Int
) -> Parsed {
  guard let parser = try? JSONBatchParser(options) else { return Parsed() }
  var all = Parsed()
  var start = 0
  var size = window
  while true {
    let end = size >= text.count - start ? text.count : start + size
    var builder = BufferBuilder<UInt8>()
    builder.append(contentsOf: text.slice(start..<end).span)
    guard let batch = try? parser.parse(builder, isEnd: end == text.count) else { return all }
    precondition(batch.rowsRead == batch.batch.rowCount + batch.rejects.count)
    precondition(batch.consumedBytes <= end - start)
    let columns = batch.batch.columns.map(\.scalars)
    for row in 0..<batch.batch.rowCount {
      all.rows.append(columns.map { $0[row].jsonText }.joined(separator: ","))
    }
    all.rejects += batch.rejects.map { $0.byteOffset + start }
    all.read += batch.rowsRead
    for member in batch.ignoredMembers {
      precondition((1...batch.rowsRead).contains(member.rowCount))
      all.ignored[member.name, default: 0] += member.rowCount
    }
    start += batch.consumedBytes
    if end == text.count { break }
    size = batch.consumedBytes == 0 ? size * 2 : window
  }
  precondition(start == text.count)
  return all
}

private func checkLines(_ text: Buffer<UInt8>, _ parsed: Parsed) {
  var documents = 0
  var start = 0
  for offset in 0...text.count where offset == text.count || text[offset] == 0x0A {
    if (try? JSONDocument(text, range: start..<offset)) != nil { documents += 1 }
    start = offset + 1
  }
  precondition(parsed.rows.count == documents)
}

/// Guesses hold for the text that they were made from, but for bad rows.
private func guess(_ text: Buffer<UInt8>) {
  _ = JSONLayoutDetector.isJSON(text, isWholeInput: true)
  guard let found = JSONLayoutDetector.detect(sample: text, isWholeInput: true) else { return }
  var inference = JSONInference(layout: found.layout)
  let data = text.slice(found.dataOffset..<text.count)
  inference.observe(data, isWhole: true)
  let schema = inference.schema
  guard
    let parser = try? JSONBatchParser(
      JSONParserOptions(
        schema: schema, layout: found.layout, areObjects: inference.areObjects,
        inferredColumns: Set(schema.fields.indices)))
  else { return }
  var builder = BufferBuilder<UInt8>()
  builder.append(contentsOf: data.span)
  guard let batch = try? parser.parse(builder, isEnd: true) else { return }
  precondition(batch.rowsRead == batch.batch.rowCount + batch.rejects.count)
}

/// Texts that reach far into the target.
func jsonSeeds() -> [[UInt8]] {
  let records = [
    #"{"a":1,"b":"x","c":[1.5,null],"d":{"a":"2026-01-02","b":{"k":1}},"e":12.125,"f":true}"#,
    #"{ "f" : false , "d" : { "b" : { } } , "c" : [ ] , "a" : -3 }"#,
    #"{"a":"\u00e9\ud83d\ude00\n","b":{"c":[[],{}]},"f":true,"new":{"deep":[1e3]}}"#,
    #"{"a":12345678901234567890,"A":1,"c":"2026-01-02T03:04:05.678Z","f":null}"#,
    #"{"a":nul}"#, #"{"b":"unclosed}"#, "[1,2,[3]]", "\"text\"", "0.1e-7", "{\"b\":\"tab\there\"}",
  ]
  return layouts.indices.flatMap { layout in
    schemas.indices.flatMap { schema in
      [0, 3, 4].map { flags in
        let text =
          records.joined(separator: layout == 2 ? ",\n" : "\n") + (layout == 2 ? "]" : "\n")
        return [UInt8(layout), UInt8(schema), UInt8(flags), 40] + Array(text.utf8)
      }
    }
  } + records.map { [0, 1, 3, 5] + Array($0.utf8) }
}
