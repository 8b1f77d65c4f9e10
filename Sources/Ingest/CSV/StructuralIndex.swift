import Base
import CKernels

/// What the structural index tells about a text besides the positions of its separators.
struct StructuralSummary: Equatable {
  /// Delimiters and newlines outside quotes.
  var positionCount = 0
  /// Newlines outside quotes.
  var recordCount = 0
  /// All newlines.
  var newlineCount = 0
  var endsInsideQuotes = false
  /// Quotes stand where the grammar has none: parity may be wrong from the first such place on.
  var hasMisplacedQuotes = false
  var hasQuotes = false
  /// A doubled quote inside quotes.
  var hasEscapes = false
  /// CR before a newline.
  var hasCarriageReturns = false
  var hasNonASCII = false
}

/// Room that `indexStructure` needs for positions over `count` bytes.
func positionCapacity(textBytes count: Int) -> Int { count + 192 }

/// Writes the offset of every delimiter and newline outside quotes to `positions`. O(count).
///
/// Reads up to 64 bytes past `count`. `CKernels.h` has the definition of every flag.
func indexStructure(
  _ text: TextPointer, count: Int, dialect: CSVDialect, positions: Slots<UInt32>, level: KernelLevel
) -> StructuralSummary {
  #if arch(x86_64)
    let kernelDialect = grebe_csv_dialect(dialect)
    let raw: grebe_csv_summary
    // SAFETY: the kernels read up to 64 bytes past `count`, which a text is padded for, and write
    // at most one position a byte and 72 more, for which `positionCapacity` has room.
    switch level {
    case .avx512:
      unsafe raw = grebe_csv_index_avx512(text.base, count, kernelDialect, positions.base)
    case .avx2: unsafe raw = grebe_csv_index_avx2(text.base, count, kernelDialect, positions.base)
    case .sse2: unsafe raw = grebe_csv_index_sse2(text.base, count, kernelDialect, positions.base)
    case .scalar:
      return indexStructureScalar(text, count: count, dialect: dialect, positions: positions)
    }
    return StructuralSummary(raw)
  #else
    return indexStructureScalar(text, count: count, dialect: dialect, positions: positions)
  #endif
}

/// The reference: one byte a step.
func indexStructureScalar(
  _ text: TextPointer, count: Int, dialect: CSVDialect, positions: Slots<UInt32>
) -> StructuralSummary {
  var summary = StructuralSummary()
  let hasCarriage = dialect.newline == ASCII.lineFeed
  var inside = false
  var position = 0
  for offset in 0..<count {
    let byte = text.byte(offset)
    let isNewline = byte == dialect.newline
    if byte >= 0x80 { summary.hasNonASCII = true }
    if isNewline {
      summary.newlineCount += 1
      if hasCarriage && offset > 0 && text.byte(offset - 1) == ASCII.carriageReturn {
        summary.hasCarriageReturns = true
      }
    }
    if byte == dialect.quote {
      summary.hasQuotes = true
      inside.toggle()
      if inside {
        summary.notePrevious(text, offset, dialect)
      } else if !closesProperly(text, after: offset, count: count, dialect) {
        summary.hasMisplacedQuotes = true
      }
    } else if !inside && (isNewline || byte == dialect.delimiter) {
      positions[position] = UInt32(offset)
      position += 1
      if isNewline { summary.recordCount += 1 }
    }
  }
  summary.positionCount = position
  summary.endsInsideQuotes = inside
  return summary
}

extension StructuralSummary {
  /// What the byte before an opening quote says.
  fileprivate mutating func notePrevious(_ text: TextPointer, _ offset: Int, _ dialect: CSVDialect)
  {
    guard offset > 0 else { return }
    let previous = text.byte(offset - 1)
    if previous == dialect.quote {
      hasEscapes = true
    } else if previous != dialect.delimiter && previous != dialect.newline {
      hasMisplacedQuotes = true
    }
  }
}

private func closesProperly(
  _ text: TextPointer, after quote: Int, count: Int, _ dialect: CSVDialect
) -> Bool {
  guard quote + 1 < count else { return true }
  let next = text.byte(quote + 1)
  if next == dialect.delimiter || next == dialect.newline || next == dialect.quote { return true }
  guard next == ASCII.carriageReturn && dialect.newline == ASCII.lineFeed else { return false }
  return quote + 2 >= count || text.byte(quote + 2) == ASCII.lineFeed
}

extension grebe_csv_dialect {
  init(_ dialect: CSVDialect) {
    self.init(
      delimiter: dialect.delimiter, quote: dialect.quote ?? 0, newline: dialect.newline,
      has_quote: dialect.quote == nil ? 0 : 1,
      has_carriage: dialect.newline == ASCII.lineFeed ? 1 : 0)
  }
}

#if arch(x86_64)
  extension StructuralSummary {
    fileprivate init(_ raw: grebe_csv_summary) {
      positionCount = Int(raw.position_count)
      recordCount = Int(raw.record_count)
      newlineCount = Int(raw.newline_count)
      endsInsideQuotes = raw.inside != 0
      hasMisplacedQuotes = raw.malformed != 0
      hasQuotes = raw.quotes != 0
      hasEscapes = raw.escapes != 0
      hasCarriageReturns = raw.carriages != 0
      hasNonASCII = raw.non_ascii != 0
    }
  }
#endif
