import Base
import Columns

/// Reads fields of a sample. What one is shows when it is asked for: most never are.
struct SampledFields {
  private let sample: Buffer<UInt8>
  private let nulls: NullTexts
  private let formats: ValueFormats
  private let dialect: CSVDialect

  /// - Parameter dialect: how the sample is written.
  init(_ sample: Buffer<UInt8>, _ dialect: CSVDialect) {
    self.sample = sample
    self.dialect = dialect
    nulls = NullTexts(dialect)
    formats = ValueFormats(dialect)
  }

  /// Calls `body` with the field's text, spaces around it gone.
  private func with<Result>(_ field: FieldRange, _ body: (FieldText) -> Result) -> Result {
    // SAFETY: fields lie within the sample; the pointer does not leave the closure.
    unsafe sample.withUnsafePointer { base in
      body(FieldText(unsafe TextPointer(base: base), field.value, trimsSpaces: true))
    }
  }

  func isEmpty(_ field: FieldRange) -> Bool { with(field) { $0.isEmpty } }

  /// Whether a field that is not a record's first has a blank between it and the delimiter.
  func followsDelimiterAndBlank(_ field: FieldRange) -> Bool {
    if dialect.delimiterTail.contains(ASCII.space) { return true }
    let bytes = sample.span
    return !field.value.isEmpty && bytes[field.value.lowerBound] == ASCII.space
  }

  /// Whether the field is a null to columns of other types than text.
  func isNull(_ field: FieldRange) -> Bool { with(field) { nulls.isTypedNull($0) } }

  /// The same for a text on its own.
  func isNull(_ text: String) -> Bool {
    let bytes = Buffer(Array(text.utf8))
    // SAFETY: the field is all of the buffer; the pointer does not leave the closure.
    return unsafe bytes.withUnsafePointer { base in
      nulls.isTypedNull(
        FieldText(unsafe TextPointer(base: base), 0..<bytes.count, trimsSpaces: true))
    }
  }

  /// - Precondition: it is not null.
  func evidence(_ field: FieldRange) -> ValueEvidence { with(field) { $0.classify(formats) } }

  /// Whether the field is a value of another type than text.
  func isTyped(_ field: FieldRange) -> Bool {
    !isNull(field) && evidence(field).type != .string
  }

  /// Whether the field is a number in some spelling, thousands and decimal commas included.
  func isNumber(_ field: FieldRange) -> Bool { with(field) { $0.numberStyles() != 0 } }

  /// The text that the field stands for.
  func text(_ field: FieldRange) -> String {
    let text = with(field) { $0.string }
    guard let quote = dialect.quote else { return text }
    let bytes = Array(text.utf8)
    guard bytes.contains(quote) || dialect.escape.map({ bytes.contains($0) }) ?? false else {
      return text
    }
    var kept: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let hasNext = index + 1 < bytes.count
      let isDoubled = bytes[index] == quote && hasNext && bytes[index + 1] == quote
      let isEscape = bytes[index] == dialect.escape && hasNext && dialect.escapes(bytes[index + 1])
      if isDoubled || isEscape { index += 1 }
      kept.append(bytes[index])
      index += 1
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// Columns that have values, nine of ten of which fulfil something.
  func columnCount(
    of records: some Collection<SampledRecord>, _ fieldCount: Int,
    where isWanted: (FieldRange) -> Bool
  ) -> Int {
    (0..<fieldCount).count { column in
      var (count, wantedCount) = (0, 0)
      for record in records where record.cells.count == fieldCount {
        let cell = record.cells[column]
        if isNull(cell) { continue }
        count += 1
        wantedCount += isWanted(cell) ? 1 : 0
      }
      return count > 0 && wantedCount * 10 >= count * 9
    }
  }
}
