import Base
import Columns
import Encodings

/// Booleans, a byte each until the page ends, because batches end anywhere.
final class BooleanEncoder: ValueEncoder {
  private var values = BufferBuilder<UInt8>()
  private var chooser: EncodingChooser
  /// Two values need no filter.
  var bloom: BloomCollector?
  private let keptBytes: Int

  init(_ options: ParquetWriteOptions) {
    keptBytes = options.keptBufferBytes
    chooser = EncodingChooser(options, type: .boolean)
  }

  var isPageFull: Bool { false }  // The rows of a page are limited to its size.
  var pageSizeBytes: Int { values.count }
  var bufferedBytes: Int { values.count / 8 }
  var dictionaryCount: Int { 0 }

  func append(_ column: Column, rows: Range<Int>, validity: Bitmap?) -> Int {
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

  func finishPage(isLast: Bool, _ meter: EncodingMeter, to page: inout ByteWriter) -> PageValues {
    if chooser.needsCosts {
      let costs = chooser.candidates.map { encoding in
        meter.cost { appendBooleans(values, as: encoding, to: &$0) }
      }
      chooser.measured(
        values.count, of: values.count, isLast: isLast, candidateCosts: costs, codes: nil)
    }
    appendBooleans(values, as: chooser.encoding, to: &page)
    let bounds = booleanBounds(values)
    values.removeAll()
    return PageValues(encoding: chooser.encoding, bounds: bounds)
  }

  func appendDictionaryPage(to page: inout ByteWriter) {}

  func reset() {
    values.removeAll(keepingCapacity: keptBytes)
    chooser.startChunk()
  }
}

private func appendBooleans(
  _ values: borrowing BufferBuilder<UInt8>, as encoding: PageEncoding, to page: inout ByteWriter
) {
  if encoding == .rle {
    appendRLEBooleans(values.span, to: &page)
  } else {
    appendPlainBooleans(values.span, to: &page)
  }
}

private func booleanBounds(_ values: borrowing BufferBuilder<UInt8>) -> ColumnBounds {
  if values.isEmpty { return .empty }
  var trueCount = 0
  let span = values.span
  for index in span.indices { trueCount &+= Int(span[index]) }
  return .integers(min: trueCount == span.count ? 1 : 0, max: trueCount == 0 ? 0 : 1)
}
