import Base
import Columns
import Encodings

/// Booleans: PLAIN, a bit a value. A byte each until the page ends, because batches end anywhere.
final class BooleanEncoder: ValueEncoder {
  private var values = BufferBuilder<UInt8>()

  var isPageFull: Bool { false }
  var bufferedBytes: Int { values.count / 8 }
  var dictionaryCount: Int { 0 }

  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?, to page: inout ByteWriter
  ) -> Int {
    guard case .boolean(let slots) = column.values else {
      preconditionFailure("the column's type changed")
    }
    slots.withPatterns(of: rows, as: UInt8.self) { slots in
      if let validity {
        appendDense(slots, rows: rows, validity: validity, to: &values)
      } else {
        values.append(contentsOf: slots)
      }
    }
    return rows.count
  }

  func finishPage(isLast: Bool, _ page: inout ByteWriter) -> PageValues {
    let count = values.count
    let start = page.count
    appendPlainBooleans(values.span, to: &page)
    values.removeAll()
    if count == 0 { return PageValues(encoding: .plain, bounds: .empty, valuesStart: start) }
    var trueCount = 0
    for index in start..<page.count { trueCount += page.buffer[index].nonzeroBitCount }
    return PageValues(
      encoding: .plain,
      bounds: .integers(min: trueCount == count ? 1 : 0, max: trueCount == 0 ? 0 : 1),
      valuesStart: start)
  }

  func appendDictionaryPage(to page: inout ByteWriter) {}

  func reset() { values.removeAll() }
}
