// Features that a table gets: Delta protocol (PROTOCOL.md), "Table Features" and "Valid Feature
// Names in Table Features".

/// A feature that this build can turn on.
package enum TableFeature: String, Sendable, CaseIterable {
  case appendOnly, invariants, checkConstraints, changeDataFeed, generatedColumns, columnMapping
  case identityColumns, deletionVectors, timestampNtz, typeWidening, v2Checkpoint
  case vacuumProtocolCheck, inCommitTimestamp, domainMetadata, rowTracking

  /// Whether readers have to know it too.
  var isReaderFeature: Bool {
    switch self {
    case .columnMapping, .deletionVectors, .timestampNtz, .typeWidening, .v2Checkpoint,
      .vacuumProtocolCheck:
      true
    default: false
    }
  }

  /// The versions that imply it; nil for those that have to be listed.
  fileprivate var legacyVersions: (reader: Int, writer: Int)? {
    switch self {
    case .appendOnly, .invariants: (1, 2)
    case .checkConstraints: (1, 3)
    case .changeDataFeed, .generatedColumns: (1, 4)
    case .columnMapping: (2, 5)
    case .identityColumns: (1, 6)
    default: nil
    }
  }

  /// What is turned on by a property being true, or having this value.
  static let byProperty: [(property: String, value: String?, feature: TableFeature)] = [
    ("delta.appendOnly", nil, .appendOnly),
    ("delta.enableChangeDataFeed", nil, .changeDataFeed),
    ("delta.enableDeletionVectors", nil, .deletionVectors),
    ("delta.enableTypeWidening", nil, .typeWidening),
    ("delta.enableInCommitTimestamps", nil, .inCommitTimestamp),
    (RowTrackingColumns.enabledProperty, nil, .rowTracking),
    ("delta.checkpointPolicy", "v2", .v2Checkpoint),
    ("delta.columnMapping.mode", "name", .columnMapping),
    ("delta.columnMapping.mode", "id", .columnMapping),
  ]
}

extension TableProtocol {
  package func supports(_ feature: TableFeature) -> Bool {
    effectiveWriterFeatures.contains(feature.rawValue)
      && (!feature.isReaderFeature || effectiveReaderFeatures.contains(feature.rawValue))
  }

  /// This protocol, raised as little as the feature asks for. Features that the versions implied
  /// are listed where lists replace versions; a feature that needs another one brings it along.
  package func supporting(_ feature: TableFeature) -> TableProtocol {
    if supports(feature) { return self }
    let needed = featureNeeds[feature.rawValue].flatMap { TableFeature(rawValue: $0) }
    var raised = needed.map { supporting($0) } ?? self
    if minWriterVersion < 7, let versions = feature.legacyVersions {
      raised.minReaderVersion = max(minReaderVersion, versions.reader)
      raised.minWriterVersion = max(minWriterVersion, versions.writer)
      return raised
    }
    let known = raised.effectiveWriterFeatures
    raised.minWriterVersion = 7
    raised.writerFeatures = known
    if !known.contains(feature.rawValue) { raised.writerFeatures = known + [feature.rawValue] }
    if feature.isReaderFeature {
      raised.minReaderVersion = 3
      raised.readerFeatures = effectiveReaderFeatures + [feature.rawValue]
    }
    return raised
  }
}
