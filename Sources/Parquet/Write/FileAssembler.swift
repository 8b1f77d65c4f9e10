// Puts row groups together to a file and knows what its footer says.
// parquet.thrift, `FileMetaData`; README.md, "File format".
//
//   "PAR1"
//   row group: column chunk*            chunk := dictionary page?, data pages
//              bloom filter*            of the chunks that were asked to have one
//   ...
//   column index of every chunk         row group by row group
//   offset index of every chunk
//   FileMetaData (Thrift)
//   its length, u32 little endian
//   "PAR1"
package import Base
package import Columns

/// Assembles one file. Does no I/O: it hands out the bytes in the order of the file.
package struct FileAssembler: Sendable {
  private let options: ParquetWriteOptions
  private let elements: [SchemaElement]
  /// In the order of the schema.
  private let leaves: [WriteLeaf]
  private var rowGroups: [RowGroupRecord] = []

  /// Bytes handed out so far.
  package private(set) var sizeBytes = 0
  package private(set) var rowCount = 0
  /// One a leaf, over all row groups.
  package private(set) var statistics: [ColumnStatistics]
  /// One a leaf: its values, nulls included.
  private var slotCounts: [Int]

  /// - Throws: `ParquetError` (`unsupported`) for a column of an unknown type.
  package init(
    schema: Schema, options: ParquetWriteOptions = ParquetWriteOptions()
  ) throws(ParquetError) {
    self.options = options
    let written = try WriteSchema(schema, options)
    elements = written.elements
    leaves = written.leaves
    statistics = leaves.map { _ in ColumnStatistics(nullCount: 0) }
    slotCounts = leaves.map { _ in 0 }
  }

  package var rowGroupCount: Int { rowGroups.count }

  /// The bytes a file starts with: the first to write.
  package mutating func header() -> Buffer<UInt8> {
    precondition(sizeBytes == 0)
    sizeBytes = fileMagic.count
    return Buffer(fileMagic)
  }

  /// Adds a row group of a writer with the same schema and options. Returns the bytes to append.
  package mutating func add(_ group: EncodedRowGroup) -> [Buffer<UInt8>] {
    precondition(sizeBytes > 0 && group.chunks.count == leaves.count)
    for (index, chunk) in group.chunks.enumerated() {
      let wasEmpty = statistics[index].nullCount == slotCounts[index]
      statistics[index].merge(
        group.statistics[index], isEmpty: wasEmpty, otherIsEmpty: chunk.nullCount == chunk.slotCount
      )
      slotCounts[index] += chunk.slotCount
    }
    rowGroups.append(RowGroupRecord(group, leaves, options, offset: sizeBytes))
    sizeBytes += group.sizeBytes
    rowCount += group.rowCount
    return group.parts
  }

  /// Ends the file: the last bytes.
  ///
  /// - Throws: `ParquetError` (`resourceLimit`) when the metadata does not fit its length.
  package mutating func footer() throws(ParquetError) -> Buffer<UInt8> {
    precondition(sizeBytes > 0)
    var writer = ThriftWriter(capacity: 4096)
    for index in rowGroups.indices {
      rowGroups[index].columnIndexOffset = sizeBytes + writer.bytes.count
      writer.bytes.append(rowGroups[index].columnIndexes)
    }
    for index in rowGroups.indices {
      rowGroups[index].offsetIndexOffset = sizeBytes + writer.bytes.count
      writer.bytes.append(rowGroups[index].offsetIndexes)
    }
    let start = writer.bytes.count
    writer.write(
      Footer(
        schema: elements, rowCount: rowCount, rowGroups: rowGroups, leafCount: leaves.count,
        options: options))
    let length = writer.bytes.count - start
    guard length <= Limits.footerBytes else {
      throw ParquetError(
        .resourceLimit, "the footer would take \(length) bytes", hint: "write larger row groups")
    }
    writer.bytes.appendInteger(UInt32(length))
    writer.bytes.append(fileMagic)
    sizeBytes += writer.bytes.count
    return writer.take()
  }
}

/// What a file starts and ends with.
private let fileMagic = Array("PAR1".utf8)
