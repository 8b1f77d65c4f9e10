extension TableMetadata {
  /// This metadata, of an older version, as it may follow `current`.
  func restored(over current: TableMetadata) -> TableMetadata {
    var metadata = self
    metadata.id = current.id
    // Ids that were given once are never given again.
    let ids = [configuration, current.configuration].compactMap {
      $0[ColumnMapping.maxIDProperty].flatMap { Int64($0) }
    }
    if let id = ids.max() { metadata.configuration[ColumnMapping.maxIDProperty] = String(id) }
    // How times of commits are told is a matter of the log and not of a version.
    for (name, _) in metadata.configuration where isOfTheLog(name) {
      metadata.configuration[name] = nil
    }
    for (name, value) in current.configuration where isOfTheLog(name) {
      metadata.configuration[name] = value
    }
    return metadata
  }
}

private func isOfTheLog(_ property: String) -> Bool {
  property == CommitTimes.inCommitProperty
    || property == CommitTimes.enablementVersionProperty
    || property == CommitTimes.enablementMillisProperty
}

extension TableProtocol {
  /// A protocol with everything that either asks for: Delta protocol (PROTOCOL.md), "Table
  /// Features". Features that a version implies are named where the result names features.
  package func raised(to other: TableProtocol) -> TableProtocol {
    var raised = self
    raised.minReaderVersion = max(minReaderVersion, other.minReaderVersion)
    raised.minWriterVersion = max(minWriterVersion, other.minWriterVersion)
    if raised.minReaderVersion >= 3 {
      raised.readerFeatures = union(effectiveReaderFeatures, other.effectiveReaderFeatures)
    }
    if raised.minWriterVersion >= 7 {
      raised.writerFeatures = union(effectiveWriterFeatures, other.effectiveWriterFeatures)
    }
    return raised
  }

  private func union(_ mine: [String], _ others: [String]) -> [String] {
    mine + others.filter { !mine.contains($0) }
  }
}
