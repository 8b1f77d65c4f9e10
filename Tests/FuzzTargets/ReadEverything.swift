package import Base
package import Columns
package import Parquet

/// What came out of a file that may be damaged.
package struct FileContents {
  /// The first error of the footer, or of each column of each row group.
  package var errors: [ParquetError] = []
  package var columns: [Column] = []
  /// Levels and values that were read, in all columns together.
  package var valueCount = 0
}

/// Reads all that a file has and this build reads: footer, statistics, page indexes, bloom filters,
/// page headers, every column of every row group in batches, some rows of it and some pages. The
/// one place where tests on damaged files drive the reader.
///
/// - Parameter rowMax: rows read of a row group: damaged counts can promise billions, and a run of
///   nulls keeps the promise.
package func readEverything(
  _ file: Buffer<UInt8>, batchRowCount: Int = 1024, rowMax: Int = 1 << 14
) -> FileContents {
  var contents = FileContents()
  do throws(ParquetError) {
    let metadata = try parseFooter(file)
    for group in metadata.rowGroups.prefix(8) {
      let reader = RowGroupReader(
        file: file, metadata: metadata, rowGroup: group.index, batchRowCount: batchRowCount,
        rowMax: rowMax)
      reader.readColumns(into: &contents)
      reader.readSomeRows(into: &contents)
      reader.readSomePages(into: &contents)
      reader.readBloomFilters(into: &contents)
    }
    try inspect(file)
  } catch {
    contents.errors.append(error)
  }
  return contents
}

package func parseFooter(_ file: Buffer<UInt8>) throws(ParquetError) -> ParquetMetadata {
  let size = Int64(file.count)
  var range = ParquetMetadata.tailRange(fileSizeBytes: size)
  for _ in 0..<2 {
    switch try ParquetMetadata.parse(tail: part(file, range), fileSizeBytes: size) {
    case .needs(let more): range = more
    case .done(let metadata): return metadata
    }
  }
  throw ParquetError(.internalError, "the footer was asked for twice")
}

/// `range` of a file in memory; cut short where the file is.
func part(_ file: Buffer<UInt8>, _ range: Range<Int64>) -> Buffer<UInt8> {
  let low = min(Int(range.lowerBound), file.count)
  return file.slice(low..<min(Int(range.upperBound), file.count))
}

/// Tells what the footer says, and goes from page header to page header.
private func inspect(_ file: Buffer<UInt8>) throws(ParquetError) {
  let size = Int64(file.count)
  var range = ParquetMetadata.tailRange(fileSizeBytes: size)
  for _ in 0..<2 {
    switch try FileInspection.parse(tail: part(file, range), fileSizeBytes: size) {
    case .needs(let more): range = more
    case .done(let inspection):
      for (index, group) in inspection.rowGroups.prefix(8).enumerated() {
        for chunk in group.columns.prefix(64) {
          var walk = try PageWalk(chunk, rowGroup: index, fileSizeBytes: size)
          while let next = walk.nextRange { _ = try walk.take(part(file, next)) }
        }
      }
      return
    }
  }
}

/// One row group of one file.
struct RowGroupReader {
  let file: Buffer<UInt8>
  let metadata: ParquetMetadata
  let rowGroup: Int
  let batchRowCount: Int
  let rowMax: Int

  func readColumns(into contents: inout FileContents) {
    let group = metadata.rowGroups[rowGroup]
    for leaf in metadata.tree.leaves.prefix(64) { _ = group.statistics(leaf: leaf) }
    for column in metadata.schema.fields.indices.prefix(64) {
      do throws(ParquetError) {
        let decoder = try RowGroupDecoder(
          metadata: metadata, rowGroup: rowGroup, columns: [column])
        try read(decoder, into: &contents)
      } catch {
        contents.errors.append(error)
      }
    }
  }

  /// Every other stretch of seven rows of all columns together.
  func readSomeRows(into contents: inout FileContents) {
    let rowCount = min(metadata.rowGroups[rowGroup].rowCount, rowMax)
    let ranges = stride(from: 3, to: rowCount, by: 14).map { $0..<min($0 + 7, rowCount) }
    guard !ranges.isEmpty else { return }
    do throws(ParquetError) {
      let columns = Array(metadata.schema.fields.indices.prefix(64))
      let decoder = try RowGroupDecoder(
        metadata: metadata, rowGroup: rowGroup,
        projection: try Projection(columns: columns, of: metadata),
        selection: RowSelection(ranges))
      try read(decoder, into: &contents)
    } catch {
      contents.errors.append(error)
    }
  }

  /// What the page index of each leaf says, and every other page of it, as pruning leaves them.
  func readSomePages(into contents: inout FileContents) {
    let group = metadata.rowGroups[rowGroup]
    for leaf in metadata.tree.leaves.prefix(64) {
      do throws(ParquetError) {
        guard let range = try group.offsetIndexRange(leaf: leaf.index) else { continue }
        let offsets = try group.offsetIndex(leaf: leaf.index, part(file, range))
        if leaf.maxRepetition == 0, let columns = try group.columnIndexRange(leaf: leaf.index) {
          _ = try group.pageStatistics(
            leaf: leaf, offsetIndex: offsets, columnIndex: part(file, columns))
        }
        let rows = offsets.pageLocations.map { min(Int($0.firstRowIndex), rowMax) }
        let ends = rows.dropFirst() + [min(group.rowCount, rowMax)]
        let ranges = zip(rows, ends).enumerated().filter { $0.offset % 2 == 0 }
          .map { $0.element.0..<$0.element.1 }
        let decoder = try RowGroupDecoder(
          metadata: metadata, rowGroup: rowGroup,
          projection: try Projection(leaves: [leaf.index], of: metadata),
          selection: RowSelection(ranges), offsetIndexes: [leaf.index: offsets])
        try read(decoder, into: &contents)
      } catch {
        contents.errors.append(error)
      }
    }
  }

  func readBloomFilters(into contents: inout FileContents) {
    let group = metadata.rowGroups[rowGroup]
    for leaf in metadata.tree.leaves.prefix(64) {
      do throws(ParquetError) {
        guard let range = group.bloomFilterRange(leaf: leaf.index) else { continue }
        var step = try group.bloomFilter(leaf: leaf.index, part(file, range))
        if case .needs(let more) = step {
          step = try group.bloomFilter(leaf: leaf.index, part(file, more))
        }
        guard case .done(let filter?) = step else { continue }
        for value in [.integer(7), .string("seven"), .null] as [Scalar] {
          _ = group.mayContain(value, leaf: leaf, filter)
        }
      } catch {
        contents.errors.append(error)
      }
    }
  }

  func read(
    _ decoder: RowGroupDecoder, into contents: inout FileContents
  ) throws(ParquetError) {
    var rowCount = 0
    while rowCount < rowMax {
      switch try decoder.next(maxRows: batchRowCount) {
      case .needs(let ranges):
        precondition(!ranges.isEmpty)
        for range in ranges {
          precondition(range.lowerBound >= 0 && range.upperBound <= Int64(file.count))
        }
        try decoder.supply(ranges.map { part(file, $0) })
      case .batch(let batch):
        precondition(batch.rowCount > 0 && batch.rowCount <= batchRowCount)
        rowCount += batch.rowCount
        for column in batch.columns { checkColumn(column) }
        contents.columns += batch.columns
        contents.valueCount += batch.rowCount * batch.columns.count
      case .end: return
      }
    }
  }
}

/// What every column promises, however damaged the file was it came from.
func checkColumn(_ column: Column) {
  if let validity = column.validity { precondition(validity.count == column.count) }
  switch column.values {
  case .bytes(let slots, let data):
    for index in 0..<slots.count {
      let range = slots[index].range
      precondition(range.upperBound <= data.count)
      if column.type == .string, !column.isNull(index) {
        precondition(String(validating: Array(data.slice(range)), as: UTF8.self) != nil)
      }
    }
  case .boolean(let slots):
    for index in 0..<slots.count where !column.isNull(index) { precondition(slots[index] <= 1) }
  case .structure(let fields, let count):
    for field in fields {
      precondition(field.count == count)
      checkColumn(field)
    }
  case .list(let slots, let element):
    for index in 0..<slots.count { precondition(slots[index].range.upperBound <= element.count) }
    checkColumn(element)
  case .int32, .int64, .int128, .float, .double: break
  }
}
