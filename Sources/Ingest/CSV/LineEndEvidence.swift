import Base

/// How lines end, where the user says so.
package enum LineEnd: Sendable {
  /// LF or CR LF. A CR elsewhere is text.
  case lineFeed
  /// CR. An LF is text.
  case carriageReturn
  /// LF, CR LF or CR, from line to line.
  case any

  var newline: UInt8 { self == .carriageReturn ? ASCII.carriageReturn : ASCII.lineFeed }
  var carriage: CarriageRole { self == .any ? .endsLine : .text }
  var name: String {
    switch self {
    case .lineFeed: "LF"
    case .carriageReturn: "CR"
    case .any: "LF, CR LF or CR"
    }
  }
}

/// What a sample shows of its line ends, whatever else is known of it.
///
/// What stands within quotes ends no line: a cell of several lines may have another kind of line
/// end than the text. Which quotes count is not known yet, so where both kinds seem to stand
/// outside quotes the sample is read in both ways, and the better one wins.
enum LineEndEvidence {
  /// Every CR is followed by an LF, or stands in quotes; what lines end with, for a person.
  case lineFeed(String)
  /// There is no LF outside quotes.
  case carriage
  case both

  var isLineFeed: Bool { if case .lineFeed = self { true } else { false } }

  /// - Complexity: O(sample), at memory speed where every CR is followed by an LF.
  init(_ sample: Buffer<UInt8>, _ overrides: DialectOverrides) {
    let feedCount = count(of: ASCII.lineFeed, in: sample)
    let (pairCount, hasLone) = LineEndEvidence.carriages(in: sample)
    let name = pairCount == 0 ? "LF" : pairCount == feedCount ? "CR LF" : "LF and CR LF"
    guard hasLone else {
      self = .lineFeed(name)
      return
    }
    switch LineEndEvidence.outsideQuotes(sample, overrides) {
    case (false, _): self = .lineFeed("LF or CR LF")
    case (true, false): self = .carriage
    case (true, true): self = .both
    }
  }

  /// How many CRs an LF follows, if any stands alone: then counting stops. One at the very end of
  /// the sample may be either.
  private static func carriages(in sample: Buffer<UInt8>) -> (pairCount: Int, hasLone: Bool) {
    // SAFETY: a buffer may be read 64 bytes past its end; the pointer stays in the closure.
    unsafe sample.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      var pairCount = 0
      var offset = 0
      while true {
        offset = text.firstOffsetFast(of: ASCII.carriageReturn, from: offset, to: sample.count)
        guard offset + 1 < sample.count else { return (pairCount, false) }
        guard text.byte(offset + 1) == ASCII.lineFeed else { return (pairCount, true) }
        pairCount += 1
        offset += 2
      }
    }
  }

  /// Whether a CR without an LF, and whether an LF stands outside quotes: as far as the likely
  /// delimiters tell where these are.
  private static func outsideQuotes(
    _ sample: Buffer<UInt8>, _ overrides: DialectOverrides
  ) -> (hasCarriage: Bool, hasLineFeed: Bool) {
    let bytes = sample.span
    let quote: UInt8? = overrides.quote ?? ASCII.quote
    let openers =
      SeparatorDetector.singleDelimiters + [ASCII.lineFeed, ASCII.carriageReturn]
      + ((overrides.delimiter ?? overrides.knownDelimiter)?.suffix(1) ?? [])
    var found = (hasCarriage: false, hasLineFeed: false)
    var isInside = false
    var closedAt = -1
    // Of the byte-order mark too, which only the first field can follow.
    var opensField = true
    for index in bytes.indices {
      let byte = bytes[index]
      if byte == quote {
        if isInside {
          (isInside, closedAt) = (false, index)
        } else {
          isInside = opensField || closedAt >= 0 && closedAt == index - 1
        }
      } else if !isInside {
        if byte == ASCII.lineFeed { found.hasLineFeed = true }
        if byte == ASCII.carriageReturn && index + 1 < bytes.count
          && bytes[index + 1] != ASCII.lineFeed
        {
          found.hasCarriage = true
        }
        if found.hasCarriage && found.hasLineFeed { break }
      }
      opensField = openers.contains(byte) || index == 2 && byte == 0xBF
    }
    return found
  }
}

/// The records of a sample in one reading of its line ends.
struct LineReading: Equatable {
  private var recordCount = 0
  /// Those with the fields that a record has.
  private var regularCount = 0
  private var isSplit: Bool
  private var carriageCount = 0
  private var feedCount = 0
  /// Of the lines that end with LF, those that end with CR CR LF.
  private var doubledCount = 0

  /// Whether all records have the right fields, and more than one.
  var isRegular: Bool { isSplit && regularCount == recordCount }

  private static let doubled = [ASCII.carriageReturn, ASCII.carriageReturn, ASCII.lineFeed]

  /// - Complexity: O(sample).
  init(_ found: DetectedDialect, _ sample: Buffer<UInt8>, _ isWholeInput: Bool) {
    let fieldCount = found.dialect.fieldCount(columns: found.fieldCount)
    isSplit = fieldCount > 1
    let bytes = sample.span
    let records = sampledRecords(
      of: sample, dialect: found.dialect, isWhole: isWholeInput, fieldCount: fieldCount,
      limit: .max)
    for record in records {
      let end = record.range.suffix(3).map { bytes[$0] }
      if end.last == ASCII.carriageReturn { carriageCount += 1 }
      if end.last == ASCII.lineFeed { feedCount += 1 }
      if end == LineReading.doubled { doubledCount += 1 }
      recordCount += 1
      if record.cells.count == fieldCount { regularCount += 1 }
    }
  }

  /// Whether a text reads better with CRs that end lines than with CRs that are bytes of fields:
  /// of the records that this makes, those with the right fields are as many as the others. The
  /// parts of a field are no such records.
  func isBetter(than plain: LineReading) -> Bool {
    // Without delimiters every part is a record.
    if plain.isSplit && !isSplit && plain.regularCount > 1
      && plain.regularCount * 10 >= plain.recordCount * 9
    {
      return false
    }
    let soundCount = regularCount - plain.regularCount
    return soundCount >= (recordCount - regularCount) - (plain.recordCount - plain.regularCount)
  }

  /// Tells what lines end with.
  func note(in found: inout DetectedDialect) {
    found.mixesLineEnds = carriageCount > 0 && feedCount > 0
    // Where no CR ends a record, lines are read as those of any other text.
    if carriageCount + doubledCount == 0 { found.dialect.carriage = .mayEndLine }
    let text =
      carriageCount > 0
      ? "CR ends \(carriageCount) records of the sample, LF \(feedCount)"
      : doubledCount > 0
        ? "CR CR LF ends \(doubledCount) records of the sample" : "LF: every CR stands in quotes"
    for index in found.reasons.indices
    where found.reasons[index].property == DetectedDialect.Reason.lineEnd {
      found.reasons[index].text = text
    }
  }
}
