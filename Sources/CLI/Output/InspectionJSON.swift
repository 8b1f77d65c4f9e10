import Columns
import Grebe
import Parquet

/// A file's inspection for programs.
enum InspectionJSON {
  static func render(_ file: FileInspection, file path: String) -> ReportValue {
    .object([
      ("file", .string(path)), ("size_bytes", .integer(file.sizeBytes)),
      ("footer_size_bytes", .count(file.footerSizeBytes)),
      ("encrypted", .optional(file.encryption)),
      ("format_version", .optional(file.formatVersion.map { Int64($0) })),
      ("created_by", .optional(file.createdBy)), ("rows", .optional(file.rowCount)),
      (
        "key_value_metadata",
        .list(
          file.keyValueMetadata.map {
            .object([("key", .string($0.key)), ("value", .optional($0.value))])
          })
      ),
      ("schema", .list(file.schema?.children.map(node) ?? [])),
      ("row_groups", .list(file.rowGroups.map(rowGroup))),
    ])
  }

  private static func node(_ node: FileInspection.SchemaNode) -> ReportValue {
    .object([
      ("name", .string(node.name)), ("repetition", .optional(node.repetition)),
      ("physical_type", .optional(node.physicalType)),
      ("logical_type", .optional(node.logicalType)),
      ("field_id", .optional(node.fieldID.map { Int64($0) })),
      ("children", .list(node.children.map(self.node))),
    ])
  }

  private static func rowGroup(_ group: FileInspection.RowGroup) -> ReportValue {
    .object([
      ("rows", .integer(group.rowCount)),
      ("compressed_bytes", .integer(group.compressedSizeBytes)),
      ("uncompressed_bytes", .integer(group.uncompressedSizeBytes)),
      (
        "sorting_columns",
        .list(
          group.sortingColumns.map {
            .object([
              ("column", .string($0.path)), ("descending", .boolean($0.isDescending)),
              ("nulls_first", .boolean($0.nullsFirst)),
            ])
          })
      ),
      ("columns", .list(group.columns.map(chunk))),
    ])
  }

  private static func chunk(_ chunk: FileInspection.Chunk) -> ReportValue {
    let details = chunk.details
    var members: [(name: String, value: ReportValue)] = [
      ("column", .string(chunk.path)), ("encrypted", .boolean(chunk.isEncrypted)),
      ("physical_type", .optional(details?.physicalType)), ("codec", .optional(details?.codec)),
      ("encodings", .strings(details?.encodings ?? [])),
      ("values", .optional(details?.valueCount)),
      ("compressed_bytes", .optional(details?.compressedSizeBytes)),
      ("uncompressed_bytes", .optional(details?.uncompressedSizeBytes)),
      ("data_page_offset", .optional(details?.dataPageOffset)),
      ("dictionary_page_offset", .optional(details?.dictionaryPageOffset)),
      ("statistics", details?.statistics.map { statistics($0, details?.floatType) } ?? .null),
      ("column_index", extent(chunk.columnIndex)), ("offset_index", extent(chunk.offsetIndex)),
      ("bloom_filter", extent(details?.bloomFilter)),
    ]
    if let pages = chunk.pages { members.append(("pages", .list(pages.map(page)))) }
    return .object(members)
  }

  private static func statistics(
    _ statistics: FileInspection.Statistics, _ type: DataType?
  ) -> ReportValue {
    .object([
      ("min", statistics.min.map { CellText.value($0, as: type) } ?? .null),
      ("max", statistics.max.map { CellText.value($0, as: type) } ?? .null),
      ("min_is_exact", statistics.minIsExact.map { .boolean($0) } ?? .null),
      ("max_is_exact", statistics.maxIsExact.map { .boolean($0) } ?? .null),
      ("nulls", .optional(statistics.nullCount)), ("distinct", .optional(statistics.distinctCount)),
      ("nans", .optional(statistics.nanCount)), ("deprecated", .boolean(statistics.isDeprecated)),
    ])
  }

  private static func extent(_ extent: FileInspection.Extent?) -> ReportValue {
    guard let extent else { return .null }
    return .object([
      ("offset", .integer(extent.offset)), ("size_bytes", .optional(extent.sizeBytes)),
    ])
  }

  private static func page(_ page: FileInspection.Page) -> ReportValue {
    .object([
      ("kind", .string(page.kind)), ("encoding", .optional(page.encoding)),
      ("values", .optional(page.valueCount)), ("nulls", .optional(page.nullCount)),
      ("rows", .optional(page.rowCount)), ("offset", .integer(page.offset)),
      ("header_bytes", .count(page.headerSizeBytes)),
      ("compressed_bytes", .integer(page.compressedSizeBytes)),
      ("uncompressed_bytes", .integer(page.uncompressedSizeBytes)),
      ("crc", .boolean(page.hasChecksum)), ("statistics", .boolean(page.hasStatistics)),
    ])
  }
}
