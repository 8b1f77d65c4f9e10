import Base
import Columns
import Encodings

/// The values of one column chunk, turned into the values part of its pages.
///
/// One call a batch or page; the loops are inside.
protocol ValueEncoder: AnyObject {
  /// Takes rows of `column` from the start of `rows`, until a page is full of bytes. `validity` is
  /// nil when none of them is null. Returns how many rows it took: all of them, unless
  /// `isPageFull`. The slots of nulls hold anything: they are not looked at.
  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?
  ) throws(ValueFault) -> Int

  /// Whether the page holds as many bytes as it may.
  var isPageFull: Bool { get }

  /// PLAIN bytes of the page's values.
  var pageSizeBytes: Int { get }

  /// Ends the page: appends its values. `isLast` says that the chunk ends too.
  func finishPage(isLast: Bool, _ meter: EncodingMeter, to page: inout ByteWriter) -> PageValues

  /// Bytes that the buffered values and the dictionary will take, roughly.
  var bufferedBytes: Int { get }

  /// Values in the dictionary page; 0 for none.
  var dictionaryCount: Int { get }

  func appendDictionaryPage(to page: inout ByteWriter)

  /// Takes the values of the chunk, whether they have codes or not. Nil where there is no filter.
  var bloom: BloomCollector? { get set }

  /// Ready for the next chunk; buffers keep their capacity, unless a page was very large.
  func reset()
}

/// Why a page cannot take values.
enum ValueFault: Error {
  /// A number is larger or smaller than any of the column's type.
  case outOfRange
  /// The page would have more bytes than the format can count.
  case pageTooLarge
}

/// What is known about the values of a finished page.
struct PageValues {
  var encoding: PageEncoding
  var bounds: ColumnBounds
  /// NaNs; nil for types that have none.
  var nanCount: Int?
  /// Bytes of byte arrays without their lengths; nil for other types.
  var byteArrayBytes: Int?
}

/// Appends a page of the codes at `range`, all if nil: their width in bits, then the codes.
func appendCodes(
  _ codes: borrowing BufferBuilder<UInt16>, _ range: Range<Int>? = nil, distinct: Int,
  to page: inout ByteWriter
) {
  let width = codeBitWidth(distinct)
  page.append(UInt8(width))
  let range = range ?? 0..<codes.count
  appendRLEBitPacked(codes.span.extracting(range), bitWidth: width, to: &page)
}

/// The encoder of the values of `leaf`. A page of more than `pageSizeBytes` is full.
func makeValueEncoder(
  _ leaf: WriteLeaf, pageSizeBytes: Int, _ options: ParquetWriteOptions
) throws(ParquetError) -> any ValueEncoder {
  func fixed(_ order: FixedOrder) -> any ValueEncoder {
    FixedEncoder(order, leaf.type, options)
  }
  let element = leaf.column.element
  let sizeBytes = Int(element.typeLength ?? 0)
  if let conversion = StoreConversion(leaf.type, element) {
    return ConvertingEncoder(conversion, pageSizeBytes: pageSizeBytes, options)
  }
  switch (leaf.type, leaf.type.physical, element.type) {
  case (.void, _, _): return VoidEncoder()
  case (.uuid, _, .fixedLengthByteArray):
    return FixedBytesEncoder(sizeBytes: sizeBytes, order: .bytes, options)
  case (.interval, _, .fixedLengthByteArray):
    return FixedBytesEncoder(sizeBytes: sizeBytes, order: .none, options)
  case (_, .int128, .fixedLengthByteArray):
    return FixedBytesEncoder(sizeBytes: sizeBytes, order: .decimal, options)
  case (_, .boolean, .boolean): return BooleanEncoder(options)
  case (_, .int32, .int32), (_, .int64, .int32): return fixed(.int32)
  case (_, .int64, .int64): return fixed(.int64)
  case (_, .float, .float): return fixed(.float)
  case (_, .double, .double): return fixed(.double)
  case (_, .bytes, .byteArray):
    return BytesEncoder(isText: leaf.type == .string, pageSizeBytes: pageSizeBytes, options)
  default:
    throw .unsupported("writing a column of type \(leaf.type)", at: ParquetPlace(column: leaf.name))
  }
}

/// Bytes of a PLAIN value; nil where they differ from value to value.
func plainValueBytes(_ element: SchemaElement) -> Int? {
  switch element.type! {
  case .boolean: 1
  case .int32, .float: 4
  case .int64, .double: 8
  case .int96: 12
  case .fixedLengthByteArray: Int(element.typeLength ?? 0)
  case .byteArray: nil
  }
}

/// A column without values: every row is null.
final class VoidEncoder: ValueEncoder {
  var bloom: BloomCollector?
  var isPageFull: Bool { false }
  var pageSizeBytes: Int { 0 }
  var bufferedBytes: Int { 0 }
  var dictionaryCount: Int { 0 }

  func append(_ column: Column, rows: Range<Int>, validity: Bitmap?) -> Int {
    precondition(validity?.zeroCount(in: rows) ?? 0 == rows.count, "a void column has a value")
    return rows.count
  }

  func finishPage(isLast: Bool, _ meter: EncodingMeter, to page: inout ByteWriter) -> PageValues {
    PageValues(encoding: .plain, bounds: .empty)
  }

  func appendDictionaryPage(to page: inout ByteWriter) {}

  func reset() {}
}
