import Columns
import Store

/// Replays a checkpoint's files into `replay`, behind every commit that came after it.
///
/// Both checkpoint specifications are read as long as the actions are in these files.
///
/// - Throws: `unsupported` for one that keeps its files in sidecars; `corrupt` for one that is
///   damaged.
func readCheckpoint(
  _ store: any ObjectStore, _ files: [ObjectEntry], version: Int64, into replay: inout LogReplay
) throws(DeltaError) {
  do throws(DeltaError) {
    // Backwards, as everything in a replay.
    for entry in files.reversed() {
      let file = try CheckpointFile(store, path: entry.path)
      for index in (0..<file.groupCount).reversed() {
        try read(file.group(index), into: &replay)
      }
    }
  } catch {
    var error = error
    error.table = store.location
    error.version = version
    throw error
  }
}

private func read(_ group: CheckpointGroup, into replay: inout LogReplay) throws(DeltaError) {
  if try group.scalars(["sidecar", "path"]).contains(where: { !$0.isNull }) {
    throw .unsupported(feature: "v2Checkpoint", to: "read")
  }
  for action in try group.tableActions() { replay.apply(action) }
  for file in try adds(group).reversed() { replay.applyCheckpoint(file) }
  if replay.keepsTombstones {
    for tombstone in try removes(group).reversed() { replay.applyCheckpoint(tombstone) }
  }
}

/// The tombstones of a row group, in its order.
private func removes(_ group: CheckpointGroup) throws(DeltaError) -> [RemoveFile] {
  let paths = try group.scalars(["remove", "path"])
  guard paths.contains(where: { !$0.isNull }) else { return [] }
  let times = try group.scalars(["remove", "deletionTimestamp"])
  let dataChanges = try group.scalars(["remove", "dataChange"])
  let partitionValues = try group.maps(["remove", "partitionValues"])
  let sizes = try group.scalars(["remove", "size"])
  let tags = try group.maps(["remove", "tags"])
  let vectors = try deletionVectors(group, of: "remove")
  let rowIDs = try group.scalars(["remove", "baseRowId"])
  let rowVersions = try group.scalars(["remove", "defaultRowCommitVersion"])
  return paths.indices.compactMap { row in
    guard let path = paths[row].text else { return nil }
    return RemoveFile(
      path: path, deletionMillis: times[row].integerValue,
      dataChange: dataChanges[row].booleanValue ?? false, partitionValues: partitionValues[row],
      sizeBytes: sizes[row].integerValue, tags: tags[row], deletionVector: vectors[row],
      baseRowID: rowIDs[row].integerValue, defaultRowCommitVersion: rowVersions[row].integerValue)
  }
}

/// The live files of a row group, in its order.
private func adds(_ group: CheckpointGroup) throws(DeltaError) -> [AddFile] {
  let paths = try group.scalars(["add", "path"])
  guard paths.contains(where: { !$0.isNull }) else { return [] }
  let partitionValues = try group.maps(["add", "partitionValues"])
  let sizes = try group.scalars(["add", "size"])
  let times = try group.scalars(["add", "modificationTime"])
  let dataChanges = try group.scalars(["add", "dataChange"])
  let statistics = try group.scalars(["add", "stats"])
  let tags = try group.maps(["add", "tags"])
  let vectors = try deletionVectors(group, of: "add")
  let rowIDs = try group.scalars(["add", "baseRowId"])
  let rowVersions = try group.scalars(["add", "defaultRowCommitVersion"])
  let providers = try group.scalars(["add", "clusteringProvider"])
  var files: [AddFile] = []
  files.reserveCapacity(paths.count)
  for row in paths.indices {
    guard let path = paths[row].text else { continue }
    guard let size = sizes[row].integerValue, let values = partitionValues[row] else {
      throw .corrupt("an `add` lacks its size or partition values", file: group.path)
    }
    let file = AddFile(
      path: path, partitionValues: values, sizeBytes: size,
      modifiedMillis: times[row].integerValue ?? 0,
      dataChange: dataChanges[row].booleanValue ?? false,
      statisticsJSON: statistics[row].text, tags: tags[row], deletionVector: vectors[row],
      baseRowID: rowIDs[row].integerValue,
      defaultRowCommitVersion: rowVersions[row].integerValue,
      clusteringProvider: providers[row].text)
    try group.checking { () throws(ActionFault) in try file.check() }
    files.append(file)
  }
  return files
}

/// One a row; nil where the file has none.
private func deletionVectors(
  _ group: CheckpointGroup, of action: String
) throws(DeltaError) -> [DeletionVector?] {
  let types = try group.scalars([action, "deletionVector", "storageType"])
  guard types.contains(where: { !$0.isNull }) else {
    return Array(repeating: nil, count: group.rowCount)
  }
  let paths = try group.scalars([action, "deletionVector", "pathOrInlineDv"])
  let offsets = try group.scalars([action, "deletionVector", "offset"])
  let sizes = try group.scalars([action, "deletionVector", "sizeInBytes"])
  let cardinalities = try group.scalars([action, "deletionVector", "cardinality"])
  return types.indices.map { row in
    guard let type = types[row].text else { return nil }
    return DeletionVector(
      storageType: type, pathOrInlineVector: paths[row].text ?? "",
      offset: offsets[row].integerValue, sizeBytes: sizes[row].integerValue ?? 0,
      cardinality: cardinalities[row].integerValue ?? 0)
  }
}
