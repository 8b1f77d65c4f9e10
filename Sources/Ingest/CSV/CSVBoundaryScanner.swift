package import Base
import CKernels

/// Finds where a delimited text can be cut: where a record begins, from a start where one does.
///
/// Where quotes stand as the grammar wants them, their parity tells which newlines end records: a
/// pass at memory speed. The first misplaced quote misleads it; an exact scanner then reads record
/// by record (`RecordWalker`) and decides as the parser does, as it does from the start where a
/// dialect has escapes, comments or a delimiter of several bytes. So the ranges between cuts hold
/// the same records as the whole input, whatever their size.
package struct CSVBoundaryScanner: Sendable {
  private let dialect: CSVDialect
  private let fieldCount: Int
  private let recordBytesMax: Int
  private let level: KernelLevel
  private let isExact: Bool
  private var walk = QuoteWalk()
  /// Text of the record at hand, which the chunks so far do not end; for an exact scanner.
  private var pending = Buffer<UInt8>()
  /// Bytes passed over since parity said that a quote is open.
  private var insideCount = 0
  /// Whether the parser will refuse the text, so that cutting it is of no use.
  private var isHopeless = false

  /// Whether a newline that ends no record was passed over; always of an exact scanner, which reads
  /// what newlines alone cannot cut.
  package var hasSeenInnerNewlines: Bool { isExact || walk.hasSeenInnerNewlines }

  /// Whether parity means nothing any more; an exact scanner is to start over.
  package private(set) var isMisled = false

  /// - Parameters:
  ///   - columnCount: fields of a record, without one behind a delimiter at its end.
  ///   - recordBytesMax: as the parser has it.
  package init(
    dialect: CSVDialect, columnCount: Int, isExact: Bool = false, recordBytesMax: Int = 16 << 20,
    level: KernelLevel = .best
  ) {
    self.dialect = dialect
    fieldCount = dialect.fieldCount(columns: columnCount)
    self.isExact = isExact || !dialect.quotesByParity || dialect.comment != nil
    self.recordBytesMax = recordBytesMax
    self.level = level
  }

  /// Looks at the next chunk, of any length.
  ///
  /// - Parameter isWanted: whether the text may be cut in it; else it is only passed over.
  /// - Returns: bytes of the chunk before the first record that begins in it or where it begins;
  ///   nil: none does as far as the chunk tells, or parity was misled.
  /// - Complexity: O(chunk), and the record at hand once more for an exact scanner.
  package mutating func advance(over chunk: Buffer<UInt8>, isWanted: Bool) -> Int? {
    if isHopeless { return nil }
    if isExact { return advanceExactly(over: chunk, isWanted: isWanted) }
    let (newline, _) = walk.take(chunk, dialect, notBefore: isWanted ? 0 : .max, level)
    insideCount = walk.isInside ? insideCount + chunk.count : 0
    isMisled = walk.isMisplaced || insideCount > recordBytesMax
    return isMisled ? nil : newline.map { $0 + 1 }
  }

  private mutating func advanceExactly(over chunk: Buffer<UInt8>, isWanted: Bool) -> Int? {
    var builder = BufferBuilder<UInt8>(capacity: pending.count + chunk.count)
    let before = pending.count
    builder.append(contentsOf: pending.span)
    builder.append(contentsOf: chunk.span)
    let text = builder.take()
    guard let walked = walkRecords(text, startingBefore: isWanted ? before : text.count) else {
      isHopeless = true
      return nil
    }
    if isWanted && walked >= before { return walked - before }
    pending = text.slice(walked..<text.count)
    return nil
  }

  /// Bytes of the whole records that begin before `limit`; nil where the parser will refuse one.
  private func walkRecords(_ text: Buffer<UInt8>, startingBefore limit: Int) -> Int? {
    // SAFETY: the scanner's offsets are at most `text.count`; the pointer stays in the closure.
    unsafe text.withUnsafePointer { base in
      let pointer = unsafe TextPointer(base: base)
      let walker = RecordWalker(
        scanner: RecordScanner(dialect: dialect, text: pointer, count: text.count, isEnd: false),
        fieldCount: fieldCount, recordBytesMax: recordBytesMax)
      var ends = BufferBuilder<UInt32>()
      var spare = BufferBuilder<UInt32>()
      var start = 0
      while start < limit {
        ends.removeAll()
        guard let (record, next) = try? walker.next(from: start, ends: &ends, spare: &spare) else {
          return nil
        }
        if case .incomplete = record { break }
        start = next
      }
      return start
    }
  }
}

/// The parity of quotes along adjacent texts.
struct QuoteWalk: Equatable {
  private(set) var isInside = false
  /// Whether a quote stood where the grammar has none: parity means nothing from there on.
  private(set) var isMisplaced = false
  private(set) var hasSeenInnerNewlines = false
  /// What the byte before the next text was.
  private var followsBoundary = true
  private var followsClosing = false
  private var followsClosedCarriage = false
  private var followsCarriage = false

  /// Walks over `text`. Returns the offset of the first newline at or after `first` that ends a
  /// record, and the number of all newlines.
  mutating func take(
    _ text: Buffer<UInt8>, _ dialect: CSVDialect, notBefore first: Int, _ level: KernelLevel
  ) -> (newline: Int?, lineCount: Int) {
    // SAFETY: a buffer may be read 64 bytes past its end, and outlives the walk.
    unsafe text.withUnsafePointer { base in
      let pointer = unsafe TextPointer(base: base)
      #if arch(x86_64)
        if level != .scalar {
          // The kernels hand on what the last byte of a whole block was.
          let whole = text.count / 64 * 64
          let (newline, lineCount) = takeFast(pointer, whole, dialect, notBefore: first, level)
          let rest = takeScalar(pointer, whole..<text.count, dialect, notBefore: first)
          return (newline ?? rest.newline, lineCount + rest.lineCount)
        }
      #endif
      return takeScalar(pointer, 0..<text.count, dialect, notBefore: first)
    }
  }

  #if arch(x86_64)
    private mutating func takeFast(
      _ text: TextPointer, _ count: Int, _ dialect: CSVDialect, notBefore first: Int,
      _ level: KernelLevel
    ) -> (newline: Int?, lineCount: Int) {
      var walk = grebe_csv_walk()
      walk.carry.inside = isInside ? .max : 0
      walk.carry.boundary = followsBoundary ? 1 : 0
      walk.carry.closed = followsClosing ? 1 : 0
      walk.carry.closed_carriage = followsClosedCarriage ? 1 : 0
      walk.carry.carriage = followsCarriage ? 1 : 0
      walk.not_before = UInt64(first)
      walk.first_newline = .max
      let kernelDialect = grebe_csv_dialect(dialect)
      // SAFETY: the kernels read `count` bytes, rounded up to a multiple of 64, which the padding
      // holds.
      if level >= .avx2 {
        unsafe grebe_csv_walk_avx2(text.base, count, kernelDialect, &walk)
      } else {
        unsafe grebe_csv_walk_sse2(text.base, count, kernelDialect, &walk)
      }
      isInside = walk.carry.inside != 0
      isMisplaced = isMisplaced || walk.carry.malformed != 0
      hasSeenInnerNewlines =
        hasSeenInnerNewlines || walk.carry.newline_count != walk.carry.record_count
      followsBoundary = walk.carry.boundary != 0
      followsClosing = walk.carry.closed != 0
      followsClosedCarriage = walk.carry.closed_carriage != 0
      followsCarriage = walk.carry.carriage != 0
      return (Int(exactly: walk.first_newline), Int(walk.carry.newline_count))
    }
  #endif

  /// The reference: one byte a step.
  private mutating func takeScalar(
    _ text: TextPointer, _ range: Range<Int>, _ dialect: CSVDialect, notBefore first: Int
  ) -> (newline: Int?, lineCount: Int) {
    var found: Int?
    var lines = 0
    for offset in range {
      let byte = text.byte(offset)
      let isQuote = byte == dialect.quote
      let isNewline = byte == dialect.newline
      let isSeparator = isNewline || byte == dialect.delimiter
      let isCarriage = byte == ASCII.carriageReturn && dialect.newline == ASCII.lineFeed
      if followsClosing && !isSeparator && !isCarriage && !isQuote { isMisplaced = true }
      if followsClosedCarriage && !isNewline { isMisplaced = true }
      if isQuote {
        isInside.toggle()
        if isInside && !followsBoundary { isMisplaced = true }
      }
      if isNewline {
        lines += 1
        if isInside { hasSeenInnerNewlines = true }
        if !isInside && offset >= first && found == nil { found = offset }
      }
      followsClosedCarriage = followsClosing && isCarriage
      followsClosing = isQuote && !isInside
      followsBoundary = isSeparator || isQuote
      followsCarriage = isCarriage
    }
    return (found, lines)
  }
}
