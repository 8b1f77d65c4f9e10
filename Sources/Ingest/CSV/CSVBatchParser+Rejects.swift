import Base
import Columns

extension CSVBatchParser {
  /// The bytes of a framed row, without its line end.
  func range(of row: Int, _ frame: RecordFrame) -> Range<Int> {
    let first = row * frame.stride
    let start = Int(framedEnd(first) &+ 1)
    var end = framedEnd(first + frame.fieldCount)
    // The ends of missing fields have the delimiter's tail added, like those of any other.
    if frame.hasMissingFields && end == framedEnd(first + frame.fieldCount - 1) {
      end &-= UInt32(options.dialect.delimiterTail.count)
    }
    return start..<max(start, Int(end))
  }

  /// Rejects of framing and conversion in the order of the input; of a row that several columns
  /// refused, the first column's.
  func rejectedRows(
    _ frame: RecordFrame, _ findings: ConversionFindings, _ text: TextPointer
  ) -> [RejectedRow] {
    guard !frame.rejects.isEmpty || !findings.failures.isEmpty else { return [] }
    var rows: [RejectedRow] = []
    for reject in frame.rejects {
      rows.append(
        rejectedRow(
          reject.range, reject.reason, reject.message,
          column: reject.fieldIndex.flatMap {
            $0 < options.columnMap.count ? options.columnMap[$0] : nil
          },
          value: nil, text))
    }
    var first: [Int: ConversionFailure] = [:]
    for failure in findings.failures {
      if let earlier = first[failure.row], earlier.column ?? -1 <= failure.column ?? -1 {
        continue
      }
      first[failure.row] = failure
    }
    for failure in first.values {
      rows.append(
        rejectedRow(
          range(of: failure.row, frame), failure.reason, message(failure), column: failure.column,
          value: failure.value, text))
    }
    rows.sort { $0.byteOffset < $1.byteOffset }
    var lines = 0
    var counted = 0
    for index in rows.indices {
      lines += options.dialect.lineCount(text, in: counted..<rows[index].byteOffset)
      counted = rows[index].byteOffset
      rows[index].lineOffset = lines
    }
    return rows
  }

  /// A row of the batch parsed last, as a reject for a reason that the parser does not know.
  ///
  /// - Parameter parsed: what `parse` made, before anything else was parsed.
  package func rejecting(
    _ row: Int, of parsed: ParsedBatch, _ reason: RejectReason, _ message: String
  ) -> RejectedRow {
    guard let last else { preconditionFailure("nothing was parsed") }
    let range = range(of: last.kept.map { Int($0[row]) } ?? row, last.frame)
    // SAFETY: the text is what the frame was made over, and outlives the call.
    return unsafe parsed.text.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      var rejected = rejectedRow(range, reason, message, column: nil, value: nil, text)
      rejected.lineOffset = options.dialect.lineCount(text, in: 0..<range.lowerBound)
      return rejected
    }
  }

  private func message(_ failure: ConversionFailure) -> String {
    guard let column = failure.column else { return RejectReason.repeatedHeaderMessage }
    let type = options.schema.fields[column].type
    let shown =
      failure.value.utf8.count <= 80 ? failure.value : String(failure.value.prefix(80)) + "…"
    return switch failure.reason {
    case .nullInRequired where !options.columnMap.contains(column):
      RejectReason.missingColumnMessage
    case .nullInRequired: "a null where the column allows none"
    case .outOfRange: "\"\(shown)\" does not fit \(type)"
    default: "\"\(shown)\" is not of type \(type)"
    }
  }

  private func rejectedRow(
    _ range: Range<Int>, _ reason: RejectReason, _ message: String, column: Int?, value: String?,
    _ text: TextPointer
  ) -> RejectedRow {
    var end = min(range.upperBound, range.lowerBound + options.rejectTextBytesMax)
    while end > range.lowerBound
      && (text.byte(end - 1) == ASCII.lineFeed || text.byte(end - 1) == ASCII.carriageReturn)
    { end -= 1 }
    let field = column.map { options.schema.fields[$0] }
    return RejectedRow(
      lineOffset: 0, byteOffset: range.lowerBound, reason: reason, message: message,
      rawText: text.string(range.lowerBound..<end), column: field?.name, value: value,
      expectedType: field?.type)
  }

  func contradictions(
    _ frame: RecordFrame, _ findings: ConversionFindings, _ text: TextPointer
  ) -> [Contradiction] {
    findings.contradictions.map { found in
      let start = range(of: found.row, frame).lowerBound
      return Contradiction(
        column: found.column, neededType: found.neededType, value: found.value,
        lineOffset: options.dialect.lineCount(text, in: 0..<start), byteOffset: start)
    }
  }

  /// Newlines in the consumed bytes.
  func newlineCount(_ frame: RecordFrame, _ text: TextPointer, _ count: Int) -> Int {
    let dialect = options.dialect
    guard let all = frame.newlineCount else {
      return dialect.lineCount(text, in: 0..<frame.consumedBytes)
    }
    // The index has counted to the end; what is left over is less than a record as a rule.
    return all - dialect.lineCount(text, in: frame.consumedBytes..<count)
  }
}
