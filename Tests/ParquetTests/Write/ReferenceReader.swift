import Base
import Columns
import Compression
import TestSupport

@testable import Parquet

/// A plain reading of the format, value by value and with nothing shared with the writer but the
/// metadata structs: what the writer's tests compare with. Checks what a reader may rely on.
struct ReferenceReader {
  let bytes: [UInt8]
  let footer: FileMetaData
  let schema: Schema

  struct Failure: Error { let message: String }

  /// A data page as it stands in the file.
  struct Page {
    var offset: Int
    var header: PageHeader
    var values: [Scalar]
    var encoding: PageEncoding
  }

  struct Chunk {
    var pages: [Page]
    var dictionary: [Scalar]
    var values: [Scalar] { pages.flatMap(\.values) }
  }

  init(_ parts: [Buffer<UInt8>], schema: Schema) throws {
    bytes = parts.flatMap { Array($0) }
    self.schema = schema
    guard bytes.count >= 12, Array(bytes.prefix(4)) == Array("PAR1".utf8),
      Array(bytes.suffix(4)) == Array("PAR1".utf8)
    else { throw Failure(message: "magic") }
    let length = Int(ReferenceReader.u32(bytes, bytes.count - 8))
    let footerBytes = Buffer(Array(bytes[bytes.count - 8 - length..<bytes.count - 8]))
    footer = try ReferenceReader.thrift(footerBytes, at: 0).0
  }

  static func thrift<T: ThriftReadable>(_ bytes: Buffer<UInt8>, at offset: Int) throws -> (T, Int) {
    var reader = ThriftReader(bytes.bytes, at: offset)
    let value = try T(from: &reader)
    return (value, reader.offset)
  }

  static func u32(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32($1 * 8) }
  }

  func chunk(_ group: Int, _ column: Int) throws -> Chunk {
    let rowGroup = footer.rowGroups[group]
    let metadata = rowGroup.columns[column].metadata!
    let start = Int(metadata.dictionaryPageOffset ?? metadata.dataPageOffset)
    let end = start + Int(metadata.totalCompressedSizeBytes)
    let all = Buffer(bytes)
    var chunk = Chunk(pages: [], dictionary: [])
    var offset = start
    var uncompressed = 0
    while offset < end {
      let (header, bodyStart): (PageHeader, Int) = try ReferenceReader.thrift(all, at: offset)
      let body = all.slice(bodyStart..<bodyStart + Int(header.compressedSizeBytes))
      if let crc = header.crc, CRC32().checksum(body.bytes) != crc {
        throw Failure(message: "checksum")
      }
      let page = try Decompressor().decompress(
        body.bytes, codec: metadata.codec.codec!, sizeBytes: Int(header.uncompressedSizeBytes))
      uncompressed += bodyStart - offset + page.count
      switch header.kind {
      case .dictionary(let dictionary):
        guard offset == start, dictionary.encoding == .plain else {
          throw Failure(message: "place")
        }
        chunk.dictionary = try plain(Array(page), column, count: Int(dictionary.valueCount))
      case .data(let data):
        let values = try dataPage(Array(page), data, column, chunk.dictionary)
        chunk.pages.append(
          Page(offset: offset, header: header, values: values, encoding: data.encoding))
        guard metadata.encodings.contains(data.encoding) else {
          throw Failure(message: "encodings")
        }
      default: throw Failure(message: "page type")
      }
      offset = bodyStart + Int(header.compressedSizeBytes)
    }
    guard offset == end, uncompressed == Int(metadata.totalUncompressedSizeBytes) else {
      throw Failure(message: "sizes")
    }
    guard chunk.values.count == Int(metadata.valueCount), metadata.valueCount == rowGroup.rowCount
    else { throw Failure(message: "value count") }
    return chunk
  }

  private func dataPage(
    _ page: [UInt8], _ header: DataPageHeader, _ column: Int, _ dictionary: [Scalar]
  ) throws -> [Scalar] {
    let count = Int(header.valueCount)
    var levels = [UInt32](repeating: 1, count: count)
    var body = page
    if schema.fields[column].nullable {
      let length = Int(ReferenceReader.u32(page, 0))
      let bytes = Array(page[4..<4 + length])
      guard let decoded = decodeHybridReference(bytes, bitWidth: 1, count: count),
        decoded.sizeBytes == length
      else { throw Failure(message: "levels") }
      levels = decoded.values
      body = Array(page[(4 + length)...])
    }
    let valueCount = levels.count { $0 == 1 }
    var values: [Scalar]
    if header.encoding == .plain {
      values = try plain(body, column, count: valueCount)
    } else if header.encoding == .rleDictionary {
      let codes = decodeHybridReference(
        Array(body.dropFirst()), bitWidth: Int(body[0]), count: valueCount)
      guard let codes, codes.sizeBytes == body.count - 1 else { throw Failure(message: "codes") }
      values = try codes.values.map { code in
        guard code < dictionary.count else { throw Failure(message: "code") }
        return dictionary[Int(code)]
      }
    } else {
      values = try compact(body, header.encoding, column, count: valueCount)
    }
    return levels.map { $0 == 1 ? values.removeFirst() : .null }
  }

  /// The values of a page of one of the newer encodings.
  private func compact(
    _ body: [UInt8], _ encoding: PageEncoding, _ column: Int, count: Int
  ) throws -> [Scalar] {
    let element = footer.schema[column + 1]
    let size = element.type == .int32 || element.type == .float ? 4 : 8
    if encoding == .byteStreamSplit {
      guard body.count == count * size else { throw Failure(message: "stream size") }
      let joined = (0..<body.count).map { body[$0 % size * count + $0 / size] }
      return try plain(joined, column, count: count)
    }
    guard let decoded = decodeDeltaReference(body), decoded.values.count == count else {
      throw Failure(message: "deltas")
    }
    let rest = Array(body[decoded.sizeBytes...])
    if encoding == .deltaBinaryPacked {
      guard rest.isEmpty else { throw Failure(message: "delta size") }
      let bytes = decoded.values.flatMap { value in
        (0..<size).map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
      }
      return try plain(bytes, column, count: count)
    }
    guard encoding == .deltaLengthByteArray else { throw Failure(message: "encoding") }
    var offset = 0
    let values = decoded.values.map { length -> Scalar in
      defer { offset += Int(length) }
      return ReferenceReader.scalar(
        Array(rest[offset..<offset + Int(length)]), schema.fields[column].type, element)
    }
    guard offset == rest.count else { throw Failure(message: "bytes") }
    return values
  }

  private func plain(_ body: [UInt8], _ column: Int, count: Int) throws -> [Scalar] {
    let type = schema.fields[column].type
    let element = footer.schema[column + 1]
    if element.type == .boolean {
      guard body.count == (count + 7) / 8 else { throw Failure(message: "plain size") }
      return (0..<count).map { .boolean(body[$0 / 8] >> UInt8($0 % 8) & 1 == 1) }
    }
    var offset = 0
    var values: [Scalar] = []
    for _ in 0..<count {
      var size: Int
      switch element.type! {
      case .int32, .float: size = 4
      case .int64, .double: size = 8
      case .fixedLengthByteArray: size = Int(element.typeLength!)
      default:
        size = Int(ReferenceReader.u32(body, offset))
        offset += 4
      }
      guard offset + size <= body.count else { throw Failure(message: "plain size") }
      values.append(ReferenceReader.scalar(Array(body[offset..<offset + size]), type, element))
      offset += size
    }
    guard offset == body.count else { throw Failure(message: "plain size") }
    return values
  }

  static func scalar(_ bytes: [UInt8], _ type: DataType, _ element: SchemaElement) -> Scalar {
    func little<T: FixedWidthInteger>(_ type: T.Type) -> T {
      bytes.enumerated().reduce(0) { $0 | T(truncatingIfNeeded: $1.element) << T($1.offset * 8) }
    }
    switch type {
    case .boolean: return .boolean(bytes[0] == 1)
    case .string: return .string(String(decoding: bytes, as: UTF8.self))
    case .binary: return .binary(bytes)
    case .float: return .double(Double(Float(bitPattern: little(UInt32.self))))
    case .double: return .double(Double(bitPattern: little(UInt64.self)))
    case .date: return .date(little(Int32.self))
    case .timestamp: return .timestamp(little(Int64.self))
    case .timestampNtz: return .timestampNtz(little(Int64.self))
    case .decimal(_, let scale):
      if element.type == .int32 {
        return .decimal(unscaled: Int128(little(Int32.self)), scale: scale)
      }
      if element.type == .int64 {
        return .decimal(unscaled: Int128(little(Int64.self)), scale: scale)
      }
      let sign: Int128 = bytes[0] >= 0x80 ? -1 : 0
      return .decimal(unscaled: bytes.reduce(sign) { $0 << 8 | Int128($1) }, scale: scale)
    default:
      return .integer(element.type == .int64 ? little(Int64.self) : Int64(little(Int32.self)))
    }
  }

  // MARK: Indexes

  func offsetIndex(_ group: Int, _ column: Int) throws -> OffsetIndex? {
    let chunk = footer.rowGroups[group].columns[column]
    guard let offset = chunk.offsetIndexOffset else { return nil }
    let (index, end): (OffsetIndex, Int) = try ReferenceReader.thrift(
      Buffer(bytes), at: Int(offset))
    guard end == Int(offset) + Int(chunk.offsetIndexSizeBytes!) else {
      throw Failure(message: "index size")
    }
    return index
  }

  func columnIndex(_ group: Int, _ column: Int) throws -> ColumnIndex? {
    let chunk = footer.rowGroups[group].columns[column]
    guard let offset = chunk.columnIndexOffset else { return nil }
    let (index, end): (ColumnIndex, Int) = try ReferenceReader.thrift(
      Buffer(bytes), at: Int(offset))
    guard end == Int(offset) + Int(chunk.columnIndexSizeBytes!) else {
      throw Failure(message: "index size")
    }
    return index
  }
}
