import Columns
import Parquet

// The `add` and `remove` actions of a row group, column by column.

extension CheckpointFile {
  /// What is decoded of an action on files.
  private static func paths(_ action: String, _ fields: [String]) -> [[String]] {
    fields.map { [action, $0] }
  }

  private static let addPaths = paths(
    "add",
    [
      "path", "partitionValues", "size", "modificationTime", "dataChange", "stats", "tags",
      "deletionVector", "baseRowId", "defaultRowCommitVersion", "clusteringProvider",
    ])
  private static let removePaths = paths(
    "remove",
    [
      "path", "deletionTimestamp", "dataChange", "partitionValues", "size", "tags",
      "deletionVector", "baseRowId", "defaultRowCommitVersion",
    ])

  /// Rows that a worker reads at a time.
  private static let partRowCount = 32_768

  /// What workers read of a row group, each with one call of `files`.
  func parts(group: Int, keepsTombstones: Bool) throws(DeltaError) -> [RowSelection] {
    let rows = try selection(holding: keepsTombstones ? [.add, .remove] : [.add], group: group)
    if rows.ranges.isEmpty { return [] }
    let parts = try parts(
      group: group, filePaths(group: group, keepsTombstones: keepsTombstones),
      rowCount: CheckpointFile.partRowCount)
    return parts.map { rows.intersection(RowSelection([$0])) }.filter { !$0.ranges.isEmpty }
  }

  private func filePaths(group: Int, keepsTombstones: Bool) -> [[String]] {
    var paths: [[String]] = []
    if mayHold(.add, group: group) {
      paths += CheckpointFile.addPaths
      if needsParsedStatistics(group: group) { paths.append(["add", "stats_parsed"]) }
    }
    if keepsTombstones && mayHold(.remove, group: group) { paths += CheckpointFile.removePaths }
    return paths
  }

  /// The files of some rows of a row group.
  ///
  /// - Parameters:
  ///   - withKeys: whether the adds are given theirs.
  ///   - known: shared by the parts that one worker reads.
  func files(
    group: Int, rows: RowSelection, keepsTombstones: Bool, withKeys: Bool,
    _ known: inout PartitionValuesCache
  ) throws(DeltaError) -> ReplayPiece {
    var steps: [ReplayStep] = []
    try forEachBatch(
      group: group, filePaths(group: group, keepsTombstones: keepsTombstones), rows: rows
    ) { (batch) throws(DeltaError) in
      if let column = ActionColumn(batch.column("add")) {
        try appendAdds(column, withKeys: withKeys, &known, to: &steps)
      }
      if let column = ActionColumn(batch.column("remove")) {
        appendRemoves(column, &known, to: &steps)
      }
    }
    return ReplayPiece(steps: steps)
  }

  /// Whether a file of the row group may have no other statistics.
  private func needsParsedStatistics(group: Int) -> Bool {
    guard has(["add", "stats_parsed"]) else { return false }
    guard let withoutText = nullCount(["add", "stats"], group: group),
      let withoutFile = nullCount(["add", "path"], group: group)
    else { return true }
    return withoutText > withoutFile
  }

  private func appendAdds(
    _ add: ActionColumn, withKeys: Bool, _ known: inout PartitionValuesCache,
    to steps: inout [ReplayStep]
  ) throws(DeltaError) {
    let rows = add.rows(having: "path")
    guard !rows.isEmpty else { return }
    if steps.isEmpty { steps.reserveCapacity(rows.count) }
    let paths = TextField(add.field("path"))
    let partitionValues = TextMapField(add.field("partitionValues"))
    let sizes = IntegerField(add.field("size"))
    let times = IntegerField(add.field("modificationTime"))
    let dataChanges = BooleanField(add.field("dataChange"))
    let statistics = StatisticsRows(
      text: add.field("stats"), parsed: add.field("stats_parsed"))
    let tags = TextMapField(add.field("tags"))
    let vectors = DeletionVectorField(add.field("deletionVector"))
    let rowIDs = IntegerField(add.field("baseRowId"))
    let rowVersions = IntegerField(add.field("defaultRowCommitVersion"))
    let providers = TextField(add.field("clusteringProvider"))
    var scratch: [UInt8] = []
    for row in rows {
      guard let path = paths[row] else { continue }
      guard let size = sizes[row], let values = partitionValues.shared(row, &known, &scratch)
      else {
        throw .corrupt("an `add` lacks its size or partition values", file: self.path)
      }
      var file = AddFile(
        path: path, partitionValues: values, sizeBytes: size, modifiedMillis: times[row] ?? 0,
        dataChange: dataChanges[row] ?? false, tags: tags[row], deletionVector: vectors[row],
        baseRowID: rowIDs[row], defaultRowCommitVersion: rowVersions[row],
        clusteringProvider: providers[row])
      file.statisticsSource = statistics.source(row)
      do throws(ActionFault) { try file.check() } catch {
        throw .corrupt(error.message, file: self.path)
      }
      let key = withKeys ? file.key : nil
      steps.append(.add(file, key))
    }
  }

  private func appendRemoves(
    _ remove: ActionColumn, _ known: inout PartitionValuesCache, to steps: inout [ReplayStep]
  ) {
    let paths = TextField(remove.field("path"))
    let times = IntegerField(remove.field("deletionTimestamp"))
    let dataChanges = BooleanField(remove.field("dataChange"))
    let partitionValues = TextMapField(remove.field("partitionValues"))
    let sizes = IntegerField(remove.field("size"))
    let tags = TextMapField(remove.field("tags"))
    let vectors = DeletionVectorField(remove.field("deletionVector"))
    let rowIDs = IntegerField(remove.field("baseRowId"))
    let rowVersions = IntegerField(remove.field("defaultRowCommitVersion"))
    var scratch: [UInt8] = []
    for row in remove.rows(having: "path") {
      guard let path = paths[row] else { continue }
      steps.append(
        .tombstone(
          RemoveFile(
            path: path, deletionMillis: times[row], dataChange: dataChanges[row] ?? false,
            partitionValues: partitionValues.shared(row, &known, &scratch),
            sizeBytes: sizes[row], tags: tags[row], deletionVector: vectors[row],
            baseRowID: rowIDs[row], defaultRowCommitVersion: rowVersions[row])))
    }
  }

  /// Runs a check of an action whose failure is the checkpoint's.
  func checking<R>(_ body: () throws(ActionFault) -> R) throws(DeltaError) -> R {
    do { return try body() } catch { throw .corrupt(error.message, file: path) }
  }
}

private struct DeletionVectorField {
  private let vector: ActionColumn?
  private let types: TextField
  private let paths: TextField
  private let offsets: IntegerField
  private let sizes: IntegerField
  private let cardinalities: IntegerField

  init(_ column: Column?) {
    vector = ActionColumn(column)
    types = TextField(vector?.field("storageType"))
    paths = TextField(vector?.field("pathOrInlineDv"))
    offsets = IntegerField(vector?.field("offset"))
    sizes = IntegerField(vector?.field("sizeInBytes"))
    cardinalities = IntegerField(vector?.field("cardinality"))
  }

  subscript(row: Int) -> DeletionVector? {
    guard let vector, !vector.isNull(row), let type = types[row] else { return nil }
    return DeletionVector(
      storageType: type, pathOrInlineVector: paths[row] ?? "", offset: offsets[row],
      sizeBytes: sizes[row] ?? 0, cardinality: cardinalities[row] ?? 0)
  }
}
