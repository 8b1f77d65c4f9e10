import Base
import Compaction
import Compute
import Delta
import Store
import Synchronization

/// What `Table.planCompaction` aims for.
public struct CompactionOptions: Sendable {
  public var targetFileBytes: Int64
  /// SQL over partition columns; only partitions for which it holds are touched.
  public var predicate: String?
  public var fileFormat = FileFormat()
  /// What the history keeps with it.
  public var userMetadata: String?

  public init(targetFileBytes: Int64 = 256 << 20, predicate: String? = nil) {
    self.targetFileBytes = targetFileBytes
    self.predicate = predicate
  }
}

/// A plan, told: what would be rewritten into about what.
public struct CompactionSummary: Sendable {
  public struct Task: Sendable {
    /// `country=NL/day=2026-11-23`; empty for a table without partitions.
    public let partition: String
    public let fileCount: Int
    public let sizeBytes: Int64
    public let outputFileCount: Int
  }

  let plan: CompactionPlan
  let fileFormat: FileFormat
  let userMetadata: String?
  public let tasks: [Task]
  public let filesTotal: Int

  public var isEmpty: Bool { tasks.isEmpty }
  public var filesSelected: Int { tasks.reduce(0) { $0 + $1.fileCount } }
  public var bytesSelected: Int64 { tasks.lazy.map(\.sizeBytes).saturatedSum() }
  public var outputFileCount: Int { tasks.reduce(0) { $0 + $1.outputFileCount } }

  init(_ plan: CompactionPlan, _ options: CompactionOptions, _ metadata: TableMetadata) {
    self.plan = plan
    fileFormat = options.fileFormat
    userMetadata = options.userMetadata
    filesTotal = plan.filesTotal
    tasks = plan.tasks.map { task in
      let values = metadata.logicalPartitionValues(task.partitionValues)
      return Task(
        partition: metadata.partitionColumns.map { name in
          "\(name)=\((values[name] ?? nil) ?? "null")"
        }.joined(separator: "/"),
        fileCount: task.inputs.count, sizeBytes: task.inputBytes,
        outputFileCount: task.expectedOutputCount)
    }
  }
}

/// What a compaction did.
public struct CompactionReport: Sendable {
  public let version: Int64
  public let filesRemoved: Int
  public let filesAdded: Int
  public let bytesRemoved: Int64
  public let bytesAdded: Int64
  public let rowCount: Int64
}

extension Table {
  /// Chooses what to rewrite; changes nothing.
  public func planCompaction(_ options: CompactionOptions) throws(GrebeError) -> CompactionSummary {
    let planner = CompactionPlanner(
      policy: CompactionPolicy(targetFileBytes: options.targetFileBytes))
    var files = snapshot.files
    if let predicate = options.predicate {
      files = try partitionFiles(where: predicate)
    }
    // Before any work: a format that the table's columns do not go with is refused.
    _ = try options.fileFormat.writeOptions(for: schema, partitionColumns: partitionColumns)
    return CompactionSummary(
      planner.plan(snapshot, files: files), options, snapshot.metadata)
  }

  /// Rewrites what `plan` chose and commits it as one version with `dataChange: false`.
  ///
  /// What other writers removed meanwhile is left out.
  ///
  /// - Throws: `conflict` when that leaves nothing, or another writer changed the table itself.
  public func compact(_ summary: CompactionSummary) throws(GrebeError) -> CompactionReport {
    let parquet = try summary.fileFormat
      .completed(by: snapshot.metadata, environment: environment)
      .writeOptions(for: schema, partitionColumns: partitionColumns)
    let results = try exposing { () throws(DeltaError) in
      try CompactionRun(
        store: store, snapshot: snapshot, environment: environment, parquet: parquet
      ).results(of: summary.plan)
    }
    let outcome = try exposing { () throws(DeltaError) in
      try CompactionCommit(
        store: store, snapshot: snapshot, environment: environment,
        userMetadata: summary.userMetadata
      ).commit(results)
    }
    let committed = outcome.committed
    return CompactionReport(
      version: outcome.version,
      filesRemoved: committed.reduce(0) { $0 + $1.removed.count },
      filesAdded: committed.reduce(0) { $0 + $1.added.count },
      bytesRemoved: committed.flatMap(\.removed).lazy.map(\.sizeBytes).saturatedSum(),
      bytesAdded: committed.flatMap(\.added).lazy.map(\.sizeBytes).saturatedSum(),
      rowCount: committed.reduce(0) { $0 + $1.rowCount })
  }
}
