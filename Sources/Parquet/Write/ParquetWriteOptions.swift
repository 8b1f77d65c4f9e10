package import Compression
package import Encodings

/// How a Parquet file is written. The bytes of a row group depend on its rows and on these, nothing
/// else.
package struct ParquetWriteOptions: Sendable {
  package var codec: Codec = .zstd(level: 1)
  /// Rows after which a data page ends. At most 65 536.
  package var pageRowCount = 32_768
  /// PLAIN bytes of strings after which a data page ends; the value that reaches it is the last.
  package var pageSizeBytes = 1 << 20
  package var dictionary = DictionaryLimits()
  /// False writes no dictionaries.
  package var usesDictionary = true
  /// What values are written in where a dictionary does not pay.
  package var valueEncodings = ValueEncodings.plain
  /// Column index and offset index, for readers that skip pages.
  package var writesPageIndex = true
  /// CRC-32 of every page.
  package var writesCRC = true
  /// Bytes of a string or binary in statistics; longer bounds are cut and say so.
  package var statisticsSizeBytes = 64
  package var createdBy = "grebe version 0.1.0 (build dev)"
  /// Goes into the footer as it is.
  package var keyValueMetadata: [KeyValue] = []
  /// How the rows of every row group are sorted, if the caller sorted them.
  package var sortingColumns: [SortingColumn] = []

  package init() {}

  package enum ValueEncodings: Sendable, Hashable {
    /// PLAIN: every reader there is.
    case plain
    /// DELTA_BINARY_PACKED integers, DELTA_LENGTH_BYTE_ARRAY strings, BYTE_STREAM_SPLIT floats:
    /// smaller and quicker to compress; readers of before about 2021 do not know them.
    case compact
  }

  var pageRowLimit: Int { min(max(pageRowCount, 1), 65_536) }
}
