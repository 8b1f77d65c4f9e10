package import Base
import CKernels

/// A place in an input where a record begins, or its end.
package struct RecordBoundary: Sendable, Equatable {
  package var offset: Int64
  /// Newlines between the start of the search and the place.
  package var lineCount: Int64
}

/// Finds the first record that begins at or after some place, so that an input can be cut there.
///
/// Where quotes stand as the grammar wants them, their parity from the start of a record on tells
/// which newlines end records: a pass at memory speed. Escapes, delimiters of several bytes, comments
/// and the first misplaced quote send the search to `RecordWalker`, which decides as the parser does.
/// So the ranges between such places hold the same records as the whole input, whatever their size.
package struct BoundarySearch: Sendable {
  private let dialect: CSVDialect
  private let fieldCount: Int
  private let level: KernelLevel
  private let recordBytesMax: Int

  /// Bytes read at a time; a multiple of 64.
  private static let chunkBytes: Int64 = 256 << 10

  /// - Parameters:
  ///   - columnCount: fields of a record, without one behind a delimiter at its end.
  ///   - recordBytesMax: as the parser has it.
  package init(
    dialect: CSVDialect, columnCount: Int, recordBytesMax: Int = 16 << 20,
    level: KernelLevel = .best
  ) {
    self.dialect = dialect
    fieldCount = dialect.fieldCount(columns: columnCount)
    self.recordBytesMax = recordBytesMax
    self.level = level
  }

  /// - Parameters:
  ///   - start: where a record begins.
  ///   - nominal: not before `start`.
  ///   - end: of the input.
  ///   - read: yields exactly the bytes of a range.
  /// - Returns: the start of the first record at or after `nominal`, or the end.
  /// - Complexity: O(nominal - start + the record's length).
  package func boundary<E: Error>(
    from start: Int64, after nominal: Int64, end: Int64,
    read: (Range<Int64>) throws(E) -> Buffer<UInt8>
  ) throws(E) -> RecordBoundary {
    if nominal <= start { return RecordBoundary(offset: start, lineCount: 0) }
    let nominal = min(nominal, end)
    if dialect.quotesByParity && dialect.comment == nil {
      let found = try byParity(from: start, after: nominal, end: end, read: read)
      if let found { return found }
    }
    return try byRecords(from: start, after: nominal, end: end, read: read)
  }

  /// Nil where parity does not tell.
  private func byParity<E: Error>(
    from start: Int64, after nominal: Int64, end: Int64,
    read: (Range<Int64>) throws(E) -> Buffer<UInt8>
  ) throws(E) -> RecordBoundary? {
    var walk = QuoteWalk()
    var lines: Int64 = 0
    var offset = start
    // Whole blocks up to the last before `nominal`, so that the walk goes on at a block's start.
    let near = start + max(nominal - 1 - start, 0) / 64 * 64
    while offset < end {
      let isNear = offset >= near
      let wanted = min(BoundarySearch.chunkBytes, (isNear ? end : near) - offset)
      let chunk = try read(offset..<offset + wanted)
      // What ends before `nominal` in the chunk it lies in is no boundary.
      let first = isNear ? max(0, Int(nominal - offset) - 1) : Int.max
      let (newline, lineCount) = walk.take(chunk, dialect, notBefore: first, level)
      if walk.isMisplaced || offset - nominal > recordBytesMax { return nil }
      if let newline {
        let before = chunk.slice(0..<newline + 1)
        return RecordBoundary(
          offset: offset + Int64(newline) + 1, lineCount: lines + Int64(count(before)))
      }
      lines += Int64(lineCount)
      offset += wanted
    }
    return walk.isInside ? nil : RecordBoundary(offset: end, lineCount: lines)
  }

  private func byRecords<E: Error>(
    from start: Int64, after nominal: Int64, end: Int64,
    read: (Range<Int64>) throws(E) -> Buffer<UInt8>
  ) throws(E) -> RecordBoundary {
    var place = RecordBoundary(offset: start, lineCount: 0)
    var capacity = BoundarySearch.chunkBytes
    while place.offset < min(nominal, end) {
      let wanted = min(capacity, end - place.offset)
      let text = try read(place.offset..<place.offset + wanted)
      let limit = Int(min(nominal - place.offset, Int64(text.count)))
      guard
        let walked = walkRecords(text, isEnd: place.offset + wanted == end, startingBefore: limit)
      else { return RecordBoundary(offset: end, lineCount: place.lineCount) }
      place.lineCount += Int64(count(text.slice(0..<walked)))
      place.offset += Int64(walked)
      capacity = walked == 0 ? capacity * 2 : BoundarySearch.chunkBytes
    }
    return place
  }

  /// Bytes of the whole records that begin before `limit`; nil where the parser will refuse one.
  private func walkRecords(
    _ text: Buffer<UInt8>, isEnd: Bool, startingBefore limit: Int
  ) -> Int? {
    // SAFETY: the scanner's offsets are at most `text.count`; the pointer stays in the closure.
    unsafe text.withUnsafePointer { base in
      let pointer = unsafe TextPointer(base: base)
      let walker = RecordWalker(
        scanner: RecordScanner(dialect: dialect, text: pointer, count: text.count, isEnd: isEnd),
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

  private func count(_ text: Buffer<UInt8>) -> Int {
    // SAFETY: the text outlives the call.
    unsafe text.withUnsafePointer { base in
      unsafe TextPointer(base: base).count(of: dialect.newline, in: 0..<text.count)
    }
  }
}

/// The parity of quotes along adjacent texts, all but the last of which have a multiple of 64 bytes.
struct QuoteWalk: Equatable {
  private(set) var isInside = false
  /// Whether a quote stood where the grammar has none: parity means nothing from there on.
  private(set) var isMisplaced = false
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
          return takeFast(pointer, text.count, dialect, notBefore: first, level)
        }
      #endif
      return takeScalar(pointer, text.count, dialect, notBefore: first)
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
      followsBoundary = walk.carry.boundary != 0
      followsClosing = walk.carry.closed != 0
      followsClosedCarriage = walk.carry.closed_carriage != 0
      followsCarriage = walk.carry.carriage != 0
      return (Int(exactly: walk.first_newline), Int(walk.carry.newline_count))
    }
  #endif

  /// The reference: one byte a step.
  private mutating func takeScalar(
    _ text: TextPointer, _ count: Int, _ dialect: CSVDialect, notBefore first: Int
  ) -> (newline: Int?, lineCount: Int) {
    var found: Int?
    var lines = 0
    for offset in 0..<count {
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
