package import Base
package import Columns

/// What to do next to have a bloom filter.
package enum BloomFilterStep: Sendable {
  /// These bytes of the file are wanted.
  case needs(Range<Int64>)
  /// Nil when it is of a kind that this build does not know.
  case done(BloomFilter?)
}

extension RowGroupMetadata {
  /// Enough for any header: a size and three unions of one empty struct.
  private static let headerSizeBytes: Int64 = 64

  /// The bytes to read first; nil when the leaf has no filter. Writers before format 2.10 leave
  /// its size out: then only the header is asked for.
  package func bloomFilterRange(leaf: Int) -> Range<Int64>? {
    guard !group.columns[leaf].isEncrypted, let metadata = group.columns[leaf].metadata,
      let offset = metadata.bloomFilterOffset, offset > 0, offset < shape.fileSizeBytes
    else { return nil }
    let sizeBytes = metadata.bloomFilterSizeBytes.map(Int64.init) ?? 0
    let wanted = sizeBytes > 0 ? sizeBytes : RowGroupMetadata.headerSizeBytes
    return offset..<min(offset + wanted, shape.fileSizeBytes)
  }

  /// Parses `bytes`, which start where the filter does.
  ///
  /// - Throws: `ParquetError` (`corrupt`) when they are no filter, or it ends past the file.
  package func bloomFilter(
    leaf: Int, _ bytes: Buffer<UInt8>
  ) throws(ParquetError) -> BloomFilterStep {
    let start = bloomFilterRange(leaf: leaf)?.lowerBound ?? 0
    do throws(DecodingFault) {
      let (header, bitsStart) = try BloomFilter.header(bytes)
      let sizeBytes = bitsStart + Int(header.sizeBytes)
      guard header.isKnown, sizeBytes > bytes.count else {
        return .done(try BloomFilter(parsing: bytes))
      }
      let (end, overflow) = start.addingReportingOverflow(Int64(sizeBytes))
      guard !overflow, end <= shape.fileSizeBytes else { throw .truncated(offset: bitsStart) }
      return .needs(start..<end)
    } catch {
      throw .corrupt(
        "the bloom filter is damaged: \(error.text)", at: place(leaf: leaf, offset: start))
    }
  }

  /// False when the leaf's filter says that no row equals `value`.
  package func mayContain(_ value: Scalar, leaf: LeafColumn, _ filter: BloomFilter) -> Bool {
    filter.mayContain(value, leaf: leaf, mapping: shape.mappings[leaf.index])
  }
}
