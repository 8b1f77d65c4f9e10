package import Base
import Columns

/// Turns delimited text into typed columns, a batch of whole records at a time.
///
///  1. Frame: the structural index finds every separator; a batch whose records all have the
///     expected fields and well placed quotes goes on as it is. Any other one is framed again by
///     the general parser, which sets bad rows aside.
///  2. Convert: one tight loop a column over the framed fields. Rows that a loop does not recognise
///     (nulls, spaces, long numbers, other spellings) go through the exact path.
///  3. Gather: rows that an exact conversion refused leave the batch and become rejects.
///
/// A parser belongs to one worker: it keeps scratch memory between batches and nothing else.
package final class CSVBatchParser {
  package let options: CSVParserOptions
  /// The schema with strings for columns in which nothing was seen yet.
  private let batchSchema: Schema
  private let plans: [ColumnPlan]
  private let nulls: NullTexts
  private let header: RepeatedHeader?
  private var positions = BufferBuilder<UInt32>()
  private var exceptionRows = BufferBuilder<UInt32>()
  /// Of the batch parsed last: its framing, and the framed rows that it has, if not all.
  private(set) var last: (frame: RecordFrame, kept: Buffer<UInt32>?)?

  /// - Throws: `unsupported` for a column of a nested type, `invalidArgument` for a map that does
  ///   not fit the schema or a dialect whose bytes coincide.
  package init(_ options: CSVParserOptions) throws(IngestError) {
    batchSchema = Schema(
      options.schema.fields.map { $0.type == .void ? Field($0.name, .string) : $0 })
    plans = try ColumnPlan.make(options)
    nulls = NullTexts(options.dialect)
    header = RepeatedHeader(options.dialect)
    self.options = options
  }

  /// Parses the whole records at the front of `text`, which begins at a record's start.
  ///
  /// - Parameters:
  ///   - text: UTF-8 without byte-order mark and header. String columns of the batch keep it alive.
  ///   - isEnd: whether the input ends where `text` does. Else the last record waits for more.
  /// - Throws: `corrupt` for a line longer than `recordBytesMax`, `resourceLimit` for a text beyond
  ///   2 GiB.
  /// - Complexity: O(bytes + fields).
  package func parse(
    _ text: consuming BufferBuilder<UInt8>, isEnd: Bool
  ) throws(IngestError) -> ParsedBatch {
    var text = text
    let count = text.count
    guard count <= Int(Int32.max) else {
      throw IngestError(.resourceLimit, "a text of \(count) bytes is too long for one batch")
    }
    // SAFETY: the builder owns the bytes until the end of this function; nothing is appended to it
    // before the last use of the pointer.
    text.truncate(to: 0)
    let start = unsafe text.unsafeTail(count)
    unsafe text.advance(by: count)
    let pointer = unsafe TextPointer(base: UnsafePointer(start))

    let framer = RecordFramer(
      text: pointer, count: count, isEnd: isEnd, fieldCount: options.fieldCount,
      options: options)
    let frame: RecordFrame
    if let fast = framer.frameFast(&positions) {
      frame = fast
    } else {
      frame = try framer.frameGeneral(&positions)
    }

    var findings = ConversionFindings()
    var extra = BufferBuilder<UInt8>()
    let drafts = convert(frame, pointer, extraStart: count, extra: &extra, &findings)
    let rejects = rejectedRows(frame, findings, pointer)
    let contradictions = contradictions(frame, findings, pointer)
    let newlineCount = newlineCount(frame, pointer, count)
    if extra.count > 0 { text.append(contentsOf: extra.span) }
    let data = text.take()
    let (batch, kept) = assemble(drafts, frame, findings, data)
    last = (frame, kept)
    let needsMoreFields = options.dialect.padsRagged && frame.surplusFieldCount > 0
    return ParsedBatch(
      batch: batch, rejects: rejects, contradictions: contradictions,
      neededFieldCount: needsMoreFields ? frame.surplusFieldCount : nil,
      rowsRead: frame.rowCount + frame.rejects.count, commentCount: frame.commentCount,
      headerRowCount: headerRowCount(frame, data),
      consumedBytes: frame.consumedBytes,
      newlineCount: newlineCount, text: data.slice(0..<count), isRegular: frame.isRegular,
      hasInnerNewlines: frame.hasInnerNewlines)
  }

  /// Rows that have the header's names, where every column takes them.
  private func headerRowCount(_ frame: RecordFrame, _ data: Buffer<UInt8>) -> Int {
    guard let header, plans.allSatisfy({ $0.field.type.physical == .bytes }) else { return 0 }
    // SAFETY: the framed ranges lie in the text, which `data` begins with.
    return unsafe data.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      return (0..<frame.rowCount).count { row in
        header.mayBegin(with: text.byte(Int(framedEnd(row * frame.stride) &+ 1)))
          && header.matches(text, range(of: row, frame))
      }
    }
  }

  private func convert(
    _ frame: RecordFrame, _ text: TextPointer, extraStart: Int, extra: inout BufferBuilder<UInt8>,
    _ findings: inout ConversionFindings
  ) -> [ColumnDraft] {
    // SAFETY: `positions` holds the frame's ends, `stride` a row and one more, and does not change
    // in this loop; `index` is below the fields of a record, which are at most `stride`.
    exceptionRows.removeAll()
    let exceptions = unsafe Slots(base: exceptionRows.unsafeTail(frame.rowCount + 1))
    let ends = unsafe UnsafePointer(positions.unsafeStart)
    let (dialect, header) = (options.dialect, header)
    var drafts: [ColumnDraft] = []
    drafts.reserveCapacity(plans.count)
    for plan in plans {
      guard let index = plan.fieldIndex else {
        drafts.append(missing(plan, frame.rowCount, &findings))
        continue
      }
      let isLast = index == frame.fieldCount - 1
      let fields = unsafe FieldColumn(
        text: text, ends: ends + index, stride: frame.stride, rowCount: frame.rowCount,
        quote: dialect.quote ?? 0, trimsQuotes: frame.hasQuotes,
        trimsCarriage: frame.hasCarriageReturns && isLast,
        tailCount: isLast ? 0 : dialect.delimiterTail.count,
        mayBeMissing: frame.hasMissingFields, level: options.kernelLevel)
      let converter = ColumnConverter(
        plan: plan, fields: fields, nulls: nulls, formats: plan.formats, exceptionRows: exceptions,
        isHeader: { row in header?.matches(text, self.range(of: row, frame)) ?? false })
      if plan.field.type.physical == .bytes {
        drafts.append(
          converter.strings(
            hasEscapes: frame.hasEscapes, dialect: dialect, extraStart: extraStart, extra: &extra,
            &findings))
      } else {
        drafts.append(.finished(converter.convert(&findings)))
      }
    }
    return drafts
  }

  /// Entry `index` of the current frame's field ends.
  func framedEnd(_ index: Int) -> UInt32 {
    // SAFETY: callers stay within the frame, whose entries lie in `positions` from its start.
    unsafe positions.unsafeStart[index]
  }

  private func missing(
    _ plan: ColumnPlan, _ rowCount: Int, _ findings: inout ConversionFindings
  ) -> ColumnDraft {
    if !plan.field.nullable {
      for row in 0..<rowCount {
        findings.failures.append(
          ConversionFailure(row: row, column: plan.column, reason: .nullInRequired, value: ""))
      }
    }
    let type = batchSchema.fields[plan.column].type
    return .finished(Column(type, repeating: .null, count: rowCount))
  }

  /// The batch of the rows that no conversion refused, and which they are if not all.
  private func assemble(
    _ drafts: [ColumnDraft], _ frame: RecordFrame, _ findings: ConversionFindings,
    _ data: Buffer<UInt8>
  ) -> (ColumnBatch, kept: Buffer<UInt32>?) {
    var columns: [Column] = []
    columns.reserveCapacity(drafts.count)
    for (draft, plan) in zip(drafts, plans) {
      switch draft {
      case .finished(let column): columns.append(column)
      case .strings(let slices, let validity):
        columns.append(
          Column(type: plan.field.type, validity: validity, values: .bytes(slices, data: data)))
      }
    }
    let batch = ColumnBatch(schema: batchSchema, columns: columns, rowCount: frame.rowCount)
    guard !findings.failures.isEmpty else { return (batch, nil) }
    var isBad = [Bool](repeating: false, count: frame.rowCount)
    for failure in findings.failures { isBad[failure.row] = true }
    var kept = BufferBuilder<UInt32>(capacity: frame.rowCount)
    for row in 0..<frame.rowCount where !isBad[row] { kept.append(UInt32(row)) }
    let rows = kept.freeze()
    return (batch.selecting(.rows(rows)), rows)
  }
}
