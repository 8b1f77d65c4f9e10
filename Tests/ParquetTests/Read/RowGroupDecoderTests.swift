import Base
import Columns
import Compression
import Encodings
import Testing

@testable import Parquet

/// A file of one column, page by page, so that tests decide every byte.
struct HandmadeFile {
  var element: SchemaElement
  var rowCount: Int
  var codec = Codec.none
  /// Header and uncompressed body of each page.
  var pages: [(PageHeader.Kind, [UInt8])] = []
  var writesCRC = false
  /// What the footer says the chunk takes; nil: what it has.
  var claimedSizeBytes: Int64?
  var createdBy: String?
  /// Bytes of nothing between the dictionary page, which is the first, and what follows.
  var gapSizeBytes = 0
  /// Leaves the dictionary page's header out of the chunk's size, as old writers did.
  var forgetsDictionaryHeader = false

  func bytes() throws -> Buffer<UInt8> {
    var file = ByteWriter()
    file.append(utf8: "PAR1")
    let compressor = Compressor(codec)
    var dataOffset: Int64?
    var forgottenBytes: Int64 = 0
    for (kind, body) in pages {
      var packed = ByteWriter()
      try compressor.compress(Buffer(body).bytes, into: &packed)
      let page = packed.freeze()
      var header = ThriftWriter()
      header.write(
        PageHeader(
          kind: kind, uncompressedSizeBytes: Int32(body.count),
          compressedSizeBytes: Int32(page.count),
          crc: writesCRC ? CRC32().checksum(page.bytes) : nil))
      let headerBytes = header.take()
      file.append(headerBytes)
      file.append(page)
      if case .dictionary = kind, gapSizeBytes > 0 || forgetsDictionaryHeader, dataOffset == nil {
        file.append([UInt8](repeating: 0xEE, count: gapSizeBytes))
        dataOffset = Int64(file.count)
        forgottenBytes = forgetsDictionaryHeader ? Int64(headerBytes.count) : 0
      }
    }
    let size = Int64(file.count - 4) - forgottenBytes
    let metadata = ColumnMetaData(
      type: element.type!, encodings: [], path: [element.name], codec: CodecNumber(codec),
      valueCount: Int64(rowCount), totalUncompressedSizeBytes: claimedSizeBytes ?? size,
      totalCompressedSizeBytes: size, dataPageOffset: dataOffset ?? 4,
      dictionaryPageOffset: dataOffset == nil ? nil : 4)
    let group = RowGroup(
      columns: [ColumnChunk(metadata: metadata)], totalUncompressedSizeBytes: size,
      rowCount: Int64(rowCount))
    var footer = ThriftWriter()
    footer.write(
      FileMetaData(
        schema: [SchemaElement(name: "schema", childCount: 1), element],
        rowCount: Int64(rowCount), rowGroups: [group], createdBy: createdBy))
    let footerBytes = footer.take()
    file.append(footerBytes)
    file.appendInteger(UInt32(footerBytes.count))
    file.append(utf8: "PAR1")
    return file.freeze()
  }
}

private func plain(_ strings: [String]) -> [UInt8] {
  var writer = ByteWriter()
  for string in strings {
    writer.appendInteger(UInt32(string.utf8.count))
    writer.append(utf8: string)
  }
  return Array(writer.freeze())
}

private func data(_ count: Int, _ encoding: PageEncoding = .plain) -> PageHeader.Kind {
  .data(DataPageHeader(valueCount: Int32(count), encoding: encoding))
}

private let text = SchemaElement(
  name: "s", type: .byteArray, repetition: .required, logicalType: .string)
private let optionalText = SchemaElement(
  name: "s", type: .byteArray, repetition: .optional, logicalType: .string)
private let number = SchemaElement(name: "n", type: .int32, repetition: .required)

@Suite("Row groups: decode") struct RowGroupDecoderTests {
  private func strings(_ file: HandmadeFile, maxRows: Int) throws -> [Scalar] {
    try readBatches(try file.bytes(), maxRows: maxRows).flatMap { $0.columns[0].scalars }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 100])
  func `a batch takes strings of many pages and a dictionary`(
    maxRows: Int
  ) throws {
    var file = HandmadeFile(element: text, rowCount: 9)
    file.pages = [
      (.dictionary(DictionaryPageHeader(valueCount: 2)), plain(["red", "green"])),
      (data(4, .rleDictionary), [1, 0x03, 0b0110]),
      (data(2), plain(["", "blue"])),
      (data(0), []),
      (.other(PageType(rawValue: 9)), [1, 2, 3]),
      (data(3), plain(["x", "y", "zz"])),
    ]
    let expected = ["red", "green", "green", "red", "", "blue", "x", "y", "zz"]
    #expect(try strings(file, maxRows: maxRows) == expected.map { .string($0) })
    file.codec = .zstd(level: 1)
    file.writesCRC = true
    #expect(try strings(file, maxRows: maxRows) == expected.map { .string($0) })
  }

  private static func withDictionary() -> HandmadeFile {
    var file = HandmadeFile(element: text, rowCount: 7)
    file.pages = [
      (.dictionary(DictionaryPageHeader(valueCount: 2)), plain(["red", "green"])),
      (data(4, .rleDictionary), [1, 0x03, 0b0110]), (data(3, .rleDictionary), [1, 0x03, 0b101]),
    ]
    return file
  }

  private static let colours = ["red", "green", "green", "red", "green", "red", "green"]
    .map { Scalar.string($0) }

  /// PARQUET-816: the chunk is longer than the footer says by the dictionary page's header.
  @Test(
    arguments: ["parquet-mr version 1.2.8 (build abc)", "parquet-mr version 1.1.0", "parquet-mr"],
    [1, 10, 1 << 20])
  func `chunks of old writers are longer than they say`(
    createdBy: String, windowSizeBytes: Int
  ) throws {
    var file = Self.withDictionary()
    file.createdBy = createdBy
    file.forgetsDictionaryHeader = true
    let batches = try readBatches(
      try file.bytes(), options: ReadOptions(windowSizeBytes: windowSizeBytes))
    #expect(batches.flatMap { $0.columns[0].scalars } == Self.colours)
  }

  @Test(arguments: [
    "parquet-mr version 1.2.9", "parquet-mr version 1.10.1 (build abc)", "parquet-cpp version 1.0",
    nil,
  ])
  func `chunks of other writers are as long as they say`(createdBy: String?) throws {
    var file = Self.withDictionary()
    file.createdBy = createdBy
    #expect(try strings(file, maxRows: 100) == Self.colours)
    file.forgetsDictionaryHeader = true
    let error = #expect(throws: ParquetError.self) { try strings(file, maxRows: 100) }
    #expect(error?.code == .corrupt)
    #expect(error?.message.hasPrefix("the page's header is damaged") == true)
    #expect(error?.place.contains("column \"s\", page 2") == true)
  }

  @Test(arguments: [1, 13, 5000], [1, 10, 1 << 20])
  func `a gap before the first data page is passed over`(
    gapSizeBytes: Int, windowSizeBytes: Int
  ) throws {
    var file = Self.withDictionary()
    file.gapSizeBytes = gapSizeBytes
    let options = ReadOptions(windowSizeBytes: windowSizeBytes)
    let batches = try readBatches(try file.bytes(), maxRows: 2, options: options)
    #expect(batches.flatMap { $0.columns[0].scalars } == Self.colours)
    file.createdBy = "parquet-mr version 1.2.8"
    file.forgetsDictionaryHeader = true
    let old = try readBatches(try file.bytes(), maxRows: 2, options: options)
    #expect(old.flatMap { $0.columns[0].scalars } == Self.colours)
  }

  @Test(arguments: [1, 2, 3, 7, 100]) func `nulls keep legal slices across pages`(
    maxRows: Int
  ) throws {
    // Levels: size, then one bit-packed group.
    func page(_ levels: UInt8, _ values: [String]) -> [UInt8] {
      [2, 0, 0, 0, 0x03, levels] + plain(values)
    }
    var file = HandmadeFile(element: optionalText, rowCount: 16)
    file.pages = [
      (data(8), page(0b1010_0100, ["a", "b", "c"])), (data(8), page(0b0000_0011, ["d", "e"])),
    ]
    let batches = try readBatches(try file.bytes(), maxRows: maxRows)
    let none = Scalar.null
    #expect(
      batches.flatMap { $0.columns[0].scalars } == [
        none, none, .string("a"), none, none, .string("b"), none, .string("c"), .string("d"),
        .string("e"), none, none, none, none, none, none,
      ])
    for batch in batches {
      guard case .bytes(let slots, let data) = batch.columns[0].values else { continue }
      for index in 0..<slots.count { #expect(slots[index].range.upperBound <= data.count) }
    }
  }

  @Test(arguments: [
    (Int64(1), [9]), (9 << 23, [4, 4, 1]), (9 << 30, Array(repeating: 1, count: 9)),
  ])
  func `batches of long rows have fewer of them`(
    claimedSizeBytes: Int64, rowCounts: [Int]
  ) throws {
    var file = HandmadeFile(element: text, rowCount: 9)
    file.pages = [(data(9), plain((0..<9).map { "\($0)" }))]
    file.claimedSizeBytes = claimedSizeBytes
    #expect(try readBatches(try file.bytes()).map(\.rowCount) == rowCounts)
  }

  /// The footer may say anything: 64 rows of 1000 bytes come from as many pages.
  @Test(arguments: [(1, 1), (5000, 4), (63_999, 32), (64_000, 64)])
  func `a batch that grows too large is started over with fewer rows`(
    batchDataMaxBytes: Int, rowCount: Int
  ) throws {
    let strings = (0..<64).map { String(repeating: "\($0 % 10)", count: 996) }
    var file = HandmadeFile(element: text, rowCount: 64)
    file.pages = strings.map { (data(1), plain([$0])) }
    file.claimedSizeBytes = 0
    let batches = try readBatches(
      try file.bytes(), options: ReadOptions(batchDataMaxBytes: batchDataMaxBytes))
    #expect(batches.map(\.rowCount) == Array(repeating: rowCount, count: 64 / rowCount))
    #expect(batches.flatMap { $0.columns[0].scalars } == strings.map { .string($0) })
  }

  /// Each string is the one before and a byte more: 500 bytes of suffixes make 125 kB.
  @Test func `shared prefixes are no reason to refuse a file`() throws {
    let strings = (1...500).map { String(repeating: "x", count: $0) }
    let prefixes = (0..<500).map { Int64($0) }
    let suffixes = [Int64](repeating: 1, count: 500)
    var lengths = ByteWriter()
    appendDeltaBinaryPacked(prefixes.span, to: &lengths)
    appendDeltaBinaryPacked(suffixes.span, to: &lengths)
    let page = Array(lengths.freeze()) + [UInt8](repeating: 0x78, count: 500)
    var file = HandmadeFile(element: text, rowCount: 500)
    file.pages = [(data(500, .deltaByteArray), page)]
    let batches = try readBatches(
      try file.bytes(), options: ReadOptions(batchDataMaxBytes: 20_000))
    #expect(batches.flatMap { $0.columns[0].scalars } == strings.map { .string($0) })
    #expect(batches.count > 5)
  }

  @Test func `one page's strings are not copied`() throws {
    var file = HandmadeFile(element: text, rowCount: 4)
    file.pages = [(data(4), plain(["aa", "bb", "cc", "dd"]))]
    for batch in try readBatches(try file.bytes(), maxRows: 2) {
      guard case .bytes(_, let data) = batch.columns[0].values else { continue }
      #expect(data.count == 24)
    }
  }

  @Test(arguments: [PageEncoding.plain, .rleDictionary]) func `bytes that are no UTF-8 are refused`(
    encoding: PageEncoding
  ) throws {
    let bad: [UInt8] = [2, 0, 0, 0, 0xC3, 0x28]
    var file = HandmadeFile(element: text, rowCount: 1)
    file.pages =
      encoding == .plain
      ? [(data(1), bad)]
      : [
        (.dictionary(DictionaryPageHeader(valueCount: 1)), bad), (data(1, .rleDictionary), [0, 2]),
      ]
    let error = #expect(throws: ParquetError.self) { try readBatches(try file.bytes()) }
    #expect(error?.code == .corrupt)
    file.element.logicalType = nil  // As binary they are fine.
    #expect(
      try readBatches(try file.bytes())[0].columns[0].scalars == [.binary([0xC3, 0x28])])
  }

  @Test func `an error says where it is`() throws {
    var file = HandmadeFile(element: number, rowCount: 3)
    file.pages = [(data(1), [1, 0, 0, 0]), (data(2), [2, 0, 0, 0, 3])]
    let bytes = try file.bytes()
    let error = #expect(throws: ParquetError.self) { try readBatches(bytes) }
    #expect(
      error?.description
        == "the bytes end early, at byte 0 of the page's values "
        + "(row group 0, column \"n\", page 1, byte 25)")
  }

  @Test(
    arguments: [
      ([(data(2), [1, 0, 0, 0, 2, 0, 0, 0])], "the chunk ends"),
      ([(data(9), [1, 0, 0, 0])], "9 of the 3 levels"),
      ([(data(3), [1, 0, 0, 0])], "end early"),
      ([(data(3, .rleDictionary), [1, 2])], "not legal"),
      ([(data(3, .deltaLengthByteArray), [1, 2])], "DELTA_LENGTH_BYTE_ARRAY for INT32"),
      ([(data(3, PageEncoding(rawValue: 77)), [1, 2])], "encoding 77 for INT32"),
      (
        [
          (.dictionary(DictionaryPageHeader(valueCount: 1)), [1, 0, 0, 0]),
          (data(3, .rleDictionary), [1, 3, 0b111]),
        ], "out of range"
      ),
      (
        [(.dictionary(DictionaryPageHeader(valueCount: 2)), [1, 0, 0, 0]), (data(3), [])],
        "end early"
      ),
      (
        [
          (.dictionary(DictionaryPageHeader(valueCount: 1)), [1, 0, 0, 0]),
          (.dictionary(DictionaryPageHeader(valueCount: 1)), [1, 0, 0, 0]),
        ], "second dictionary"
      ),
    ] as [([(PageHeader.Kind, [UInt8])], String)])
  func `pages that do not fit their column are refused`(
    pages: [(PageHeader.Kind, [UInt8])], message: String
  ) throws {
    var file = HandmadeFile(element: number, rowCount: 3)
    file.pages = pages
    let error = #expect(throws: ParquetError.self) { try readBatches(try file.bytes()) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func `a page that claims more than its codec can hold allocates nothing`() throws {
    var file = HandmadeFile(element: number, rowCount: 3)
    file.codec = .snappy
    file.pages = [(data(3), [UInt8](repeating: 0, count: 12))]
    let bytes = try file.bytes()
    var reader = ThriftReader(bytes.bytes, at: 4)
    var header = try PageHeader(from: &reader)
    header.uncompressedSizeBytes = .max
    var writer = ThriftWriter()
    writer.write(header)
    let metadata = try readMetadata(bytes)
    let decoder = try RowGroupDecoder(metadata: metadata, rowGroup: 0, columns: [0])
    guard case .needs(let ranges) = try decoder.next(maxRows: 10) else {
      Issue.record("nothing is needed")
      return
    }
    var chunk = Array(writer.take()) + Array(bytes.slice(reader.offset..<bytes.count))
    chunk = Array(chunk.prefix(ranges[0].count))
    chunk += [UInt8](repeating: 0, count: ranges[0].count - chunk.count)
    try decoder.supply([Buffer(chunk)])
    let error = #expect(throws: ParquetError.self) { try decoder.next(maxRows: 10) }
    #expect(error?.message.contains("claims") == true || error?.message.contains("ends") == true)
  }

  @Test func `no columns give rows without columns`() throws {
    var file = HandmadeFile(element: number, rowCount: 3)
    file.pages = [(data(3), [UInt8](repeating: 0, count: 12))]
    let batches = try readBatches(try file.bytes(), columns: [], maxRows: 2)
    #expect(batches.map(\.rowCount) == [2, 1])
    #expect(batches[0].columns.isEmpty)
  }

  @Test func `columns come in the order they were asked for`() throws {
    var file = HandmadeFile(element: number, rowCount: 3)
    file.pages = [(data(3), [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])]
    let batches = try readBatches(try file.bytes(), columns: [0, 0])
    #expect(batches[0].schema.names == ["n", "n"])
    #expect(batches[0].columns[1].scalars == [.integer(1), .integer(2), .integer(3)])
  }

  @Test func `the footer is asked for when the tail is too short`() throws {
    var file = HandmadeFile(element: number, rowCount: 1)
    file.pages = [(data(1), [1, 0, 0, 0])]
    let bytes = try file.bytes()
    let size = Int64(bytes.count)
    let tail = part(bytes, size - 8..<size)
    guard case .needs(let range) = try ParquetMetadata.parse(tail: tail, fileSizeBytes: size)
    else {
      Issue.record("the footer cannot be in eight bytes")
      return
    }
    guard case .done = try ParquetMetadata.parse(tail: part(bytes, range), fileSizeBytes: size)
    else {
      Issue.record("the range was not enough")
      return
    }
  }
}
