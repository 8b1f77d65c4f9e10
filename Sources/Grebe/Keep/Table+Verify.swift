import Base
import Delta
public import Store

/// What a verification found, and what it looked at.
public struct VerificationReport: Sendable {
  /// Something that is not as it must be.
  public struct Finding: Sendable, Equatable {
    /// A name that scripts may rely on: `file_missing`, `statistics`, ...
    public let kind: String
    public let message: String
    public let version: Int64?
    /// Relative to the table.
    public let file: String?
    public let column: String?
  }

  /// A torn newest commit that was moved aside.
  public struct Repair: Sendable, Equatable {
    public let version: Int64
    /// Where its bytes are now, relative to the table.
    public let movedTo: String
    public let sizeBytes: Int64
    /// Actions that could still be read.
    public let actionCount: Int
    public let operation: String?
    /// Data files that it was to add; there may be more. They are not in the table.
    public let lostFiles: [String]
  }

  /// The version whose files were verified; nil where none can be read.
  public let version: Int64?
  /// The version asked for, where damage of the log put the newest readable one before it in its
  /// place.
  public let unreadableVersion: Int64?
  public let findings: [Finding]
  /// Checksums and hints of the log that cannot be read, relative to the table. Readers do without;
  /// nothing is wrong with the table.
  public let unreadableHints: [String]
  public let repair: Repair?
  public let commitsChecked: Int
  public let checkpointsChecked: Int
  public let filesChecked: Int
  public let bytesChecked: Int64
  /// Deleted rows included; 0 unless files were read.
  public let rowsChecked: Int64
  /// Of the rows checked.
  public let rowsDeleted: Int64

  init(_ outcome: Verification.Outcome, _ repair: Repair?) {
    version = outcome.version
    unreadableVersion = outcome.unreadableVersion
    findings = outcome.findings.map {
      Finding(
        kind: $0.kind.rawValue, message: $0.message, version: $0.version, file: $0.file,
        column: $0.column)
    }
    unreadableHints = outcome.unreadableHints
    self.repair = repair
    commitsChecked = outcome.commitCount
    checkpointsChecked = outcome.checkpointCount
    filesChecked = outcome.fileCount
    bytesChecked = outcome.sizeBytes
    rowsChecked = outcome.rowCount
    rowsDeleted = outcome.deletedCount
  }
}

extension Table {
  /// Verifies the log, that the files of a version are there, and their deletion vectors.
  ///
  /// - Parameters:
  ///   - deep: also reads every file whole: pages against their checksums, rows against the log's
  ///     counts and statistics, nulls against the schema; and compares every checkpoint with its
  ///     commits, not only the newest.
  ///   - repairing: first moves a torn newest commit aside.
  /// - Throws: `notFound` if there is no table or no such version, `unsupported` naming a feature
  ///   Grebe lacks, `io`; `conflict` if the torn commit may still be in the making. What is wrong
  ///   with the table is no error.
  public static func verify(
    _ reference: TableReference, deep: Bool = false, repairing: Bool = false,
    environment: Environment
  ) throws(GrebeError) -> VerificationReport {
    let location = reference.location
    let store = try exposing { () throws(StoreError) in try environment.openStore(location) }
    do throws(DeltaError) {
      let repaired =
        repairing ? try TornCommit.repair(in: store, environment: environment) : nil
      // Without its first version there is no table any more, and so nothing that is wrong with it.
      let isGone = repaired?.commit.version == 0
      let outcome =
        isGone
        ? Verification.Outcome()
        : try Verification(store: store, environment: environment, isDeep: deep)
          .run(reference.selector)
      // What only the torn commit named: others have what it gave a deletion vector.
      let live =
        repaired == nil || isGone ? [] : Set(try Snapshot.load(store).files.map(\.path))
      return VerificationReport(
        outcome,
        repaired.map { commit, name in
          VerificationReport.Repair(
            version: commit.version, movedTo: name, sizeBytes: commit.sizeBytes,
            actionCount: commit.actionCount, operation: commit.operation,
            lostFiles: commit.addedPaths.filter { !live.contains($0) })
        })
    } catch {
      throw whyNoTable(location, environment: environment, otherwise: GrebeError(error))
    }
  }
}
