package import Base
import CKernels
import Columns

/// Turns JSON records into typed columns, a batch of whole records at a time.
///
///  1. Index: the structural index finds every bracket, comma and quote.
///  2. Walk: entries become slots of the schema's nodes; members are expected in the order of the
///     schema. A record that is not JSON is taken back and set aside.
///  3. Convert: one tight loop a node over its slots, the same kernels as for CSV.
///  4. Gather: rows with values that do not fit leave the batch and become rejects, or what does
///     not fit is rescued.
///
/// A parser belongs to one worker, which gives it the texts of a range in order: it keeps scratch
/// memory, and whether it is past the end of an array.
package final class JSONBatchParser {
  package let options: JSONParserOptions
  let tree: JSONColumnTree
  let notes = JSONNotes()
  let formats: ValueFormats
  let batchSchema: Schema
  private var structure = JSONStructure()
  /// Start and end of each row's text.
  var rowRanges = BufferBuilder<UInt32>()
  var exceptionRows = BufferBuilder<UInt32>()
  /// Of the rows parsed last, those that the batch has, if not all.
  var lastKept: Buffer<UInt32>?
  /// Between the texts of a range: the array has ended; a comma came last; text behind the end was
  /// rejected.
  private var isPastEnd = false
  private var isAfterComma = false
  private var hasTail = false

  /// - Throws: `unsupported` for a column of a type that JSON does not fill, `invalidArgument` for
  ///   options that do not fit the schema.
  package init(_ options: JSONParserOptions) throws(IngestError) {
    for format in [options.dateFormat, options.timestampFormat] {
      guard let format, !isTemporalFormat(Array(format.utf8)) else { continue }
      throw IngestError(
        .invalidArgument, "the format \"\(format)\" does not name year, month and day",
        hint: "use letters like %Y-%m-%d %H:%M:%S")
    }
    tree = try JSONColumnTree(options)
    formats = ValueFormats(
      ofJSON: options.dateFormat, timestampFormat: options.timestampFormat)
    batchSchema = options.batchSchema
    self.options = options
  }

  /// Parses the whole records at the front of `text`, which begins at a record or is what the call
  /// before has left over.
  ///
  /// - Parameters:
  ///   - text: without byte-order mark. String columns of the batch keep it alive.
  ///   - isEnd: whether the range ends where `text` does. Else the last record waits for more.
  ///   - isInputEnd: whether the input ends there as well: an array must be closed then.
  /// - Throws: `corrupt` for a record longer than `recordBytesMax`, `resourceLimit` for a text
  ///   beyond 2 GiB.
  /// - Complexity: O(bytes).
  package func parse(
    _ text: consuming BufferBuilder<UInt8>, isEnd: Bool, isInputEnd: Bool = true
  ) throws(IngestError) -> ParsedBatch {
    var text = text
    let count = text.count
    guard count <= Int(Int32.max) - 64 else {
      throw IngestError(.resourceLimit, "a text of \(count) bytes is too long for one batch")
    }
    // What nothing was ever appended to has no bytes of its own.
    if text.isEmpty { text.reserve(1) }
    // SAFETY: the builder owns the bytes until it is frozen, and nothing is appended before the
    // last use of the pointer. A builder has 64 bytes of its own behind its capacity, so a full one
    // need not be copied.
    let start = unsafe text.unsafeElements()
    unsafe start[count] = 0
    unsafe start[count + 1] = 0
    var lineEnd = 0
    if options.layout == .lines && isEnd && count > 0, unsafe start[count - 1] != ASCII.lineFeed {
      unsafe start[count] = ASCII.lineFeed
      lineEnd = 1
    }
    let pointer = unsafe TextPointer(base: UnsafePointer(start))
    structure.index(
      pointer, count: count + lineEnd, newlines: options.layout == .lines,
      level: options.kernelLevel)
    tree.removeAll()
    notes.removeAll()
    rowRanges.removeAll()

    var frame = JSONFrame()
    frame.hasTail = hasTail
    let walk = makeWalk(pointer, count + lineEnd)
    let framer = JSONFramer(
      walk: walk, options: options, summary: structure.summary, entryCount: structure.count,
      isEnd: isEnd, isInputEnd: isInputEnd,
      hasInvalidUTF8: structure.summary.hasNonASCII && !isUTF8(pointer, count))
    if options.layout == .lines {
      framer.frameLines(&frame, &rowRanges)
    } else if isPastEnd {
      framer.frameTail(&frame, from: 0)
    } else {
      frame.isAfterComma = isAfterComma
      framer.frameValues(&frame, &rowRanges)
    }
    try checkGivenUp(frame)
    frame.consumedBytes = min(frame.consumedBytes, count)
    isPastEnd = frame.isPastEnd && !isEnd
    isAfterComma = frame.isAfterComma && !isEnd
    hasTail = frame.hasTail && !isEnd
    if frame.consumedBytes == 0 && !isEnd && count > options.recordBytesMax {
      throw IngestError(
        .corrupt, "a record is longer than \(options.recordBytesMax) bytes",
        hint: "is this JSON with a record a line, or one array? Check the file.")
    }
    // The index has counted to the end; what is left over is less than a record as a rule.
    let newlines =
      structure.summary.newlineCount - lineEnd
      - pointer.count(of: ASCII.lineFeed, in: frame.consumedBytes..<count)
    return finish(text, frame, pointer, count, newlineCount: newlines)
  }

  /// A record whose bracket never closes takes what follows with it. As long as a reject keeps all
  /// of it, nothing is lost; more than that is no bad row, but a text to be mended.
  private func checkGivenUp(_ frame: JSONFrame) throws(IngestError) {
    guard options.layout != .lines,
      let long = frame.rejects.first(where: { $0.range.count > options.rejectTextBytesMax })
    else { return }
    throw IngestError(
      .corrupt, "\(long.range.count) bytes in a row are not JSON records",
      hint: "is a bracket not closed before them? Nothing was committed")
  }

  private func makeWalk(_ text: TextPointer, _ count: Int) -> JSONWalk {
    var spaces: UInt64 = 1 << 0x20 | 1 << 0x09 | 1 << 0x0D
    if options.layout != .lines { spaces |= 1 << 0x0A }
    return JSONWalk(
      text: text, entries: structure.positionSlots, backslashes: structure.backslashSlots,
      hasBackslashes: structure.summary.hasBackslashes, count: count, spaces: spaces,
      depthMax: options.depthMax, collectsUnknown: options.unknownMembers == .collect,
      countsUnknown: options.unknownMembers == .count, rescues: options.rescues, tree: tree,
      notes: notes)
  }

  private func isUTF8(_ text: TextPointer, _ count: Int) -> Bool {
    #if arch(x86_64)
      // SAFETY: the kernel reads up to 32 bytes past `count`.
      if options.kernelLevel >= .avx2 { return unsafe grebe_is_utf8_avx2(text.base, count) != 0 }
    #endif
    return firstInvalidUTF8(text, 0..<count) == nil
  }

  func hasBackslash(in range: Range<Int>) -> Bool { structure.hasBackslash(in: range) }
  var hasBackslashes: Bool { structure.summary.hasBackslashes }
}
