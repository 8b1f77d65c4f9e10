import Base
import Columns
import Compression

@testable import Parquet

/// One page of a leaf: its levels and its values, PLAIN. No levels: the maximum is 0.
struct LeafPage {
  var repetition: [UInt8] = []
  var definition: [UInt8] = []
  var values: [Scalar]
  /// Instead of the number of levels above, with runs of one level instead of them.
  var claim: (levelCount: Int, repetition: UInt8, definition: UInt8)?
}

/// A file of one row group whose levels tests write themselves.
struct NestedFile {
  /// Without the root.
  var elements: [SchemaElement]
  var topLevelCount: Int
  var rowCount: Int
  /// Of each leaf, its pages.
  var leaves: [[LeafPage]]
  var isV2 = false
  /// Of V1 pages: RLE, or BIT_PACKED, which was deprecated before most writers had nesting.
  var repetitionEncoding = PageEncoding.rle
  var definitionEncoding = PageEncoding.rle
  /// Of each leaf, the rows that an offset index gives for its pages; nil: the file has none.
  var firstRows: [[Int64]]?

  func bytes() throws -> Buffer<UInt8> {
    let schema = [SchemaElement(name: "schema", childCount: Int32(topLevelCount))] + elements
    let tree = try SchemaTree(schema)
    var file = ByteWriter()
    file.append(utf8: "PAR1")
    var chunks: [ColumnChunk] = []
    var locations: [[PageLocation]] = []
    for (leaf, pages) in zip(tree.leaves, leaves) {
      let start = Int64(file.count)
      locations.append(pages.map { append($0, of: leaf, to: &file) })
      let size = Int64(file.count) - start
      chunks.append(
        ColumnChunk(
          metadata: ColumnMetaData(
            type: leaf.type, encodings: [], path: leaf.path, codec: CodecNumber(.none),
            valueCount: Int64(pages.reduce(0) { $0 + $1.levelCount }),
            totalUncompressedSizeBytes: size, totalCompressedSizeBytes: size,
            dataPageOffset: start)))
    }
    if let firstRows {
      for leaf in chunks.indices {
        chunks[leaf].offsetIndexOffset = Int64(file.count)
        let bytes = offsetIndex(locations[leaf], firstRows[leaf])
        chunks[leaf].offsetIndexSizeBytes = Int32(bytes.count)
        file.append(bytes)
      }
    }
    let group = RowGroup(
      columns: chunks, totalUncompressedSizeBytes: Int64(file.count), rowCount: Int64(rowCount))
    var footer = ThriftWriter()
    footer.write(FileMetaData(schema: schema, rowCount: Int64(rowCount), rowGroups: [group]))
    let footerBytes = footer.take()
    file.append(footerBytes)
    file.appendInteger(UInt32(footerBytes.count))
    file.append(utf8: "PAR1")
    return file.freeze()
  }

  private func offsetIndex(_ pages: [PageLocation], _ firstRows: [Int64]) -> Buffer<UInt8> {
    var index = ThriftWriter()
    index.write(
      OffsetIndex(
        pageLocations: zip(pages, firstRows).map { page, row in
          PageLocation(
            offset: page.offset, compressedSizeBytes: page.compressedSizeBytes,
            firstRowIndex: row)
        }))
    return index.take()
  }

  /// Where the page is; its first row is left open.
  private func append(
    _ page: LeafPage, of leaf: LeafColumn, to file: inout ByteWriter
  ) -> PageLocation {
    let start = file.count
    var repetition = packed(page.repetition, repetitionEncoding, maxLevel: leaf.maxRepetition)
    var definition = packed(page.definition, definitionEncoding, maxLevel: leaf.maxDefinition)
    if let claim = page.claim {
      repetition = run(claim.repetition, count: claim.levelCount)
      definition = run(claim.definition, count: claim.levelCount)
    }
    var body = ByteWriter()
    for (levels, encoding, maxLevel) in [
      (repetition, repetitionEncoding, leaf.maxRepetition),
      (definition, definitionEncoding, leaf.maxDefinition),
    ] where maxLevel > 0 {
      if !isV2 && encoding == .rle { body.appendInteger(UInt32(levels.count)) }
      body.append(Buffer(levels))
    }
    for value in page.values {
      switch value {
      case .integer(let number): body.appendInteger(UInt64(bitPattern: number))
      case .string(let text):
        body.appendInteger(UInt32(text.utf8.count))
        body.append(utf8: text)
      default: preconditionFailure("\(value)")
      }
    }
    let bytes = body.freeze()
    let count = Int32(page.levelCount)
    let kind: PageHeader.Kind =
      isV2
      ? .dataV2(
        DataPageHeaderV2(
          valueCount: count, nullCount: count - Int32(page.values.count),
          rowCount: Int32(page.repetition.count { $0 == 0 }), encoding: .plain,
          definitionLevelsSizeBytes: Int32(leaf.maxDefinition == 0 ? 0 : definition.count),
          repetitionLevelsSizeBytes: Int32(leaf.maxRepetition == 0 ? 0 : repetition.count)))
      : .data(
        DataPageHeader(
          valueCount: count, encoding: .plain, definitionLevelEncoding: definitionEncoding,
          repetitionLevelEncoding: repetitionEncoding))
    var header = ThriftWriter()
    header.write(
      PageHeader(
        kind: kind, uncompressedSizeBytes: Int32(bytes.count),
        compressedSizeBytes: Int32(bytes.count)))
    file.append(header.take())
    file.append(bytes)
    return PageLocation(
      offset: Int64(start), compressedSizeBytes: Int32(file.count - start), firstRowIndex: 0)
  }

  /// One level many times: a ULEB128 header and a byte.
  private func run(_ level: UInt8, count: Int) -> [UInt8] {
    var header = count << 1
    var bytes: [UInt8] = []
    while header >= 0x80 {
      bytes.append(UInt8(header & 0x7F) | 0x80)
      header >>= 7
    }
    return bytes + [UInt8(header), level]
  }

  private func packed(_ levels: [UInt8], _ encoding: PageEncoding, maxLevel: Int) -> [UInt8] {
    let width = Int.bitWidth - maxLevel.leadingZeroBitCount
    return encoding == .rle ? packedRun(levels, width) : packedFromTheLeft(levels, width)
  }

  /// BIT_PACKED: the first level in the highest bits, and nothing in front.
  private func packedFromTheLeft(_ levels: [UInt8], _ width: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (levels.count * width + 7) / 8)
    for (index, level) in levels.enumerated() {
      for bit in 0..<width where level >> UInt8(width - 1 - bit) & 1 == 1 {
        let position = index * width + bit
        bytes[position / 8] |= 0x80 >> UInt8(position % 8)
      }
    }
    return bytes
  }

  /// RLE: one bit-packed run.
  private func packedRun(_ levels: [UInt8], _ width: Int) -> [UInt8] {
    let groupCount = (levels.count + 7) / 8
    precondition(groupCount < 64)
    var bytes = [UInt8(groupCount << 1 | 1)] + [UInt8](repeating: 0, count: groupCount * width)
    for (index, level) in levels.enumerated() {
      for bit in 0..<width where level >> UInt8(bit) & 1 == 1 {
        let position = index * width + bit
        bytes[1 + position / 8] |= 1 << UInt8(position % 8)
      }
    }
    return bytes
  }
}

extension LeafPage {
  var levelCount: Int {
    claim?.levelCount ?? max(repetition.count, definition.count, values.count)
  }

  /// The same with every level on a page of its own.
  func split(maxDefinition: UInt8) -> [LeafPage] {
    var values = values[...]
    return (0..<levelCount).map { index in
      let isValue = definition.isEmpty || definition[index] == maxDefinition
      return LeafPage(
        repetition: repetition.isEmpty ? [] : [repetition[index]],
        definition: definition.isEmpty ? [] : [definition[index]],
        values: isValue ? [values.removeFirst()] : [])
    }
  }
}
