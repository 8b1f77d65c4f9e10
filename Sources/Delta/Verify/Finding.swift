import Base

/// Something in a table that is not as it must be.
package struct Finding: Sendable, Equatable {
  /// What is wrong; the raw values are what reports call it.
  package enum Kind: String, Sendable, CaseIterable {
    /// A commit is not there, and no log cleanup explains it.
    case commitMissing = "commit_missing"
    /// The newest commit ends early: its writer was stopped.
    case commitTorn = "commit_torn"
    case commitDamaged = "commit_damaged"
    case checkpointDamaged = "checkpoint_damaged"
    /// A checkpoint and the commits that it stands for say different things.
    case checkpointDiffers = "checkpoint_differs"
    /// A version checksum file and the log say different things.
    case checksumDiffers = "checksum_differs"
    /// The log as a whole makes no table.
    case logUnreadable = "log_unreadable"
    case fileMissing = "file_missing"
    case fileSize = "file_size"
    /// Two live entries for one file.
    case fileTwice = "file_twice"
    case deletionVector = "deletion_vector"
    case partitionValue = "partition_value"
    /// Bytes of a file that are not what Parquet allows, or not those of their checksum.
    case dataDamaged = "data_damaged"
    case rowCount = "row_count"
    /// A file's statistics in the log do not hold for its rows.
    case statistics = "statistics"
    case nullInRequired = "null_in_required"
    /// Cannot be read by this build, and so not be verified.
    case unverified = "unverified"
  }

  package let kind: Kind
  package let message: String
  /// Of the log; of a finding about files the version that was verified.
  package var version: Int64?
  /// Relative to the table, unescaped.
  package var file: String?
  package var column: String?

  init(
    _ kind: Kind, _ message: String, version: Int64? = nil, file: String? = nil,
    column: String? = nil
  ) {
    self.kind = kind
    self.message = message
    self.version = version
    self.file = file
    self.column = column
  }

  /// What an error says, as a finding.
  init(_ kind: Kind, _ error: DeltaError, version: Int64? = nil, file: String? = nil) {
    let line = error.line.map { "line \($0): " } ?? ""
    self.init(
      error.code == .unsupported ? .unverified : kind, line + error.message,
      version: error.version ?? version, file: file ?? error.file)
  }
}
