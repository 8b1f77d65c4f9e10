package import Base
package import Columns

/// What `ParquetMetadata.parse` says.
package enum FooterStep: Sendable {
  /// The footer starts earlier: call again with exactly these bytes of the file.
  case needs(Range<Int64>)
  case done(ParquetMetadata)
}

/// What a file says about itself: its columns, row groups and statistics.
package struct ParquetMetadata: Sendable {
  /// The columns, nested ones included.
  package let schema: Schema
  /// One a column: how it comes out of the leaves.
  package let shapes: [ColumnShape]
  package let rowGroups: [RowGroupMetadata]
  package let keyValueMetadata: [KeyValue]
  package let createdBy: String?
  package let tree: SchemaTree
  package let fileSizeBytes: Int64

  /// Of all row groups. The footer's own total is left aside: some writers leave it zero.
  package var rowCount: Int64 { rowGroups.reduce(0) { $0 + Int64($1.rowCount) } }

  /// The field id of a column, which column mapping by id uses.
  package func fieldID(column: Int) -> Int32? { tree.root.children[column].element.fieldID }

  // MARK: Parsing

  /// Enough for the footer of most files, so that one read does.
  private static let tailSizeBytes: Int64 = 64 << 10

  /// The bytes to read first: the end of the file.
  package static func tailRange(fileSizeBytes: Int64) -> Range<Int64> {
    max(0, fileSizeBytes - tailSizeBytes)..<max(0, fileSizeBytes)
  }

  /// Parses the footer from the last bytes of a file.
  ///
  /// - Throws: `ParquetError`: `corrupt` when the bytes are no footer, `unsupported` when the file
  ///   is encrypted or the footer is larger than `Limits.footerBytes`.
  package static func parse(
    tail: Buffer<UInt8>, fileSizeBytes: Int64
  ) throws(ParquetError) -> FooterStep {
    switch try FileFooter.parse(tail: tail, fileSizeBytes: fileSizeBytes) {
    case .needs(let range): return .needs(range)
    case .encrypted(let algorithm, _):
      throw .unsupported(
        "a footer encrypted with \(algorithm.name)", at: ParquetPlace(offset: fileSizeBytes))
    case .plain(let file, let sizeBytes):
      let offset = FileFooter.offset(sizeBytes: sizeBytes, fileSizeBytes: fileSizeBytes)
      do throws(ParquetError) {
        return .done(
          try ParquetMetadata(file, fileSizeBytes: fileSizeBytes, footerOffset: offset))
      } catch {
        throw error.placed(at: offset)
      }
    }
  }

  /// - Parameter footerOffset: for messages.
  /// - Throws: `ParquetError` when the parts of the footer do not go together.
  package init(
    _ file: FileMetaData, fileSizeBytes: Int64, footerOffset: Int64 = 0
  ) throws(ParquetError) {
    if let algorithm = file.encryptionAlgorithm {
      throw .unsupported(
        "a file encrypted with \(algorithm.name)", at: ParquetPlace(offset: fileSizeBytes))
    }
    let tree = try SchemaTree(file.schema)
    var leaves: [LeafMapping] = []
    leaves.reserveCapacity(tree.leaves.count)
    for leaf in tree.leaves { leaves.append(try LeafMapping(leaf.element)) }
    let shape = FileShape(
      tree: tree, mappings: leaves, orders: file.columnOrders ?? [], fileSizeBytes: fileSizeBytes,
      footerOffset: footerOffset, understatesChunks: understatesChunks(file.createdBy),
      startsPagesWithRows: startsPagesWithRows(file.createdBy),
      faults: WriterFaults(createdBy: file.createdBy))
    guard !file.rowGroups.isEmpty || file.rowCount <= 0 else {
      throw .corrupt(
        "the footer has \(file.rowCount) rows and no row groups", at: ParquetPlace())
    }
    var groups: [RowGroupMetadata] = []
    groups.reserveCapacity(file.rowGroups.count)
    var rowCount: Int64 = 0
    for (index, group) in file.rowGroups.enumerated() {
      guard group.columns.count == tree.leaves.count else {
        throw .corrupt(
          "the row group has \(group.columns.count) chunks for \(tree.leaves.count) leaves",
          at: ParquetPlace(rowGroup: index))
      }
      let (sum, overflow) = rowCount.addingReportingOverflow(group.rowCount)
      guard !overflow, let groupRows = Int(exactly: group.rowCount) else {
        throw .corrupt("the row count overflows", at: ParquetPlace(rowGroup: index))
      }
      rowCount = sum
      groups.append(
        RowGroupMetadata(index: index, rowCount: groupRows, group: group, shape: shape))
    }
    shapes = try tree.columnShapes()
    schema = Schema(shapes.map(\.field))
    self.tree = tree
    self.rowGroups = groups
    self.fileSizeBytes = fileSizeBytes
    keyValueMetadata = file.keyValueMetadata ?? []
    createdBy = file.createdBy
  }
}

/// What the row groups of a file share.
package final class FileShape: Sendable {
  package let tree: SchemaTree
  /// One a leaf.
  package let mappings: [LeafMapping]
  /// One a leaf, or none.
  package let orders: [ColumnOrder]
  package let fileSizeBytes: Int64
  /// Where the footer starts.
  let footerOffset: Int64
  /// Whether the sizes of chunks may lack the dictionary page's header.
  let understatesChunks: Bool
  /// Whether the writer is known to end no page within a row.
  let startsPagesWithRows: Bool
  /// Which of the writer's statistics are known to be wrong.
  let faults: WriterFaults

  init(
    tree: SchemaTree, mappings: [LeafMapping], orders: [ColumnOrder], fileSizeBytes: Int64,
    footerOffset: Int64, understatesChunks: Bool, startsPagesWithRows: Bool, faults: WriterFaults
  ) {
    self.tree = tree
    self.mappings = mappings
    self.orders = orders
    self.fileSizeBytes = fileSizeBytes
    self.footerOffset = footerOffset
    self.understatesChunks = understatesChunks
    self.startsPagesWithRows = startsPagesWithRows
    self.faults = faults
  }
}

/// parquet-mr before 1.2.9 left the dictionary page's header out of a chunk's size (PARQUET-816).
private func understatesChunks(_ createdBy: String?) -> Bool {
  guard let createdBy, createdBy.hasPrefix("parquet-mr") else { return false }
  guard let version = createdBy.split(separator: " ").dropFirst(2).first else { return true }
  let numbers = version.split(separator: ".").prefix(3).map { part in
    Int(part.prefix { $0.isNumber }) ?? 0
  }
  return numbers.lexicographicallyPrecedes([1, 2, 9])
}

/// Writers that end pages between records only: parquet-mr always, Arrow's C++ library where it
/// writes a page index. Others are believed after a look at one page more.
private func startsPagesWithRows(_ createdBy: String?) -> Bool {
  switch createdBy?.split(separator: " ").first {
  case "grebe", "parquet-mr", "parquet-cpp-arrow": true
  default: false
  }
}

extension DecodingFault {
  var offset: Int {
    switch self {
    case .truncated(let offset), .outOfRange(let offset), .malformed(let offset),
      .notText(let offset), .unsupported(let offset):
      offset
    case .outsideType: 0
    }
  }

  /// What a person reads.
  var text: String {
    switch self {
    case .truncated: "the bytes end early"
    case .outOfRange: "a length, count or index is out of range"
    case .malformed: "the bytes are not legal here"
    case .notText: "a string is not UTF-8"
    case .unsupported:
      "a value or an encoding's parameter that this build does not read, such as a time before "
        + "-290308 or after 294247"
    case .outsideType: "a number that the column's type does not hold"
    }
  }
}
