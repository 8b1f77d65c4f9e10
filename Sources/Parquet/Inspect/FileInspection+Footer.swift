package import Base
import Columns

/// What `FileInspection.parse` says.
package enum InspectionStep: Sendable {
  /// Call again with exactly these bytes of the file.
  case needs(Range<Int64>)
  case done(FileInspection)
}

extension FileInspection {
  /// Tells what the footer says, from the last bytes of the file (`ParquetMetadata.tailRange`).
  ///
  /// - Throws: `ParquetError` when the bytes are no footer, or its schema is no tree.
  package static func parse(
    tail: Buffer<UInt8>, fileSizeBytes: Int64
  ) throws(ParquetError) -> InspectionStep {
    switch try FileFooter.parse(tail: tail, fileSizeBytes: fileSizeBytes) {
    case .needs(let range): return .needs(range)
    case .encrypted(let algorithm, let sizeBytes):
      return .done(
        FileInspection(
          sizeBytes: fileSizeBytes, footerSizeBytes: sizeBytes,
          encryption: "footer and columns, \(algorithm.name)"))
    case .plain(let file, let sizeBytes):
      do throws(ParquetError) {
        return .done(
          try FileInspection(file, fileSizeBytes: fileSizeBytes, footerBytes: sizeBytes))
      } catch {
        throw error.placed(
          at: FileFooter.offset(sizeBytes: sizeBytes, fileSizeBytes: fileSizeBytes))
      }
    }
  }

  private init(
    _ file: FileMetaData, fileSizeBytes: Int64, footerBytes: Int
  ) throws(ParquetError) {
    let tree = try SchemaTree(file.schema)
    self.init(sizeBytes: fileSizeBytes, footerSizeBytes: footerBytes)
    encryption = file.encryptionAlgorithm.map { "columns, \($0.name)" }
    formatVersion = Int(file.version)
    createdBy = file.createdBy
    rowCount = file.rowCount
    keyValueMetadata = (file.keyValueMetadata ?? []).map { ($0.key, $0.value) }
    schema = SchemaNode(tree.root, isRoot: true)
    let leaves = tree.leaves.map { leaf in
      InspectedLeaf(
        path: leaf.path.joined(separator: "."), leaf: leaf, mapping: try? LeafMapping(leaf.element))
    }
    rowGroups = file.rowGroups.map { RowGroup($0, leaves) }
  }
}

/// A leaf with what turns its bounds into values; nil for types that this build does not know.
private struct InspectedLeaf {
  let path: String
  let leaf: LeafColumn
  let mapping: LeafMapping?
}

extension FileInspection.SchemaNode {
  fileprivate init(_ node: Parquet.SchemaNode, isRoot: Bool) {
    name = node.name
    let element = node.element
    switch isRoot ? nil : element.repetition {
    case .required: repetition = "required"
    case .optional: repetition = "optional"
    case .repeated: repetition = "repeated"
    case nil: repetition = nil
    }
    physicalType = element.type.map { type in
      type == .fixedLengthByteArray ? "\(type.name)(\(element.typeLength ?? 0))" : type.name
    }
    logicalType =
      element.annotation?.text
      ?? (element.convertedType == .interval ? "INTERVAL" : nil)
    fieldID = element.fieldID.map { Int($0) }
    children = node.children.map { FileInspection.SchemaNode($0, isRoot: false) }
  }
}

extension FileInspection.RowGroup {
  fileprivate init(_ group: RowGroup, _ leaves: [InspectedLeaf]) {
    rowCount = group.rowCount
    uncompressedSizeBytes = group.totalUncompressedSizeBytes
    compressedSizeBytes =
      group.totalCompressedSizeBytes
      ?? group.columns.reduce(0) { $0 &+ ($1.metadata?.totalCompressedSizeBytes ?? 0) }
    sortingColumns = (group.sortingColumns ?? []).map { column in
      let index = Int(column.columnIndex)
      return FileInspection.SortingColumn(
        path: leaves.indices.contains(index) ? leaves[index].path : "#\(index)",
        isDescending: column.isDescending, nullsFirst: column.nullsFirst)
    }
    columns = group.columns.enumerated().map { index, chunk in
      FileInspection.Chunk(chunk, index < leaves.count ? leaves[index] : nil)
    }
  }
}

extension FileInspection.Chunk {
  fileprivate init(_ chunk: ColumnChunk, _ leaf: InspectedLeaf?) {
    path = chunk.metadata?.path.joined(separator: ".") ?? leaf?.path ?? ""
    isEncrypted = chunk.isEncrypted
    columnIndex = chunk.columnIndexOffset.map {
      FileInspection.Extent(offset: $0, sizeBytes: chunk.columnIndexSizeBytes.map { Int64($0) })
    }
    offsetIndex = chunk.offsetIndexOffset.map {
      FileInspection.Extent(offset: $0, sizeBytes: chunk.offsetIndexSizeBytes.map { Int64($0) })
    }
    details = chunk.metadata.map { FileInspection.ChunkDetails($0, leaf) }
  }
}

extension FileInspection.ChunkDetails {
  fileprivate init(_ metadata: ColumnMetaData, _ leaf: InspectedLeaf?) {
    physicalType = metadata.type.name
    codec = metadata.codec.description
    encodings = metadata.encodings.map(\.description)
    valueCount = metadata.valueCount
    uncompressedSizeBytes = metadata.totalUncompressedSizeBytes
    compressedSizeBytes = metadata.totalCompressedSizeBytes
    dataPageOffset = metadata.dataPageOffset
    // Zero is the file's magic: some writers mean "none" by it.
    dictionaryPageOffset = metadata.dictionaryPageOffset.flatMap { $0 > 0 ? $0 : nil }
    statistics = metadata.statistics.map {
      FileInspection.Statistics($0, metadata.type, leaf)
    }
    bloomFilter = metadata.bloomFilterOffset.map {
      FileInspection.Extent(
        offset: $0, sizeBytes: metadata.bloomFilterSizeBytes.map { Int64($0) })
    }
  }
}

extension FileInspection.Statistics {
  fileprivate init(_ statistics: ChunkStatistics, _ type: ParquetType, _ leaf: InspectedLeaf?) {
    func value(_ bytes: [UInt8]?) -> Scalar? {
      guard let bytes else { return nil }
      guard let leaf, let mapping = leaf.mapping, leaf.leaf.type == type else {
        return .binary(bytes)
      }
      return boundScalar(bytes, leaf: leaf.leaf, mapping: mapping) ?? .binary(bytes)
    }
    isDeprecated =
      statistics.minValue == nil && statistics.maxValue == nil
      && (statistics.deprecatedMin != nil || statistics.deprecatedMax != nil)
    min = value(statistics.minValue ?? statistics.deprecatedMin)
    max = value(statistics.maxValue ?? statistics.deprecatedMax)
    minIsExact = statistics.isMinValueExact
    maxIsExact = statistics.isMaxValueExact
    nullCount = statistics.nullCount
    distinctCount = statistics.distinctCount
    nanCount = statistics.nanCount
  }
}

extension LogicalType {
  /// As the specification spells it, with its parameters: LogicalTypes.md.
  fileprivate var text: String {
    switch self {
    case .string: "STRING"
    case .map: "MAP"
    case .list: "LIST"
    case .enumeration: "ENUM"
    case .decimal(let scale, let precision): "DECIMAL(\(precision), \(scale))"
    case .date: "DATE"
    case .time(let isAdjustedToUTC, let unit):
      "TIME(\(unit.text)\(isAdjustedToUTC ? ", UTC" : ""))"
    case .timestamp(let isAdjustedToUTC, let unit):
      "TIMESTAMP(\(unit.text)\(isAdjustedToUTC ? ", UTC" : ""))"
    case .integer(let bitWidth, let isSigned): "INT(\(bitWidth), \(isSigned ? "" : "un")signed)"
    case .null: "UNKNOWN"
    case .json: "JSON"
    case .bson: "BSON"
    case .uuid: "UUID"
    case .float16: "FLOAT16"
    case .variant(let version): version.map { "VARIANT(\($0))" } ?? "VARIANT"
    case .geometry(let crs): crs.map { "GEOMETRY(\($0))" } ?? "GEOMETRY"
    case .geography(let crs, _): crs.map { "GEOGRAPHY(\($0))" } ?? "GEOGRAPHY"
    case .vector: "VECTOR"
    case .other(let id): "logical type \(id)"
    }
  }
}

extension TimeUnit {
  fileprivate var text: String {
    switch self {
    case .millis: "MILLIS"
    case .micros: "MICROS"
    case .nanos: "NANOS"
    }
  }
}
