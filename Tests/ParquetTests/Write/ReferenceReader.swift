import Base
import Columns
import Compression
import Encodings
import TestSupport

@testable import Parquet

/// A plain reading of the format, value by value and with nothing shared with the writer but the
/// metadata structs: what the writer's tests compare with. Checks what a reader may rely on.
struct ReferenceReader {
  let bytes: [UInt8]
  let footer: FileMetaData
  let schema: Schema
  let leaves: [LeafColumn]
  /// Types of the leaves.
  let types: [DataType]

  struct Failure: Error { let message: String }

  /// What a page stores of a leaf: levels, and a value where the path is whole.
  struct Slot: Equatable {
    var repetition: Int
    var definition: Int
    var value: Scalar
  }

  /// A data page as it stands in the file.
  struct Page {
    var offset: Int
    var header: PageHeader
    var slots: [Slot]
    var encoding: PageEncoding
    var values: [Scalar] { slots.map(\.value) }
    var rowCount: Int { slots.count { $0.repetition == 0 } }
  }

  struct Chunk {
    var pages: [Page]
    var dictionary: [Scalar]
    var slots: [Slot] { pages.flatMap(\.slots) }
    /// One a slot, null where there is none.
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
    leaves = try SchemaTree(footer.schema).leaves
    types = schema.fields.flatMap { leafTypes($0.type) }
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
      let page = try decompress(body, header, metadata.codec)
      uncompressed += bodyStart - offset + page.count
      switch header.kind {
      case .dictionary(let dictionary):
        guard offset == start, dictionary.encoding == .plain else {
          throw Failure(message: "place")
        }
        chunk.dictionary = try plain(page, column, count: Int(dictionary.valueCount))
      case .data(let data):
        let (levels, values) = try levelsV1(page, Int(data.valueCount), column)
        let slots = try slots(levels, values, data.encoding, column, chunk.dictionary)
        chunk.pages.append(
          Page(offset: offset, header: header, slots: slots, encoding: data.encoding))
      case .dataV2(let data):
        let (levels, values) = try levelsV2(page, data, column)
        let slots = try slots(levels, values, data.encoding, column, chunk.dictionary)
        chunk.pages.append(
          Page(offset: offset, header: header, slots: slots, encoding: data.encoding))
        guard slots.count(where: { $0.repetition == 0 }) == Int(data.rowCount),
          slots.count(where: { $0.definition < leaves[column].maxDefinition })
            == Int(data.nullCount)
        else { throw Failure(message: "V2 counts") }
      default: throw Failure(message: "page type")
      }
      guard let last = chunk.pages.last?.slots.first, last.repetition == 0 else {
        if chunk.pages.isEmpty {
          offset = bodyStart + Int(header.compressedSizeBytes)
          continue
        }
        throw Failure(message: "a page begins within a row")
      }
      guard metadata.encodings.contains(chunk.pages.last!.encoding) else {
        throw Failure(message: "encodings")
      }
      offset = bodyStart + Int(header.compressedSizeBytes)
    }
    guard offset == end, uncompressed == Int(metadata.totalUncompressedSizeBytes) else {
      throw Failure(message: "sizes")
    }
    guard chunk.slots.count == Int(metadata.valueCount),
      chunk.slots.count(where: { $0.repetition == 0 }) == Int(rowGroup.rowCount)
    else { throw Failure(message: "value count") }
    return chunk
  }

  private func decompress(
    _ body: Buffer<UInt8>, _ header: PageHeader, _ codec: CodecNumber
  ) throws -> [UInt8] {
    let size = Int(header.uncompressedSizeBytes)
    guard case .dataV2(let data) = header.kind else {
      let page = try Decompressor().decompress(body.bytes, codec: codec.codec!, sizeBytes: size)
      return Array(page)
    }
    let levels = Int(data.definitionLevelsSizeBytes + data.repetitionLevelsSizeBytes)
    if data.isCompressed == false { return Array(body) }
    let rest = body.slice(levels..<body.count)
    let values = try Decompressor().decompress(
      rest.bytes, codec: codec.codec!, sizeBytes: size - levels)
    return Array(body.slice(0..<levels)) + Array(values)
  }

  private typealias Levels = [(repetition: Int, definition: Int)]

  private func levelsV1(
    _ page: [UInt8], _ count: Int, _ column: Int
  ) throws -> (Levels, [UInt8]) {
    var rest = page
    func take(_ maxLevel: Int) throws -> [Int] {
      guard maxLevel > 0 else { return [Int](repeating: 0, count: count) }
      let length = Int(ReferenceReader.u32(rest, 0))
      let levels = try levels(Array(rest[4..<4 + length]), maxLevel, count)
      rest = Array(rest[(4 + length)...])
      return levels
    }
    let repetitions = try take(leaves[column].maxRepetition)
    let definitions = try take(leaves[column].maxDefinition)
    return (Array(zip(repetitions, definitions)).map { ($0.0, $0.1) }, rest)
  }

  private func levelsV2(
    _ page: [UInt8], _ header: DataPageHeaderV2, _ column: Int
  ) throws -> (Levels, [UInt8]) {
    let first = Int(header.repetitionLevelsSizeBytes)
    let second = first + Int(header.definitionLevelsSizeBytes)
    let count = Int(header.valueCount)
    let repetitions = try levels(Array(page[..<first]), leaves[column].maxRepetition, count)
    let definitions = try levels(Array(page[first..<second]), leaves[column].maxDefinition, count)
    return (
      Array(zip(repetitions, definitions)).map { ($0.0, $0.1) }, Array(page[second...])
    )
  }

  private func levels(_ bytes: [UInt8], _ maxLevel: Int, _ count: Int) throws -> [Int] {
    if maxLevel == 0 && bytes.isEmpty { return [Int](repeating: 0, count: count) }
    let width = bitWidth(ofMax: UInt32(maxLevel))
    guard let decoded = decodeHybridReference(bytes, bitWidth: width, count: count),
      decoded.sizeBytes == bytes.count, decoded.values.allSatisfy({ $0 <= maxLevel })
    else { throw Failure(message: "levels") }
    return decoded.values.map { Int($0) }
  }

  private func slots(
    _ levels: Levels, _ body: [UInt8], _ encoding: PageEncoding, _ column: Int,
    _ dictionary: [Scalar]
  ) throws -> [Slot] {
    let max = leaves[column].maxDefinition
    let valueCount = levels.count { $0.definition == max }
    var values: [Scalar]
    if encoding == .plain {
      values = try plain(body, column, count: valueCount)
    } else if encoding == .rleDictionary {
      let codes = decodeHybridReference(
        Array(body.dropFirst()), bitWidth: Int(body[0]), count: valueCount)
      guard let codes, codes.sizeBytes == body.count - 1 else { throw Failure(message: "codes") }
      values = try codes.values.map { code in
        guard code < dictionary.count else { throw Failure(message: "code") }
        return dictionary[Int(code)]
      }
    } else {
      values = try compact(body, encoding, column, count: valueCount)
    }
    guard values.count == valueCount else { throw Failure(message: "values") }
    var next = values.makeIterator()
    return levels.map {
      Slot(
        repetition: $0.repetition, definition: $0.definition,
        value: $0.definition == max ? next.next()! : .null)
    }
  }

  /// The values of a page of one of the newer encodings.
  private func compact(
    _ body: [UInt8], _ encoding: PageEncoding, _ column: Int, count: Int
  ) throws -> [Scalar] {
    let element = leaves[column].element
    let size =
      element.type == .fixedLengthByteArray
      ? Int(element.typeLength!) : element.type == .int32 || element.type == .float ? 4 : 8
    switch encoding {
    case .byteStreamSplit:
      guard body.count == count * size else { throw Failure(message: "stream size") }
      let joined = (0..<body.count).map { body[$0 % size * count + $0 / size] }
      return try plain(joined, column, count: count)
    case .alp:
      var decoder = try ALPDecoder(Buffer(body), valueBytes: size)
      var output = BufferBuilder<UInt8>()
      try unsafe decoder.decode(
        count: count, into: UnsafeMutableRawPointer(output.unsafeTail(count * size)))
      unsafe output.advance(by: count * size)
      return try plain(Array(output.take()), column, count: count)
    case .rle:
      let length = Int(ReferenceReader.u32(body, 0))
      let decoded = decodeHybridReference(Array(body[4...]), bitWidth: 1, count: count)
      guard let decoded, decoded.sizeBytes == length, length == body.count - 4 else {
        throw Failure(message: "booleans")
      }
      return decoded.values.map { .boolean($0 == 1) }
    case .deltaBinaryPacked:
      let (values, rest) = try deltas(body, count)
      guard rest.isEmpty else { throw Failure(message: "delta size") }
      let bytes = values.flatMap { value in
        (0..<size).map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
      }
      return try plain(bytes, column, count: count)
    case .deltaLengthByteArray:
      return try lengthPrefixed(body, count).map {
        ReferenceReader.scalar($0, types[column], element)
      }
    case .deltaByteArray:
      let (prefixes, rest) = try deltas(body, count)
      var last: [UInt8] = []
      return try zip(prefixes, lengthPrefixed(rest, count)).map { prefix, suffix in
        last = Array(last[..<Int(prefix)]) + suffix
        return ReferenceReader.scalar(last, types[column], element)
      }
    default: throw Failure(message: "encoding")
    }
  }

  private func deltas(_ body: [UInt8], _ count: Int) throws -> ([Int64], rest: [UInt8]) {
    guard let decoded = decodeDeltaReference(body), decoded.values.count == count else {
      throw Failure(message: "deltas")
    }
    return (decoded.values, Array(body[decoded.sizeBytes...]))
  }

  /// Byte arrays of DELTA_LENGTH_BYTE_ARRAY that take all of `body`.
  private func lengthPrefixed(_ body: [UInt8], _ count: Int) throws -> [[UInt8]] {
    let (lengths, rest) = try deltas(body, count)
    var offset = 0
    let values = lengths.map { length -> [UInt8] in
      defer { offset += Int(length) }
      return Array(rest[offset..<offset + Int(length)])
    }
    guard offset == rest.count else { throw Failure(message: "bytes") }
    return values
  }

  private func plain(_ body: [UInt8], _ column: Int, count: Int) throws -> [Scalar] {
    let type = types[column]
    let element = leaves[column].element
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
    case .uuid: return .uuid(bytes)
    case .interval: return Scalar(intervalBytes: bytes)
    case .time: return .time(little(Int64.self))
    case .timeNanos: return .timeNanos(little(Int64.self))
    case .timestampNanos: return .timestampNanos(little(Int64.self))
    case .timestampNtzNanos: return .timestampNtzNanos(little(Int64.self))
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
