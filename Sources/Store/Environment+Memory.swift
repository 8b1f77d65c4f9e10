/// The memory budget's parts.
extension Environment {
  /// What a reader of Parquet files may hold from one batch to the next, of which every worker has
  /// one. However many workers there are, it has room for what most files need.
  package var readerMemoryBytes: Int {
    max(memoryBudgetBytes / max(parallelism, 1), min(memoryBudgetBytes / 2, 64 << 20))
  }

  /// Bytes of a row group at most, which is in memory until it is complete.
  package var rowGroupMaxBytes: Int { max(memoryBudgetBytes / 2, 1 << 20) }
}
