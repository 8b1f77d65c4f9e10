/// One rewrite: these files of one partition become as few as their size allows.
///
/// A value that another process could run: it names its inputs and holds nothing open.
package struct CompactionTask: Sendable, Codable, Equatable {
  /// The version the inputs were taken from.
  package var version: Int64
  /// Paths as the log has them, in the order their rows are to keep.
  package var inputs: [String]
  package var partitionValues: [String: String?]
  package var inputBytes: Int64
  package var targetFileBytes: Int64

  package init(
    version: Int64, inputs: [String], partitionValues: [String: String?], inputBytes: Int64,
    targetFileBytes: Int64
  ) {
    self.version = version
    self.inputs = inputs
    self.partitionValues = partitionValues
    self.inputBytes = inputBytes
    self.targetFileBytes = targetFileBytes
  }

  /// Files to expect, if rows compress as well together as they did apart.
  package var expectedOutputCount: Int {
    max(1, Int(clamping: inputBytes / max(targetFileBytes, 1)))
  }
}
