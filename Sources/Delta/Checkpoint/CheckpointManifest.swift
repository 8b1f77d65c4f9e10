import Base
import Columns
import JSON
import Parquet
import Store

/// What the top-level files of a checkpoint hold and refer to.
///
/// Delta protocol (PROTOCOL.md), "V2 Spec" and "Sidecar File Information". A classic name may stand
/// for either specification.
struct CheckpointManifest {
  /// Parquet files with actions: the checkpoint's own, then its sidecars.
  var files: [CheckpointFile] = []
  /// Actions of a checkpoint in JSON.
  var steps: [ReplayStep] = []
  /// Of `files`, those that come first are no sidecars and may hold every kind of action.
  var topLevelCount = 0
}

/// A `sidecar` action: a file of `add` and `remove` actions.
struct Sidecar: Sendable, Equatable {
  /// Relative to the table.
  var path: String
  var sizeBytes: Int64
  /// Whether it says that it holds nothing else.
  var isOfTombstones = false

  /// - Parameter uri: a name, or a path or URL that ends with it: sidecars are in one directory.
  init(uri: String, sizeBytes: Int64) throws(ActionFault) {
    guard let decoded = percentDecoded(uri), let name = decoded.split(separator: "/").last else {
      throw ActionFault(message: "`sidecar.path` is not a URI: \(uri)")
    }
    path = SidecarFile.directory + "/" + name
    self.sizeBytes = sizeBytes
  }

  init(_ json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("sidecar", json)
    try self.init(uri: try fields.string("path"), sizeBytes: try fields.integer("sizeInBytes"))
  }
}

extension CheckpointManifest {
  /// Opens the files of a checkpoint, all but those of tombstones where none are wanted.
  ///
  /// - Throws: `corrupt` naming the file that is damaged, or not of the size that it should have;
  ///   `notFound` naming the file that is gone.
  init(
    _ store: any ObjectStore, _ checkpoint: LogCheckpoint, _ lines: inout LogLines
  ) throws(DeltaError) {
    var sidecars: [Sidecar] = []
    var stated: Int64?
    if checkpoint.files[0].path.hasSuffix(".json") {
      try readJSON(store, checkpoint, &lines, &sidecars, &stated)
    } else {
      for entry in checkpoint.files {
        let file = try CheckpointFile(store, path: entry.path)
        for group in 0..<file.groupCount {
          sidecars += try file.sidecars(group: group)
          if let version = try file.statedVersion(group: group) { stated = version }
        }
        files.append(file)
      }
    }
    topLevelCount = files.count
    if stated == nil && checkpoint.isNamedByUUID {
      throw .corrupt("the checkpoint has no `checkpointMetadata`", file: checkpoint.files[0].path)
    }
    if let stated, stated != checkpoint.version {
      throw .corrupt(
        "the checkpoint says that it is of version \(stated)", file: checkpoint.files[0].path)
    }
    for sidecar in sidecars where lines.keepsTombstones || !sidecar.isOfTombstones {
      let file = try CheckpointFile(store, path: sidecar.path)
      guard file.sizeBytes == sidecar.sizeBytes else {
        throw .corrupt(
          "the sidecar has \(file.sizeBytes) bytes and should have \(sidecar.sizeBytes)",
          file: sidecar.path)
      }
      files.append(file)
    }
  }

  private mutating func readJSON(
    _ store: any ObjectStore, _ checkpoint: LogCheckpoint, _ lines: inout LogLines,
    _ sidecars: inout [Sidecar], _ stated: inout Int64?
  ) throws(DeltaError) {
    let entry = checkpoint.files[0]
    try checkSize(entry, version: checkpoint.version, table: store.location)
    let bytes = try readingLog(entry.path, table: store.location) { () throws(StoreError) in
      try store.read(entry.path, range: nil)
    }
    var tally = CommitTally(version: checkpoint.version)
    do throws(ActionFault) {
      let document = try parsing { () throws(JSONError) in try JSONDocument(lines: bytes) }
      for line in 0..<document.lineCount {
        let json = document.line(line)
        if let sidecar = json["sidecar"], !sidecar.isNull {
          sidecars.append(try Sidecar(sidecar))
        } else if let metadata = json["checkpointMetadata"], !metadata.isNull {
          stated = try ActionFields("checkpointMetadata", metadata).integer("version")
        } else if let step = try lines.step(json, &tally) {
          steps.append(step)
        }
      }
    } catch {
      throw .corrupt(error.message, file: entry.path)
    }
  }
}

extension CheckpointManifest {
  /// The sidecars of a checkpoint, all of whose files could be opened.
  ///
  /// - Parameter paths: of its own files, the parts in order.
  static func sidecarPaths(
    _ store: any ObjectStore, version: Int64, _ paths: [String]
  ) throws(DeltaError) -> [String] {
    var files: [ObjectEntry] = []
    for path in paths {
      guard let entry = try storing({ () throws(StoreError) in try store.entry(path) }) else {
        throw DeltaError(
          .notFound, "a file of the log is missing", table: store.location, file: path)
      }
      files.append(entry)
    }
    var lines = LogLines(keepsTombstones: true)
    let checkpoint = LogCheckpoint(version: version, files: files)
    let manifest = try CheckpointManifest(store, checkpoint, &lines)
    return manifest.files.dropFirst(manifest.topLevelCount).map(\.path)
  }
}

extension CheckpointFile {
  fileprivate func sidecars(group: Int) throws(DeltaError) -> [Sidecar] {
    var sidecars: [Sidecar] = []
    let rows = try selection(holding: [.sidecar], group: group)
    if rows.ranges.isEmpty { return [] }
    let fields = ["path", "sizeInBytes", "tags"].map { ["sidecar", $0] }
    try forEachBatch(group: group, fields, rows: rows) { (batch) throws(DeltaError) in
      guard let column = ActionColumn(batch.column("sidecar")) else { return }
      let paths = TextField(column.field("path"))
      let sizes = IntegerField(column.field("sizeInBytes"))
      let tags = TextMapField(column.field("tags"))
      for row in column.rows(having: "path") {
        guard let path = paths[row], let size = sizes[row] else {
          throw .corrupt("a `sidecar` lacks its path or size", file: self.path)
        }
        var sidecar = try checking { () throws(ActionFault) in
          try Sidecar(uri: path, sizeBytes: size)
        }
        sidecar.isOfTombstones =
          tags[row]?[SidecarFile.kindTag] == CheckpointKind.remove.rawValue
        sidecars.append(sidecar)
      }
    }
    return sidecars
  }

  /// The version in `checkpointMetadata`; nil where there is none, as in the V1 specification.
  fileprivate func statedVersion(group: Int) throws(DeltaError) -> Int64? {
    var stated: Int64?
    guard mayHold(.checkpointMetadata, group: group) else { return nil }
    try forEachBatch(group: group, [["checkpointMetadata", "version"]]) {
      (batch) throws(DeltaError) in
      guard let column = ActionColumn(batch.column("checkpointMetadata")) else { return }
      let versions = IntegerField(column.field("version"))
      for row in column.rows(having: "version") { stated = versions[row] }
    }
    return stated
  }
}
