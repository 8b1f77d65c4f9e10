import Columns

// Which tables this build reads and writes: Delta protocol (PROTOCOL.md), "Table Features".
// A feature that a table lists but does not use changes nothing about its bytes and is let through;
// every other one is refused by its name.

extension TableProtocol {
  /// Reader features in force, those that a version implies included.
  var effectiveReaderFeatures: [String] {
    (readerFeatures ?? []) + (minReaderVersion == 2 ? ["columnMapping"] : [])
  }

  var effectiveWriterFeatures: [String] {
    if minWriterVersion >= 7 { return writerFeatures ?? [] }
    var features: [String] = []
    if minWriterVersion >= 2 { features += ["appendOnly", "invariants"] }
    if minWriterVersion >= 3 { features += ["checkConstraints"] }
    if minWriterVersion >= 4 { features += ["changeDataFeed", "generatedColumns"] }
    if minWriterVersion >= 5 { features += ["columnMapping"] }
    if minWriterVersion >= 6 { features += ["identityColumns"] }
    return features
  }
}

extension Snapshot {
  /// Whether rows may be deleted by deletion vectors.
  var allowsDeletionVectors: Bool {
    metadata.isSet("delta.enableDeletionVectors")
      && tableProtocol.effectiveReaderFeatures.contains("deletionVectors")
      && tableProtocol.effectiveWriterFeatures.contains("deletionVectors")
  }
}

/// Features that say what new files must be like, and nothing of the files that are there.
private let bindsNewFilesOnly: Set<String> = [
  "columnMapping", "materializePartitionColumns", "variantType",
  "variantType-preview", "variantShredding", "variantShredding-preview",
]

/// Features that keep what they know where another one says.
let featureNeeds = ["rowTracking": "domainMetadata", "clustering": "domainMetadata"]

/// What decides whether a listed feature is in use.
struct FeatureUse {
  let tableProtocol: TableProtocol
  let metadata: TableMetadata
  let files: [AddFile]

  /// Whether some column, nested ones included, has such a metadata key.
  private func hasFieldMetadata(_ prefix: String) -> Bool {
    func check(_ type: DataType) -> Bool {
      switch type {
      case .structure(let fields):
        fields.contains { field in
          field.metadata.keys.contains { $0.hasPrefix(prefix) } || check(field.type)
        }
      case .array(let element, _): check(element)
      case .map(let key, let value, _): check(key) || check(value)
      default: false
      }
    }
    return check(.structure(metadata.schema.fields))
  }

  private func hasType(_ prefix: String) -> Bool {
    func check(_ type: DataType) -> Bool {
      switch type {
      case .structure(let fields): fields.contains { check($0.type) }
      case .array(let element, _): check(element)
      case .map(let key, let value, _): check(key) || check(value)
      case .other(let name): name.hasPrefix(prefix)
      default: false
      }
    }
    return check(.structure(metadata.schema.fields))
  }

  private var mapsColumns: Bool { metadata.columnMapping != .none }

  /// The first feature without which the table cannot be read; nil if there is none.
  func unreadable() -> String? {
    if tableProtocol.minReaderVersion > 3 {
      return "reader version \(tableProtocol.minReaderVersion)"
    }
    if metadata.formatProvider != "parquet" { return "format \(metadata.formatProvider)" }
    for feature in tableProtocol.effectiveReaderFeatures {
      let isInUse =
        switch feature {
        case "timestampNtz", "vacuumProtocolCheck", "v2Checkpoint": false
        case "columnMapping", "deletionVectors", "typeWidening", "typeWidening-preview",
          "variantType", "variantType-preview", "variantShredding", "variantShredding-preview":
          false
        default: true
        }
      if isInUse { return feature }
    }
    if let change = metadata.schema.unreadableTypeChange() { return "typeWidening \(change)" }
    // The protocol has readers ignore the property then; no writer leaves a table like that.
    if mapsColumns && !tableProtocol.effectiveReaderFeatures.contains("columnMapping") {
      return "columnMapping, which its protocol does not list"
    }
    if metadata.statedColumnMapping == nil {
      return "columnMapping of mode \(metadata.configuration[ColumnMapping.modeProperty] ?? "")"
    }
    return nil
  }

  /// The first feature without which the table cannot be written; nil if there is none.
  ///
  /// Whoever adds rows enforces constraints and invariants, and computes defaults and generated
  /// columns.
  ///
  /// - Parameter writesFiles: false for who only takes files in and out that others wrote.
  func unwritable(
    addsRows: Bool, movesRows: Bool, writesFiles: Bool = true
  ) -> String? {
    if tableProtocol.minWriterVersion > 7 {
      return "writer version \(tableProtocol.minWriterVersion)"
    }
    if let last = metadata.configuration[ColumnMapping.maxIDProperty].flatMap({ Int64($0) }),
      last > ColumnMapping.maxIDLimit
    {
      return "columnMapping with ids up to \(last)"
    }
    for feature in tableProtocol.effectiveWriterFeatures {
      if let other = featureNeeds[feature], !tableProtocol.effectiveWriterFeatures.contains(other) {
        return "\(feature) without \(other)"
      }
      if !writesFiles && bindsNewFilesOnly.contains(feature) { continue }
      let isInUse =
        switch feature {
        case "appendOnly", "timestampNtz", "vacuumProtocolCheck", "inCommitTimestamp",
          "domainMetadata", "v2Checkpoint", "deletionVectors":
          false
        // Appends, overwrites and rewrites need no change files.
        case "changeDataFeed": false
        case "invariants", "checkConstraints", "allowColumnDefaults", "generatedColumns": false
        case "identityColumns": addsRows && hasFieldMetadata("delta.identity.")
        // Statistics, which clustered tables ask for, are always written.
        case "clustering": false
        case "rowTracking":
          movesRows && metadata.isSet(RowTrackingColumns.enabledProperty)
            && RowTrackingColumns(metadata) == nil
        case "columnMapping": mapsColumns && !metadata.schema.isFullyMapped
        // Files are written in the types that the table has now.
        case "typeWidening", "typeWidening-preview": false
        case "variantType", "variantType-preview": hasType("variant")
        default: true
        }
      if isInUse { return feature }
    }
    return nil
  }
}
