public import Columns

/// Everything a Parquet file says about itself, as it says it: a report, not a plan to read it.
///
/// Files whose pages cannot be read (an unknown codec, encrypted columns) are told of too; of one
/// whose footer is encrypted there is no more than its size.
public struct FileInspection: Sendable {
  public var sizeBytes: Int64
  public var footerSizeBytes: Int
  /// What of it is encrypted; nil for nothing.
  public var encryption: String?
  public var formatVersion: Int?
  public var createdBy: String?
  public var rowCount: Int64?
  public var keyValueMetadata: [(key: String, value: String?)] = []
  /// The root; nil when the footer is encrypted.
  public var schema: SchemaNode?
  public var rowGroups: [RowGroup] = []

  /// A node of the schema tree.
  public struct SchemaNode: Sendable {
    public var name: String
    /// `required`, `optional` or `repeated`; nil for the root.
    public var repetition: String?
    /// As the specification spells it, such as `INT64`; nil for groups.
    public var physicalType: String?
    /// Such as `TIMESTAMP(MICROS, UTC)`; the converted type's counterpart where that is all there
    /// is.
    public var logicalType: String?
    public var fieldID: Int?
    public var children: [SchemaNode]

    /// Leaves at or under it.
    public var leafCount: Int {
      physicalType != nil ? 1 : children.reduce(0) { $0 + $1.leafCount }
    }
  }

  public struct RowGroup: Sendable {
    public var rowCount: Int64
    public var uncompressedSizeBytes: Int64
    public var compressedSizeBytes: Int64
    public var sortingColumns: [SortingColumn]
    public var columns: [Chunk]
  }

  public struct SortingColumn: Sendable {
    /// Dotted path of the leaf.
    public var path: String
    public var isDescending: Bool
    public var nullsFirst: Bool
  }

  /// A leaf of a row group.
  public struct Chunk: Sendable {
    public var path: String
    public var isEncrypted: Bool
    /// Nil when the chunk's metadata is encrypted or missing.
    public var details: ChunkDetails?
    /// Of the page index: where it is in the file.
    public var columnIndex: Extent?
    public var offsetIndex: Extent?
    /// Filled in when pages are asked for.
    public var pages: [Page]?
  }

  public struct ChunkDetails: Sendable {
    public var physicalType: String
    public var codec: String
    public var encodings: [String]
    /// Nulls included; in nested columns, levels.
    public var valueCount: Int64
    public var uncompressedSizeBytes: Int64
    public var compressedSizeBytes: Int64
    public var dataPageOffset: Int64
    public var dictionaryPageOffset: Int64?
    public var statistics: Statistics?
    public var bloomFilter: Extent?
  }

  /// What the writer recorded, sound or not; bytes that are no value of the type are binary.
  public struct Statistics: Sendable {
    public var min: Scalar?
    public var max: Scalar?
    /// Nil where the writer does not say.
    public var minIsExact: Bool?
    public var maxIsExact: Bool?
    public var nullCount: Int64?
    public var distinctCount: Int64?
    public var nanCount: Int64?
    /// Only the deprecated pair of bounds is there.
    public var isDeprecated: Bool
  }

  /// A stretch of the file.
  public struct Extent: Sendable {
    public var offset: Int64
    /// Nil where the footer does not say.
    public var sizeBytes: Int64?
  }

  public struct Page: Sendable {
    /// `dictionary`, `data`, `data v2`, or the number of a kind that readers pass over.
    public var kind: String
    /// Of the header, from the start of the file.
    public var offset: Int64
    public var headerSizeBytes: Int
    /// Without the header.
    public var compressedSizeBytes: Int64
    public var uncompressedSizeBytes: Int64
    public var encoding: String?
    public var valueCount: Int64?
    /// V2 pages only.
    public var nullCount: Int64?
    public var rowCount: Int64?
    public var hasChecksum: Bool
    public var hasStatistics: Bool
  }
}
