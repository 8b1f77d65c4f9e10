import Base
package import Columns
package import Store

/// What a transaction looked at to decide what to write: concurrent changes to that would have
/// changed its decision.
package enum ReadSet: Sendable {
  /// Nothing: a blind append, or a rewrite whose rows stay what they were.
  case nothing
  /// Everything: an overwrite.
  case wholeTable
  /// The files for which the closure holds, now or among those that others add.
  case files(@Sendable (AddFile) -> Bool)
}

/// How a commit ended. Losing to another writer is no error.
public enum CommitOutcome: Sendable, Equatable {
  case committed(version: Int64)
  /// Nothing was written: `version`, which another writer made first, stands in the way.
  case conflict(ConflictReason, version: Int64)
}

/// Changes to a table that become one version, or nothing.
///
/// Built from a snapshot (or for a table that does not exist), filled, committed once. The files
/// that it adds must be in the store, finished, before `commit`.
package struct Transaction: Sendable {
  /// Nil when the transaction creates the table.
  package let base: Snapshot?
  /// Distinguishes this transaction from every other.
  package let id: String
  package var operation: Operation
  package var tableProtocol: TableProtocol?
  package var metadata: TableMetadata?
  package var adds: [AddFile] = []
  package var removes: [RemoveFile] = []
  /// Change data files. A commit that has some has every row that it changes in them.
  package var changes: [ChangeFile] = []
  package var transactions: [TransactionIdentifier] = []
  package var domains: [DomainMetadata] = []
  package var reads = ReadSet.nothing
  /// Commit only as the version after this one.
  package var requiredVersion: Int64?
  /// Whether rows that stay come in anew, so that they get other ids.
  package var renumbersRows = false
  /// Whether the files that it adds are the base's, described anew: where they were, nothing else
  /// may have happened to any file meanwhile.
  package internal(set) var restatesFiles = false
  /// False where no file is new: what a feature asks of new files then does not matter.
  package var writesFiles = true

  /// A transaction on an existing table.
  package init(from base: Snapshot, operation: Operation, id: String = randomTransactionID()) {
    self.base = base
    self.operation = operation
    self.id = id
  }

  /// A transaction that creates the table.
  package init(
    creating metadata: TableMetadata, operation: Operation, id: String = randomTransactionID()
  ) {
    base = nil
    self.operation = operation
    self.id = id
    self.metadata = metadata
    tableProtocol = TableProtocol.minimal(for: metadata.schema)
  }

  /// The metadata after the commit.
  package var effectiveMetadata: TableMetadata? { metadata ?? base?.metadata }

  /// Whether it adds files that others wrote, which a vacuum may take for gone.
  var bringsFilesBack: Bool { !writesFiles && !adds.isEmpty }

  package var isBlindAppend: Bool {
    guard case .nothing = reads else { return false }
    return removes.isEmpty && adds.allSatisfy(\.dataChange)
  }

  /// Refuses what no rebase could mend.
  func check() throws(DeltaError) {
    try base?.checkWritable(writesFiles: writesFiles)
    guard let metadata = effectiveMetadata else {
      throw DeltaError(.internalError, "a transaction without metadata")
    }
    do throws(ActionFault) {
      try metadata.checkForWriting()
      for file in adds { try file.check() }
    } catch {
      throw DeltaError(.invalidArgument, error.message, table: base?.location ?? "")
    }
    try checkRowNumbers(metadata)
    let partitions = Set(metadata.physicalPartitionColumns)
    for file in adds where Set(file.partitionValues.keys) != partitions {
      throw DeltaError(
        .internalError, "a file's partition values do not fit the table's partition columns",
        file: file.path)
    }
    if base?.metadata.isSet("delta.appendOnly") == true, removes.contains(where: \.dataChange) {
      throw DeltaError(
        .invalidArgument, "the table is append-only: rows cannot be changed or removed",
        table: base?.location ?? "", hint: "unset the table property delta.appendOnly")
    }
    if metadata.schema.containsTimestampNtz, let current = tableProtocol ?? base?.tableProtocol,
      current.readerFeatures?.contains("timestampNtz") != true
    {
      var error = DeltaError.unsupported(
        feature: "timestampNtz", to: "add to an existing table", table: base?.location ?? "")
      error.hint = "grebe alter --add-feature timestampNtz first; readers then need the feature"
      throw error
    }
    try checkNames()
  }

  /// What identifies rows: identity columns, and the ids of row tracking.
  private func checkRowNumbers(_ metadata: TableMetadata) throws(DeltaError) {
    if base == nil,
      tableProtocol?.effectiveWriterFeatures.contains("identityColumns") != true,
      metadata.schema.fields.contains(where: {
        $0.metadata.keys.contains { $0.hasPrefix("delta.identity.") }
      })
    {
      throw .unsupported(feature: "identityColumns", to: "create a table", table: "")
    }
    guard let tracking = RowTracking(self, winners: []) else { return }
    if !(-1..<Limits.logNumber ~= tracking.highWaterMark) {
      throw .corrupt(
        "the log says that row ids go up to \(tracking.highWaterMark)",
        table: base?.location ?? "")
    }
    if let file = adds.first(where: { $0.baseRowID == nil && $0.rowCount == nil }) {
      throw DeltaError(
        .unsupported, "the table tracks rows, and the log does not say how many the file has",
        table: base?.location ?? "", file: file.path)
    }
  }

  /// Nothing is named twice.
  private func checkNames() throws(DeltaError) {
    let keys = adds.map(\.key) + removes.map(\.key)
    if Set(keys).count != keys.count {
      throw DeltaError(.internalError, "a transaction names one file twice")
    }
    if Set(adds.map(\.path)).count != adds.count {
      throw DeltaError(.internalError, "a transaction gives one file two deletion vectors")
    }
    if Set(transactions.map(\.applicationID)).count != transactions.count {
      throw DeltaError(.internalError, "a transaction has two versions of one application")
    }
  }
}

/// A new transaction's id, from the system's randomness: two transactions must never share one.
package func randomTransactionID() -> String {
  var random = SystemRandomNumberGenerator()
  return randomUUID(using: &random)
}

extension TableProtocol {
  /// The oldest protocol that can hold the schema: every reader opens reader version 1.
  package static func minimal(for schema: Schema) -> TableProtocol {
    let generates = schema.hasGeneratedColumns
    let hasDefaults = schema.fields.contains { $0.metadata["CURRENT_DEFAULT"] != nil }
    let isNtz = schema.containsTimestampNtz
    guard isNtz || hasDefaults else {
      return TableProtocol(minReaderVersion: 1, minWriterVersion: generates ? 4 : 2)
    }
    return TableProtocol(
      minReaderVersion: isNtz ? 3 : 1, minWriterVersion: 7,
      readerFeatures: isNtz ? ["timestampNtz"] : nil,
      writerFeatures: ["appendOnly", "invariants"] + (generates ? ["generatedColumns"] : [])
        + (hasDefaults ? ["allowColumnDefaults"] : []) + (isNtz ? ["timestampNtz"] : []))
  }
}

extension TableProtocol {
  /// This protocol, raised as far as writing generated columns asks for.
  package func allowingGeneratedColumns() -> TableProtocol {
    var raised = self
    if minWriterVersion < 7 {
      raised.minWriterVersion = max(minWriterVersion, 4)
    } else if writerFeatures?.contains("generatedColumns") != true {
      raised.writerFeatures = (writerFeatures ?? []) + ["generatedColumns"]
    }
    return raised
  }
}

extension Schema {
  /// Whether a column is computed from others.
  package var hasGeneratedColumns: Bool {
    fields.contains { $0.metadata[PartitionTransform.metadataKey] != nil }
  }

  var containsTimestampNtz: Bool { DataType.structure(fields).contains(.timestampNtz) }
}

extension DataType {
  /// Whether the type is or holds `wanted`.
  fileprivate func contains(_ wanted: DataType) -> Bool {
    switch self {
    case wanted: true
    case .structure(let fields): fields.contains { $0.type.contains(wanted) }
    case .array(let element, _): element.contains(wanted)
    case .map(let key, let value, _): key.contains(wanted) || value.contains(wanted)
    default: false
    }
  }
}

extension TableMetadata {
  /// The metadata of a new table: an id of its own, created now.
  package static func new(
    schema: Schema, partitionColumns: [String] = [], configuration: [String: String] = [:],
    environment: Environment
  ) -> TableMetadata {
    TableMetadata(
      id: randomTransactionID(), schema: schema, partitionColumns: partitionColumns,
      createdMillis: environment.nowMillis(), configuration: configuration)
  }
}
