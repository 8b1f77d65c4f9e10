import Base
import Columns

/// Values that are stored otherwise than the column holds them: turned over, a batch at a time, for
/// the encoder of what is stored. Bounds are of the column's values, in its type's order.
final class ConvertingEncoder: ValueEncoder {
  private let conversion: StoreConversion
  private let stored: any ValueEncoder
  private var bounds = ColumnBounds.empty
  private var nanCount = 0

  init(_ conversion: StoreConversion, pageSizeBytes: Int, _ options: ParquetWriteOptions) {
    self.conversion = conversion
    stored = conversion.makeEncoder(pageSizeBytes: pageSizeBytes, options)
  }

  var isPageFull: Bool { stored.isPageFull }
  var pageSizeBytes: Int { stored.pageSizeBytes }
  var bufferedBytes: Int { stored.bufferedBytes }
  var dictionaryCount: Int { stored.dictionaryCount }
  var bloom: BloomCollector? {
    get { stored.bloom }
    set { stored.bloom = newValue }
  }

  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?
  ) throws(ValueFault) -> Int {
    let values = column.values(of: rows, validity)
    let converted = try conversion.stored(values)
    let count = try stored.append(converted, rows: 0..<values.count, validity: nil)
    let taken = count == values.count ? values : values.slice(0..<count)
    if let added = conversion.bounds(taken) { bounds.merge(added) }
    if conversion == .float16, case .float(let slots) = taken.values {
      // SAFETY: bit patterns are all bytes.
      nanCount += unsafe Parquet.nanCount(slots.span.bytes, order: .float)
    }
    guard let validity else { return count }
    if count == values.count && !stored.isPageFull { return rows.count }
    return validity.rowCount(from: rows.lowerBound, untilOnes: count)
  }

  func finishPage(isLast: Bool, _ meter: EncodingMeter, to page: inout ByteWriter) -> PageValues {
    var values = stored.finishPage(isLast: isLast, meter, to: &page)
    if conversion.hasOwnBounds { values.bounds = bounds }
    if conversion == .float16 { values.nanCount = nanCount }
    bounds = .empty
    nanCount = 0
    return values
  }

  func appendDictionaryPage(to page: inout ByteWriter) { stored.appendDictionaryPage(to: &page) }

  func reset() {
    stored.reset()
    bounds = .empty
    nanCount = 0
  }
}

extension Column {
  /// The values of `rows` without nulls. `validity` is nil when none of them is null.
  fileprivate func values(of rows: Range<Int>, _ validity: Bitmap?) -> Column {
    let bare = Column(type: type, values: values)
    guard let validity else { return bare.slice(rows) }
    var valid = BufferBuilder<UInt32>(capacity: rows.count)
    for row in rows where validity[row] { valid.append(UInt32(row)) }
    return bare.gathering(valid.take())
  }
}
