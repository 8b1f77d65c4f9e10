import Base
import Columns
import Compute
import Parquet

/// Choices before the file: an input may be shorter.
private let conditionSizeBytes = 32

/// input := conditions (32 bytes), a file
///
/// Whatever a file says of its rows, deciding which of them a condition needs ends, and with rows
/// that the row group has; reading those rows does not trap.
func fuzzPruning(_ input: inout FuzzInput) {
  let file = input.after(conditionSizeBytes)
  guard let metadata = try? parseFooter(file) else { return }
  let columns = metadata.schema.fields.indices.filter {
    metadata.tree.flatLeaf(ofColumn: $0) != nil && metadata.schema.fields[$0].type.isOrdered
      && metadata.schema.fields[$0].type.physical != nil
  }
  guard !columns.isEmpty else { return }
  for group in metadata.rowGroups.prefix(4) {
    let parts = (0..<2).map { _ in
      condition(&input, on: columns[input.byte() % columns.count], metadata, group)
    }
    let all: BoundExpression =
      switch input.byte() % 3 {
      case 0: parts[0]
      case 1: BoundExpression(.and(parts), .boolean)
      default: BoundExpression(.not(BoundExpression(.or(parts), .boolean)), .boolean)
      }
    PrunedGroup(file: file, metadata: metadata, group: group).prune(PruningEvaluator(all))
  }
}

/// A condition on one column: against what the footer says are its bounds, or any value.
private func condition(
  _ input: inout FuzzInput, on column: Int, _ metadata: ParquetMetadata, _ group: RowGroupMetadata
) -> BoundExpression {
  let type = metadata.schema.fields[column].type
  let known = metadata.tree.flatLeaf(ofColumn: column).map { group.statistics(leaf: $0) }
  func value() -> Scalar {
    switch input.byte() % 4 {
    case 0: known?.min ?? .null
    case 1: known?.max ?? .null
    default: input.scalar(LeafChoice(type: type))
    }
  }
  let operand = BoundExpression(.column(column), type)
  switch input.byte() % 8 {
  case 0: return BoundExpression(.isNull(operand), .boolean)
  case 1: return BoundExpression(.isNotNull(operand), .boolean)
  case 2:
    let values = Set([value(), value()]).filter { !$0.isNull }
    return BoundExpression(.inList(operand, values: Array(values), hasNull: false), .boolean)
  default:
    let comparison = input.choice(ComparisonOperator.allCases)
    return BoundExpression(
      .compare(comparison, operand, BoundExpression(.literal(value()), type)), .boolean)
  }
}

/// A row group whose pages are chosen as a scan chooses them.
private struct PrunedGroup {
  let file: Buffer<UInt8>
  let metadata: ParquetMetadata
  let group: RowGroupMetadata

  private static let rowMax = 1 << 12

  private func leaf(_ column: Int) -> LeafColumn? { metadata.tree.flatLeaf(ofColumn: column) }

  private func statistics(_ column: Int) -> ColumnStatistics? {
    leaf(column).map { group.statistics(leaf: $0) }
  }

  func prune(_ evaluator: PruningEvaluator) {
    let filters = filters(evaluator.equalityColumnIndices)
    _ = evaluator.verdict(
      rowCount: group.rowCount,
      mayContain: { column, value in
        guard let filter = filters[column], let leaf = leaf(column) else { return true }
        return group.mayContain(value, leaf: leaf, filter)
      }
    ) { statistics($0) }
    var pages: [Int: PagedStatistics] = [:]
    var offsets: [Int: OffsetIndex] = [:]
    for column in evaluator.columnIndices {
      guard let leaf = leaf(column), let (index, known) = try? pageIndex(leaf) else { continue }
      pages[column] = known
      offsets[leaf.index] = index
    }
    let ranges = evaluator.matchingRows(rowCount: group.rowCount) {
      pages[$0]
    } whole: {
      statistics($0)
    }
    var last = -1
    for range in ranges {
      precondition(range.lowerBound > last && !range.isEmpty)
      precondition(range.upperBound <= group.rowCount)
      last = range.upperBound
    }
    read(evaluator.columnIndices, ranges, offsets)
  }

  private func filters(_ columns: [Int]) -> [Int: BloomFilter] {
    var filters: [Int: BloomFilter] = [:]
    for column in columns {
      guard let leaf = leaf(column), let range = group.bloomFilterRange(leaf: leaf.index),
        var step = try? group.bloomFilter(leaf: leaf.index, part(file, range))
      else { continue }
      if case .needs(let more) = step {
        guard let next = try? group.bloomFilter(leaf: leaf.index, part(file, more)) else {
          continue
        }
        step = next
      }
      if case .done(let filter?) = step { filters[column] = filter }
    }
    return filters
  }

  private func pageIndex(
    _ leaf: LeafColumn
  ) throws(ParquetError) -> (OffsetIndex, PagedStatistics)? {
    guard let offsets = try group.offsetIndexRange(leaf: leaf.index),
      let columns = try group.columnIndexRange(leaf: leaf.index)
    else { return nil }
    let index = try group.offsetIndex(leaf: leaf.index, part(file, offsets))
    return (
      index,
      try group.pageStatistics(leaf: leaf, offsetIndex: index, columnIndex: part(file, columns))
    )
  }

  /// The first of the rows that are left, by their pages.
  private func read(_ columns: [Int], _ ranges: [Range<Int>], _ offsets: [Int: OffsetIndex]) {
    let rows = ranges.map { $0.clamped(to: 0..<PrunedGroup.rowMax) }.filter { !$0.isEmpty }
    guard !rows.isEmpty, let projection = try? Projection(columns: columns, of: metadata),
      let decoder = try? RowGroupDecoder(
        metadata: metadata, rowGroup: group.index, projection: projection,
        selection: RowSelection(rows), offsetIndexes: offsets)
    else { return }
    let reader = RowGroupReader(
      file: file, metadata: metadata, rowGroup: group.index, batchRowCount: 1024,
      rowMax: PrunedGroup.rowMax)
    var contents = FileContents()
    try? reader.read(decoder, into: &contents)
  }
}
