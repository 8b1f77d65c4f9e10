package import Compression
package import Encodings

/// Which readers a file is for: what encodings and pages it may use.
///
/// Which reader knows what, and since when: spec/decisions/0005-write-profiles.md.
package enum ParquetProfile: String, Sendable, Hashable, CaseIterable {
  /// PLAIN and dictionaries, V1 pages: every reader there ever was.
  case compatible
  /// Adds the DELTA encodings: every reader of the conformance table, Spark's vectorised one among
  /// them.
  case standard
  /// Adds BYTE_STREAM_SPLIT, RLE booleans and ALP, in V2 pages: this reader, and newer ones.
  case modern
}

/// A bloom filter for the values of one leaf, in every row group.
package struct BloomFilterRequest: Sendable, Hashable {
  /// Names from the root to the leaf, as the file has them: `["tags", "list", "element"]`.
  package var path: [String]
  /// Of a lookup of a value that is not there.
  package var falsePositiveRate: Double
  package var maxSizeBytes: Int

  package init(path: [String], falsePositiveRate: Double = 0.01, maxSizeBytes: Int = 1 << 20) {
    self.path = path
    self.falsePositiveRate = falsePositiveRate
    self.maxSizeBytes = maxSizeBytes
  }
}

/// How a Parquet file is written. The bytes of a row group depend on its rows and on these, nothing
/// else.
package struct ParquetWriteOptions: Sendable {
  package var codec: Codec = .zstd(level: 1)
  package var profile = ParquetProfile.standard
  /// Rows after which a data page ends. At most 65 536. Values of eight bytes and their levels stay
  /// below 256 KiB: up to there zstd looks for matches that are shorter than such a value, which
  /// makes PLAIN prices a third smaller.
  package var pageRowCount = 32_000
  /// PLAIN bytes of values after which a data page ends; the row that reaches it is the last.
  package var pageSizeBytes = 1 << 20
  /// Bytes after which a row group is full: see `RowGroupWriter.isFull`.
  package var rowGroupSizeBytes = 128 << 20
  /// Rows that a row group is expected to have, if the caller knows: what is spent on a dictionary
  /// has to be worth it by then. A row group with more of them is expected to double.
  package var expectedRowCount = 1 << 17
  package var dictionary = DictionaryLimits()
  /// False writes no dictionaries.
  package var usesDictionary = true
  /// Bytes that another encoding than PLAIN has to save on a page of values. What is small anyway
  /// is left to the oldest of readers.
  package var encodingSavingMinBytes = 4096
  /// Where a column's type and the profile allow it, what its values are written in without any
  /// choice or dictionary: for tests of the choice.
  var onlyEncoding: PageEncoding?
  /// Column index and offset index, for readers that skip pages.
  package var writesPageIndex = true
  /// CRC-32 of every page.
  package var writesCRC = true
  /// Bytes of a string or binary in statistics; longer bounds are cut and say so.
  package var statisticsSizeBytes = 64
  package var bloomFilters: [BloomFilterRequest] = []
  package var createdBy = "grebe version 0.1.0 (build dev)"
  /// Goes into the footer as it is.
  package var keyValueMetadata: [KeyValue] = []
  /// How the rows of every row group are sorted, if the caller sorted them. Columns are leaves.
  package var sortingColumns: [SortingColumn] = []
  /// By name of the column, how it is stored otherwise than by default.
  package var storage: [String: ColumnStorage] = [:]

  package init() {}

  /// What the pages and dictionaries of all leaves take as a rule, divided by what they may.
  private var bufferDivisor = 1

  /// Where memory is short: row groups of at most so many bytes, and as much less for the pages and
  /// dictionaries of all leaves.
  package mutating func limitRowGroup(toBytes sizeBytes: Int) {
    guard sizeBytes > 0, sizeBytes < rowGroupSizeBytes else { return }
    bufferDivisor = (rowGroupSizeBytes + sizeBytes - 1) / sizeBytes
    rowGroupSizeBytes = sizeBytes
  }

  /// Bytes of a page of a table of few columns, for a byte of this leaf's; see `forLeaf`.
  private(set) var usualPageRatio = 1.0

  var pageRowLimit: Int { min(max(pageRowCount, 1), 65_536) }

  /// These options for one of `leafCount` leaves. Every leaf has a page in progress and a
  /// dictionary: all pages together stay below 32 MiB and all dictionaries below 48 MiB, up to a
  /// few thousand leaves.
  ///
  /// - Parameter isFixed: whether values have 4 or 8 bytes.
  func forLeaf(of leafCount: Int, isFixed: Bool) -> ParquetWriteOptions {
    func share(of sizeBytes: Int) -> Int {
      max(sizeBytes / bufferDivisor / max(leafCount, 1), 8 << 10)
    }
    var options = self
    options.pageSizeBytes = min(max(pageSizeBytes, 1), share(of: 32 << 20))
    options.usualPageRatio = Double(max(pageSizeBytes, 1)) / Double(options.pageSizeBytes)
    let dictionaryBytes = share(of: 48 << 20)
    // An entry with its share of the table; see FixedDictionary and ByteDictionary.
    let entryBytes = isFixed ? 16 : 48
    options.dictionary.distinctCount = min(
      dictionary.distinctCount, dictionaryBytes / entryBytes)
    options.dictionary.sizeBytes = min(dictionary.sizeBytes, dictionaryBytes / 2)
    return options
  }

  /// About the bytes that the buffers of one of `leafCount` leaves take while a row group is
  /// written: a page, a dictionary, levels, short pages that share a buffer. In tables of few
  /// columns they may take more, up to what `forLeaf` shares out; where columns are many that is
  /// what they do take.
  func leafBufferBytes(of leafCount: Int, isFixed: Bool) -> Int {
    let options = forLeaf(of: leafCount, isFixed: isFixed)
    let entryBytes = isFixed ? 16 : 48
    // Buffers grow by doubling, and a table that grows is there twice.
    let filled =
      options.pageSizeBytes * 5 / 4 + options.dictionary.distinctCount * entryBytes * 3 / 2
    return min(filled, 192 << 10) + (12 << 10)
  }

  /// Bytes of a buffer that is worth keeping for the next chunk: those of a page that ends where it
  /// should. A long row may have made it larger.
  var keptBufferBytes: Int { 4 * min(max(pageSizeBytes, 1), 1 << 20) }
}
