import Base
import Columns
import JSON

@testable import Ingest

/// Parses `bytes` as a worker does: windows of `window` bytes, what is left over goes to the front.
func parseAllJSON(
  _ bytes: [UInt8], _ options: JSONParserOptions, window: Int = .max
) throws -> WholeParse {
  let parser = try JSONBatchParser(options)
  var whole = WholeParse()
  var start = 0
  var size = window
  while true {
    let end = size >= bytes.count - start ? bytes.count : start + size
    let parsed = try parser.parse(builder(bytes[start..<end]), isEnd: end == bytes.count)
    precondition(parsed.rowsRead == parsed.batch.rowCount + parsed.rejects.count)
    whole.add(parsed, at: start)
    start += parsed.consumedBytes
    if end == bytes.count { break }
    size = parsed.consumedBytes == 0 ? size * 2 : window
  }
  precondition(start == bytes.count)
  return whole
}

func parseAllJSON(
  _ text: String, _ options: JSONParserOptions, window: Int = .max
) throws -> WholeParse {
  try parseAllJSON(Array(text.utf8), options, window: window)
}

/// Layout and columns of a whole text, guessed.
func inferJSON(_ text: String, layout: JSONLayout? = nil) throws -> JSONInference {
  let buffer = Buffer(Array(text.utf8))
  let detected = JSONLayoutDetector.detect(sample: buffer, isWholeInput: true, wanted: layout)
  var inference = JSONInference(layout: detected?.layout ?? .lines)
  inference.observe(buffer.slice((detected?.dataOffset ?? 0)..<buffer.count), isWhole: true)
  return inference
}

/// What a conversion does: guesses from the first `sampleBytes`, and starts again with wider types
/// for as long as values contradict. Returns the rows as JSON, the schema and the rejects.
func convertJSON(
  _ bytes: [UInt8], sampleBytes: Int = .max, window: Int = .max, layout: JSONLayout? = nil,
  level: KernelLevel = .best
) throws -> (schema: Schema, whole: WholeParse, passes: Int) {
  let all = Buffer(bytes)
  let sample = all.slice(0..<min(all.count, sampleBytes))
  let isWhole = sample.count == all.count
  let detected = JSONLayoutDetector.detect(
    sample: sample, isWholeInput: isWhole, wanted: layout)
  guard let detected else { throw IngestError(.corrupt, "no such layout") }
  var inference = JSONInference(layout: detected.layout)
  inference.observe(sample.slice(detected.dataOffset..<sample.count), isWhole: isWhole)
  var schema = inference.schema
  for pass in 1... {
    var options = JSONParserOptions(
      schema: schema, layout: detected.layout, areObjects: inference.areObjects,
      inferredColumns: Set(schema.fields.indices), kernelLevel: level)
    options.rejectCountMax = 1000
    let parser = try JSONBatchParser(options)
    var whole = WholeParse()
    var start = detected.dataOffset
    var size = window
    var newFields: [Field] = []
    while true {
      let end = size >= bytes.count - start ? bytes.count : start + size
      let parsed = try parser.parse(builder(bytes[start..<end]), isEnd: end == bytes.count)
      precondition(parsed.rowsRead == parsed.batch.rowCount + parsed.rejects.count)
      whole.add(parsed, at: start)
      newFields += parsed.newFields
      start += parsed.consumedBytes
      if end == bytes.count { break }
      size = parsed.consumedBytes == 0 ? size * 2 : window
    }
    if whole.contradictions.isEmpty && newFields.isEmpty {
      return (options.batchSchema, whole, pass)
    }
    precondition(pass < 60, "the types never settle: \(schema.fields) \(whole.contradictions)")
    for found in whole.contradictions {
      let type = schema.fields[found.column].type
      let wider = widenedType(type, toHold: found.neededType)
      precondition(wider != type, "nothing learnt: \(found)")
      schema.fields[found.column].type = wider
    }
    for field in newFields {
      if let known = schema.index(of: field.name) {
        schema.fields[known].type = widenedType(schema.fields[known].type, toHold: field.type)
      } else {
        schema.fields.append(field)
      }
    }
  }
  fatalError("not reached")
}

func convertJSON(_ text: String, layout: JSONLayout? = nil) throws -> (
  schema: Schema, whole: WholeParse, passes: Int
) {
  try convertJSON(Array(text.utf8), layout: layout)
}

extension WholeParse {
  /// Rows as JSON text, nulls left out of the top level.
  func json(_ schema: Schema) -> [String] {
    rows.map { row in
      let members = zip(schema.fields, row).filter { !$1.isNull }
      return Scalar.structure(members.map { NamedScalar($0.name, $1) }).jsonText
    }
  }
}
