package import Base
package import Columns
import Compression
import Encodings

/// The levels and values of a leaf's chunk. What the levels mean is drawn in SchemaTree.swift.
package struct LeafContents: Sendable {
  package let leaf: LeafColumn
  /// One a level position; empty where the maximum is 0 (every position has that level).
  package let definitionLevels: Buffer<UInt8>
  package let repetitionLevels: Buffer<UInt8>
  /// Number of level positions: values, nulls and empty lists together.
  package let levelCount: Int
  /// The values alone, without validity: those whose definition level is the maximum.
  package let values: Column
}

/// Decodes one leaf of one row group whole, nested ones included: for small files like checkpoints.
///
/// `range` to fetch, then `decode`. Memory is proportional to the chunk.
package struct LeafDecoder: Sendable {
  package let leaf: LeafColumn
  /// Where the chunk is in the file.
  package let range: Range<Int64>
  private let group: RowGroupMetadata

  /// Levels of one chunk at most: a page of a few bytes can claim billions.
  private static let levelCountMax: Int64 = 1 << 28

  /// - Parameter path: names from the root's child down to the leaf, for example
  ///   `["add", "partitionValues", "key_value", "key"]`.
  /// - Throws: `ParquetError`: `notFound` when no leaf has this path.
  package init(
    metadata: ParquetMetadata, rowGroup: Int, path: [String]
  ) throws(ParquetError) {
    guard metadata.rowGroups.indices.contains(rowGroup) else {
      throw ParquetError(.invalidArgument, "there is no row group \(rowGroup)")
    }
    guard let leaf = metadata.tree.leaf(path) else {
      throw ParquetError(
        .notFound, "there is no leaf \"\(path.joined(separator: "."))\"",
        at: ParquetPlace(rowGroup: rowGroup))
    }
    self.leaf = leaf
    group = metadata.rowGroups[rowGroup]
    range = try group.byteRange(leaf: leaf.index)
  }

  /// Decodes the bytes of `range`.
  package func decode(
    _ chunk: Buffer<UInt8>, verifiesChecksums: Bool = true
  ) throws(ParquetError) -> LeafContents {
    let metadata = try group.chunkMetadata(leaf: leaf.index)
    let place = group.place(leaf: leaf.index, offset: range.lowerBound)
    guard chunk.count == range.count else { throw .corrupt("the chunk was cut short", at: place) }
    guard metadata.valueCount <= LeafDecoder.levelCountMax else {
      throw ParquetError(.resourceLimit, "the chunk has \(metadata.valueCount) levels", at: place)
    }
    let pages = try PageReader(
      chunk: chunk, chunkOffset: range.lowerBound, metadata: metadata, leaf: leaf,
      rowGroup: group.index, decompressor: Decompressor(),
      checksum: verifiesChecksums ? CRC32() : nil)
    let values = try LeafValues(
      leaf: leaf, mapping: group.shape.mappings[leaf.index], place: place)
    return try decode(pages, values, levelCount: Int(metadata.valueCount))
  }

  private func decode(
    _ pages: PageReader, _ values: LeafValues, levelCount: Int
  ) throws(ParquetError) -> LeafContents {
    var definition = BufferBuilder<UInt8>()
    var repetition = BufferBuilder<UInt8>()
    var output = SlotOutput(slotSizeBytes: values.slotSizeBytes, capacity: 0)
    var done = 0
    while done < levelCount {  // Bounded: every page takes bytes of the chunk.
      guard let page = try pages.next() else {
        throw .corrupt("the chunk ends after \(done) of its \(levelCount) levels", at: pages.place)
      }
      switch page {
      case .dictionary(let page):
        do { try values.startDictionary(page) } catch { throw pages.corrupt(error) }
      case .data(let page):
        guard page.valueCount <= levelCount - done else {
          throw .corrupt("the chunk has more than its \(levelCount) levels", at: pages.place)
        }
        guard values.supports(page.encoding) else {
          throw .unsupported("\(page.encoding) for \(leaf.type.name)", at: pages.place)
        }
        do throws(DecodingFault) {
          _ = try decodeLevels(
            page.repetitionLevels, page.valueCount, maxLevel: leaf.maxRepetition, into: &repetition)
          let valueCount = try decodeLevels(
            page.definitionLevels, page.valueCount, maxLevel: leaf.maxDefinition, into: &definition)
          if done == 0 && leaf.maxRepetition > 0 && page.valueCount > 0 && repetition[0] != 0 {
            throw .malformed(offset: 0)  // A chunk starts with a row.
          }
          try values.start(page.values, encoding: page.encoding)
          try values.decode(valueCount, into: &output)
          output.finishRows(valueCount)
        } catch {
          throw pages.corrupt(error)
        }
        done += page.valueCount
      }
    }
    return LeafContents(
      leaf: leaf, definitionLevels: definition.freeze(), repetitionLevels: repetition.freeze(),
      levelCount: levelCount, values: output.finish(values.mapping.type))
  }

  /// Appends `count` levels. Returns how many are `maxLevel`.
  private func decodeLevels(
    _ bytes: Buffer<UInt8>, _ count: Int, maxLevel: Int, into levels: inout BufferBuilder<UInt8>
  ) throws(DecodingFault) -> Int {
    // SAFETY: both builders have room for `step` more, which are all written.
    if maxLevel == 0 { return count }
    var decoder = try HybridDecoder(
      bytes, bitWidth: Int.bitWidth - maxLevel.leadingZeroBitCount)
    var scratch = BufferBuilder<UInt32>(capacity: 4096)
    var maxCount = 0
    var done = 0
    while done < count {
      let step = min(count - done, 4096)
      let decoded = unsafe scratch.unsafeTail(step)
      unsafe try decoder.decode(count: step, into: decoded)
      let target = unsafe levels.unsafeTail(step)
      for index in 0..<step {
        let level = unsafe decoded[index]
        guard level <= UInt32(maxLevel) else { throw .outOfRange(offset: 0) }
        if level == UInt32(maxLevel) { maxCount += 1 }
        unsafe target[index] = UInt8(truncatingIfNeeded: level)
      }
      unsafe levels.advance(by: step)
      done += step
    }
    return maxCount
  }
}
