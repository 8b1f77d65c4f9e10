extension TableMetadata {
  /// Table properties that some engine heeds: those of the protocol, and of Delta Lake's and
  /// Databricks' references.
  private static let knownProperties: Set<String> = Set(
    [
      "appendOnly", "autoOptimize", "autoOptimize.autoCompact", "autoOptimize.optimizeWrite",
      "castIcebergTimeType", "checkpoint.writeStatsAsJson", "checkpoint.writeStatsAsStruct",
      "checkpointInterval", "checkpointPolicy", "checkpointRetentionDuration",
      "columnMapping.maxColumnId", "columnMapping.mode",
      "compatibility.symlinkFormatManifest.enabled", "dataSkippingNumIndexedCols",
      "dataSkippingStatsColumns", "deletedFileRetentionDuration", "enableChangeDataFeed",
      "enableDeletionVectors", "enableExpiredLogCleanup", "enableFullRetentionRollback",
      "enableInCommitTimestamps", "enableRowTracking", "enableTypeWidening",
      "enableVariantShredding", "inCommitTimestampEnablementTimestamp",
      "inCommitTimestampEnablementVersion", "isolationLevel", "logRetentionDuration",
      "minReaderVersion", "minWriterVersion", "parquet.compression.codec",
      "parquet.format.version", "randomPrefixLength", "randomizeFilePrefixes",
      "requireCheckpointProtectionBeforeVersion", "rowTrackingSuspended",
      "setTransactionRetentionDuration", "targetFileSize", "tuneFileSizesForRewrites",
    ].map { "delta." + $0 })

  /// Below these others stand whose names are the user's or not worth a list.
  private static let knownPrefixes = [
    "constraints.", "coordinatedCommits.", "enableIceberg", "feature.", "logCompaction",
    "rowTracking.", "universalFormat.",
  ].map { "delta." + $0 }

  /// For a property under `delta.` that no engine is known to heed: the known ones, for a hint.
  package static func unknown(property key: String) -> [String]? {
    guard key.hasPrefix("delta."), !knownProperties.contains(key),
      !knownPrefixes.contains(where: key.hasPrefix)
    else { return nil }
    return knownProperties.sorted()
  }
}
