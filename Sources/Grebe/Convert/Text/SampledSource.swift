import Base
import Columns
import Ingest
import JSON

/// The front of a source, and what its records seem to be.
struct SampledSource {
  enum Layout {
    case csv(DetectedDialect)
    case json(DetectedJSONLayout, JSONInference)
  }

  let file: SourceFile
  let coding: SourceCoding
  /// See `SourceSample`.
  let encodingDoubt: EncodingDoubt?
  /// The front of the text.
  let text: Buffer<UInt8>
  let isWhole: Bool
  let layout: Layout
  /// What was guessed and why, for a person.
  let reasons: [DetectedDialect.Reason]

  var format: TextFormat {
    switch layout {
    case .csv(let detected): .csv(detected.dialect)
    case .json(let detected, let inference):
      .json(
        detected.layout,
        detected.names != nil ? .tuples : inference.areObjects ? .objects : .values,
        DateFormats(date: inference.dateFormat, timestamp: inference.timestampFormat))
    }
  }

  /// Columns that the source seems to have, in order.
  var names: [String] {
    switch layout {
    case .csv(let detected): detected.names
    case .json(let detected, let inference): detected.names ?? inference.schema.names
    }
  }

  /// Columns that are not called what the source's header says, or members of its records.
  var renamed: [RenamedField] {
    switch layout {
    case .csv(let detected): detected.renamed
    case .json(let detected, let inference):
      detected.names != nil
        ? []
        : inference.schema.fields.filter { $0.jsonKey != $0.name }
          .map { RenamedField(header: $0.jsonKey, name: $0.name) }
    }
  }

  /// Whether the source itself names its columns, so that they are found by name.
  var namesColumns: Bool {
    if case .csv(let detected) = layout { detected.dialect.hasHeader } else { true }
  }

  /// Where in the text the first record starts, and the newlines before it.
  var dataOffset: Int {
    switch layout {
    case .csv(let detected): detected.dataOffset
    case .json(let detected, _): detected.dataOffset
    }
  }

  var dataLine: Int {
    switch layout {
    case .csv(let detected): detected.dataLine
    case .json(let detected, _): detected.dataLine
    }
  }

  /// What of the text before that is no name.
  var passedOver: PassedOverLines {
    if case .csv(let detected) = layout { detected.passedOver } else { PassedOverLines() }
  }

  /// Whether some of its lines end with CR and others with LF.
  var mixesLineEnds: Bool {
    if case .csv(let detected) = layout { detected.mixesLineEnds } else { false }
  }

  /// What its numbers show of where fractions begin.
  var decimalMark: DecimalMark {
    if case .csv(let detected) = layout { detected.decimalMark } else { .untold }
  }

  /// What of the guesses at the text may be wrong.
  var doubts: [DialectDoubt] {
    if case .csv(let detected) = layout { detected.doubts } else { [] }
  }

  /// Why its rows may be others than those of a member of the object that the text is.
  var rowsDoubt: JSONRowsDoubt? {
    if case .json(let detected, _) = layout { detected.rowsDoubt } else { nil }
  }

  /// The text from the first record on.
  var body: Buffer<UInt8> { text.slice(min(dataOffset, text.count)..<text.count) }

  /// Whether the source is whole and has no record: an empty file, one of nothing but comments and
  /// blank lines, or an empty JSON array.
  var isBlank: Bool {
    guard isWhole else { return false }
    guard case .json(let detected, _) = layout else {
      return text.count == 0 || names.isEmpty || hasNoText
    }
    let spaces = [ASCII.space, ASCII.tab, ASCII.lineFeed, ASCII.carriageReturn]
    let bytes = body.span
    guard let first = bytes.indices.first(where: { !spaces.contains(bytes[$0]) }) else {
      // An array that ends in its first megabyte does so with a bracket.
      return detected.layout == .lines || detected.layout == .values
    }
    return detected.layout == .array && bytes[first] == ASCII.closeBracket
      && bytes.indices.dropFirst(first + 1).allSatisfy { spaces.contains(bytes[$0]) }
  }

  /// Whether it is whole and has blank lines at best: nothing that tells how others are written.
  var hasOnlyBlankLines: Bool {
    guard case .csv(let detected) = layout else { return false }
    return isWhole && (detected.hasNoRecord || hasNoText)
  }

  /// Whether delimited text has neither a name nor a value. A blank line below a name is a null.
  private var hasNoText: Bool {
    guard case .csv(let detected) = layout, !detected.dialect.hasHeader else { return false }
    let bytes = body.span
    let lineEnds = [ASCII.lineFeed, ASCII.carriageReturn]
    return bytes.indices.allSatisfy { lineEnds.contains(bytes[$0]) }
  }

  /// Whether it is whole and has nothing but names of columns.
  var isHeaderOnly: Bool {
    guard case .csv(let detected) = layout else { return false }
    return detected.isHeaderOnly(body, isWhole: isWhole)
  }

  var hasJSONRecords: Bool {
    if case .json(_, let inference) = layout { inference.recordCount > 0 } else { false }
  }

  /// Of JSON without columns, what it has instead; nil if that is nothing sound.
  var emptiness: String? {
    guard case .json(let detected, let inference) = layout else { return nil }
    if inference.recordCount > 0 { return "the records are objects without members" }
    guard isWhole, (try? JSONDocument(text)) != nil else { return nil }
    return switch detected.layout {
    case .array: "there are no records: the array is empty"
    case .arrayMember(let name): "there are no records: the array \"\(name)\" is empty"
    case .lines, .values: nil
    }
  }

  /// What stands for null in columns that are no text.
  func nullSpellings(_ source: PlannedSource, _ schema: Schema) -> [DetectedDialect.Reason] {
    guard case .csv(let detected) = layout else { return [] }
    return detected.nullSpellings(
      in: body, isWhole: isWhole,
      types: source.columnMap.map { $0.map { schema.fields[$0].type } })
  }

  typealias TypedName = (name: String, type: DataType)

  /// Types of the columns that have values in the sample, by name.
  var types: [TypedName] {
    switch layout {
    case .csv(let detected):
      var inference = TypeInference(dialect: detected.dialect, fieldCount: detected.fieldCount)
      inference.observe(body, isWhole: isWhole)
      return zip(detected.names, inference.columns).compactMap { name, column in
        if !column.isAllNull { return (name, column.type) }
        // Of nothing but empty fields, later rows decide; spellings of null may be text after all.
        return column.isAllEmpty ? (name, .void) : nil
      }
    case .json(_, let inference):
      return inference.schema.fields.map { ($0.name, $0.type) }
    }
  }
}
