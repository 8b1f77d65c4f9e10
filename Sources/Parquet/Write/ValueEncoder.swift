import Base
import Columns
import Encodings

/// The values of one column chunk, turned into the values part of its pages.
///
/// One call a batch or page; the loops are inside. Implemented for 4- and 8-byte values, byte
/// values, wide decimals and booleans.
protocol ValueEncoder: AnyObject {
  /// Takes rows of `column` from the start of `rows`, until a page is full of bytes. `validity` is
  /// nil when none of them is null. PLAIN values go to `page`, codes wait for `finishPage`.
  /// Returns how many rows it took: all of them, unless `isPageFull`.
  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?, to page: inout ByteWriter
  ) -> Int

  /// Whether the page holds as many bytes as it may.
  var isPageFull: Bool { get }

  /// Ends the page: what is not in `page` yet is appended. `isLast` says that the chunk ends too.
  /// The values begin at `valuesStart` of the result; what is in front of them is of no use.
  func finishPage(isLast: Bool, _ page: inout ByteWriter) -> PageValues

  /// Bytes that the buffered codes and the dictionary will take, roughly.
  var bufferedBytes: Int { get }

  /// Values in the dictionary page; 0 for none.
  var dictionaryCount: Int { get }

  func appendDictionaryPage(to page: inout ByteWriter)

  /// Ready for the next chunk; buffers keep their capacity.
  func reset()
}

/// What is known about the values of a finished page.
struct PageValues {
  var encoding: PageEncoding
  var bounds: ColumnBounds
  var valuesStart: Int
}

extension ValueEncoder {
  /// Appends a page of codes: their width in bits, then the codes.
  func appendCodes(
    _ codes: borrowing BufferBuilder<UInt16>, distinct: Int, to page: inout ByteWriter
  ) {
    // A width of 0 is legal where there is one value only, but not every reader takes it.
    let width = max(bitWidth(ofMax: UInt32(max(distinct - 1, 0))), 1)
    page.append(UInt8(width))
    appendRLEBitPacked(codes.span, bitWidth: width, to: &page)
  }
}

/// The encoder of a column of `type`, stored as `element`, whose pages have their values at
/// `pageStart`.
func makeValueEncoder(
  _ type: DataType, _ element: SchemaElement, pageStart: Int, _ options: ParquetWriteOptions
) throws(ParquetError) -> any ValueEncoder {
  func fixed(_ order: FixedOrder) -> any ValueEncoder {
    FixedEncoder(order, pageStart: pageStart, options)
  }
  switch (type.physical, element.type) {
  case (.boolean, .boolean): return BooleanEncoder()
  case (.int32, .int32), (.int64, .int32): return fixed(.int32)
  case (.int64, .int64): return fixed(.int64)
  case (.float, .float): return fixed(.float)
  case (.double, .double): return fixed(.double)
  case (.int128, .fixedLengthByteArray):
    return DecimalEncoder(
      sizeBytes: Int(element.typeLength ?? 16), pageStart: pageStart, options)
  case (.bytes, .byteArray):
    return BytesEncoder(isText: type == .string, pageStart: pageStart, options)
  default:
    throw .unsupported("writing a column of type \(type)", at: ParquetPlace(column: element.name))
  }
}
