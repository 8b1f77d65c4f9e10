/// What compaction aims for.
package struct CompactionPolicy: Sendable, Codable, Equatable {
  /// Size of a well-filled file.
  package var targetFileBytes: Int64
  /// A file of at least this share of the target stays as it is.
  package var keepShare: Double
  /// A rewrite must merge at least so many files.
  package var minInputFiles: Int

  package init(targetFileBytes: Int64 = 256 << 20, keepShare: Double = 0.75, minInputFiles: Int = 2)
  {
    self.targetFileBytes = targetFileBytes
    self.keepShare = keepShare
    self.minInputFiles = minInputFiles
  }
}
