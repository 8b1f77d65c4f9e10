import Base
import Columns
import Compute
import JSON

/// Changes of what a table is, one after the other: metadata and protocol in, metadata and protocol
/// out.
package struct Alteration: Sendable {
  package private(set) var metadata: TableMetadata
  package private(set) var tableProtocol: TableProtocol
  /// Those that were applied and changed something.
  package private(set) var changes: [TableChange] = []
  private let base: Snapshot
  /// Whether rows that have no ids get some.
  private var asksForRowIDs = false
  /// Makes physical names that no column has had.
  private let id: String
  /// Whether a constraint or a generated column reads the column: neither could be written then.
  private let isRead: @Sendable (_ column: String, TableMetadata) -> Bool

  package init(
    _ base: Snapshot, id: String = randomTransactionID(),
    isRead: @escaping @Sendable (_ column: String, TableMetadata) -> Bool
  ) {
    self.base = base
    self.id = id
    self.isRead = isRead
    metadata = base.metadata
    tableProtocol = base.tableProtocol
  }

  /// - Throws: `invalidArgument` or `alreadyExists` for a change that makes no sense, with a hint
  ///   where something else has to be done first.
  package mutating func apply(_ change: TableChange) throws(DeltaError) {
    let (oldMetadata, oldProtocol) = (metadata, tableProtocol)
    try make(change)
    if metadata.keepsRowIDs(under: tableProtocol),
      change.asksForRowIDs || !oldMetadata.keepsRowIDs(under: oldProtocol)
    {
      asksForRowIDs = true
      metadata = metadata.namingRowTrackingColumns(id)
    }
    if metadata != oldMetadata || tableProtocol != oldProtocol { changes.append(change) }
  }

  private mutating func make(_ change: TableChange) throws(DeltaError) {
    switch change {
    case .addColumn(let field, let path): try add(field, in: path)
    case .dropColumn(let name): try drop(name)
    case .renameColumn(let name, let new): try rename(name, to: new)
    case .widenColumn(let name, let type): try widen(name, to: type)
    case .dropNotNull(let name):
      metadata.schema.fields = try changed(name) { (place) throws(DeltaError) in
        place.fields[place.index].nullable = true
      }
    case .setProperty(let key, let value): try set(key, value)
    case .unsetProperty(let key): try unset(key)
    case .addConstraint(let name, let condition):
      let key = TableMetadata.constraintPrefix + name.lowercased()
      guard metadata.configuration[key] == nil else {
        throw DeltaError(
          .alreadyExists, "the table has a constraint \(name)", table: base.location,
          hint: "drop it first: --drop-constraint \(name)")
      }
      metadata.configuration[key] = condition
      tableProtocol = tableProtocol.supporting(.checkConstraints)
    case .dropConstraint(let name):
      let key = TableMetadata.constraintPrefix + name.lowercased()
      guard metadata.configuration.removeValue(forKey: key) != nil else {
        throw DeltaError(
          .invalidArgument, "the table has no constraint \(name)", table: base.location,
          hint: "it has " + list(metadata.constraints.map(\.name)))
      }
    case .addFeature(let feature): tableProtocol = tableProtocol.supporting(feature)
    }
  }

  /// The changes as a transaction; nil if nothing would be different. O(files of the table) where
  /// rows get ids: see RowTrackingBackfill.swift.
  ///
  /// - Throws: `invalidArgument` where rows would have ids and have none, both.
  package func transaction() throws(DeltaError) -> Transaction? {
    let numbersRows = asksForRowIDs && metadata.keepsRowIDs(under: tableProtocol)
    let unnumbered =
      numbersRows
      ? base.files.filter { $0.baseRowID == nil || $0.defaultRowCommitVersion == nil } : []
    guard metadata != base.metadata || tableProtocol != base.tableProtocol || !unnumbered.isEmpty
    else { return nil }
    try checkSuspension()
    let operations = Set(changes.map(\.operation))
    var operation = Operation(operations.count == 1 ? operations.first! : "ALTER TABLE")
    operation.parameters["changes"] =
      "[" + changes.map { jsonText("\($0)") }.joined(separator: ",")
      + "]"
    var transaction = Transaction(from: base, operation: operation)
    if metadata != base.metadata { transaction.metadata = metadata }
    if tableProtocol != base.tableProtocol { transaction.tableProtocol = tableProtocol }
    // Rows that others add meanwhile were not looked at.
    transaction.reads = .wholeTable
    if numbersRows { transaction.restate(unnumbered) }
    return transaction
  }

  /// New rows of a table that is suspended get no ids, those of one that keeps ids must have some.
  private func checkSuspension() throws(DeltaError) {
    func isBoth(_ metadata: TableMetadata) -> Bool {
      [RowTrackingColumns.suspendedProperty, RowTrackingColumns.enabledProperty].allSatisfy {
        metadata.isSet($0)
      }
    }
    guard isBoth(metadata), asksForRowIDs || !isBoth(base.metadata) else { return }
    throw invalid(
      "\(RowTrackingColumns.enabledProperty) and \(RowTrackingColumns.suspendedProperty) cannot "
        + "both be true", "unset one of the two in the same command")
  }

  private func invalid(_ message: String, _ hint: String? = nil) -> DeltaError {
    DeltaError(.invalidArgument, message, table: base.location, hint: hint)
  }

  private func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}

// MARK: Columns

extension Alteration {
  /// The table's columns, the field at a path or its siblings changed.
  ///
  /// - Parameter takesInner: whether the path may lead to elements, keys or values.
  private func changed(
    _ path: String, takesInner: Bool = false,
    _ body: (inout PlacedField) throws(DeltaError) -> Void
  ) throws(DeltaError) -> [Field] {
    var fields = metadata.schema.fields
    if fields.isAmbiguous(path[...]) {
      throw invalid(
        "\(path) leads to more than one field", "a name with a dot hides a field: rename it first "
          + "with an engine that quotes names")
    }
    let isFound = try fields.change(path[...]) { (place) throws(DeltaError) in
      guard takesInner || place.inner.isEmpty else {
        throw invalid(
          "\(path) is no field, but what \(place.field.name) consists of",
          "drop, rename or add whole columns and fields of structs")
      }
      try body(&place)
    }
    guard isFound else {
      throw DeltaError(
        .invalidArgument, "the table has no column \(path)", table: base.location,
        hint: "its columns are " + list(metadata.schema.names))
    }
    return fields
  }

  private func checkNew(_ name: String, among fields: [Field]) throws(DeltaError) {
    if let known = fields.first(where: { $0.name.lowercased() == name.lowercased() })?.name {
      throw DeltaError(.alreadyExists, "the table has a column \(known)", table: base.location)
    }
    if name.isEmpty { throw invalid("a column needs a name") }
    try checkSpelling(name)
  }

  /// Files of tables without column mapping have the columns' own names.
  private func checkSpelling(_ name: String) throws(DeltaError) {
    guard metadata.columnMapping == .none else { return }
    if name.isEmpty
      || name.unicodeScalars.contains(where: { " ,;{}()\n\t=".unicodeScalars.contains($0) })
    {
      throw invalid(
        "a column cannot be called `\(name)` in a table without column mapping",
        "leave out spaces and ,;{}()= or --set \(ColumnMapping.modeProperty)=name first")
    }
  }

  private func checkSpelling(in type: DataType) throws(DeltaError) {
    switch type {
    case .structure(let fields):
      for field in fields {
        try checkSpelling(field.name)
        try checkSpelling(in: field.type)
      }
    case .array(let element, _): try checkSpelling(in: element)
    case .map(let key, let value, _):
      try checkSpelling(in: key)
      try checkSpelling(in: value)
    default: break
    }
  }

  private mutating func add(_ field: Field, in path: [String]) throws(DeltaError) {
    guard field.nullable else {
      throw invalid(
        "the new column \(field.name) must allow nulls: the rows that there are have none for it"
      )
    }
    try checkSpelling(in: field.type)
    if path.isEmpty {
      try checkNew(field.name, among: metadata.schema.fields)
      metadata = metadata.extended(by: [field], id: id)
    } else {
      let owner = path.joined(separator: ".")
      let fields = try changed(owner, takesInner: true) { (place) throws(DeltaError) in
        let type = place.field.type.type(at: place.inner[...])
        guard case .structure(var fields) = type else {
          throw invalid("\(owner) is no struct, and has no fields")
        }
        try checkNew(field.name, among: fields)
        fields.append(field)
        place.fields[place.index].type = place.field.type.replacing(
          place.inner[...], with: .structure(fields))
      }
      metadata = metadata.with(Schema(fields), id: id)
    }
    if metadata.schema.containsTimestampNtz {
      tableProtocol = tableProtocol.supporting(.timestampNtz)
    }
  }

  private func checkMapped(to purpose: String) throws(DeltaError) {
    guard metadata.columnMapping == .none else { return }
    throw invalid(
      "to \(purpose) a column without writing its files again, the table needs column mapping",
      "--set \(ColumnMapping.modeProperty)=name first; readers then need the feature "
        + "columnMapping")
  }

  private func checkUnread(_ column: Field) throws(DeltaError) {
    if isRead(column.name, metadata) {
      throw invalid(
        "a constraint or a generated column reads the column \(column.name)",
        "drop the constraint first; a generated column cannot be changed")
    }
  }

  private mutating func drop(_ path: String) throws(DeltaError) {
    metadata.schema.fields = try changed(path) { (place) throws(DeltaError) in
      let (name, column, isColumn) = (place.field.name, place.column, place.isColumn)
      try checkMapped(to: "drop")
      try checkUnread(column)
      if base.isClustered(byPhysical: column.physicalName(metadata.columnMapping)) {
        throw invalid("the table is clustered by \(column.name), which cannot be dropped")
      }
      if isColumn && metadata.partitionColumns.contains(name) {
        throw invalid("the table is partitioned by \(name), which cannot be dropped")
      }
      guard place.fields.count - (isColumn ? metadata.partitionColumns.count : 0) > 1 else {
        throw invalid(
          isColumn
            ? "\(name) is the only column that files have" : "\(path) is the only field there")
      }
      place.fields.remove(at: place.index)
    }
  }

  private mutating func rename(_ path: String, to new: String) throws(DeltaError) {
    var renamed: String?
    let fields = try changed(path) { (place) throws(DeltaError) in
      let old = place.field.name
      if old == new { return }
      if !place.isColumn, new.hasPrefix(path.dropLast(old.count)) {
        throw invalid(
          "\(new) is a path, and the new name of a field is one name",
          "it stays where it is: \(path)=\(new.dropFirst(path.count - old.count))")
      }
      if old.lowercased() != new.lowercased() { try checkNew(new, among: place.fields) }
      try checkMapped(to: "rename")
      try checkUnread(place.column)
      if place.isColumn { renamed = old }
      place.fields[place.index].name = new
    }
    metadata.schema.fields = fields
    metadata.partitionColumns = metadata.partitionColumns.map { $0 == renamed ? new : $0 }
  }

  private mutating func widen(_ path: String, to type: DataType) throws(DeltaError) {
    var isWider = false
    let fields = try changed(path, takesInner: true) { (place) throws(DeltaError) in
      guard let old = place.field.type.type(at: place.inner[...]), old != type else { return }
      guard old.isTableWidening(to: type) else {
        throw invalid(
          "the column \(path) of \(old) cannot become \(type)",
          "a type may grow: byte, short, integer, long; float, double; decimals with more "
            + "digits; integers to double or decimal; date to timestamp_ntz")
      }
      try checkUnread(place.column)
      guard metadata.isSet("delta.enableTypeWidening") else {
        throw invalid(
          "the table does not allow types to grow",
          "--set delta.enableTypeWidening=true first; readers then need the feature typeWidening")
      }
      let change = TypeChange(from: old, to: type, path: place.inner)
      let history = change.appended(to: place.field.metadata[TypeChange.key])
      place.fields[place.index].metadata[TypeChange.key] = history
      place.fields[place.index].type = place.field.type.replacing(place.inner[...], with: type)
      isWider = true
    }
    guard isWider else { return }
    metadata.schema.fields = fields
    tableProtocol = tableProtocol.supporting(.typeWidening)
    if metadata.schema.containsTimestampNtz {
      tableProtocol = tableProtocol.supporting(.timestampNtz)
    }
  }
}

// MARK: Properties

extension Alteration {
  private mutating func set(_ key: String, _ value: String) throws(DeltaError) {
    if key.hasPrefix(TableMetadata.constraintPrefix) {
      throw invalid(
        "constraints are added with --add-constraint, which looks at the rows that there are")
    }
    if key == ColumnMapping.modeProperty { return try map(value) }
    if key.hasPrefix("delta.feature.") {
      // As others write it: an order, and no property.
      let name = String(key.dropFirst("delta.feature.".count))
      guard value.lowercased() == "supported", let feature = TableFeature(rawValue: name) else {
        throw DeltaError.unsupported(feature: name, to: "write", table: base.location)
      }
      tableProtocol = tableProtocol.supporting(feature)
      return
    }
    if let known = TableFeature.byProperty.first(where: { $0.property == key }), known.value == nil
    {
      guard ["true", "false"].contains(value.lowercased()) else {
        throw invalid("\(key) is true or false, not \(value)")
      }
    }
    if let wanted = TableMetadata.fault(ofProperty: key, value: value) {
      throw invalid("\(key) is \(wanted), not \(value)")
    }
    if key.lowercased().hasPrefix("delta.") && !key.hasPrefix("delta.") {
      throw invalid("\(key) means nothing: properties of the protocol begin with `delta.`")
    }
    if Alteration.isManaged(key) {
      throw invalid("\(key) is kept by whoever writes the table and cannot be set")
    }
    if let feature = Alteration.unknownFeature(key), value.lowercased() == "true" {
      guard Alteration.foreignFeatures.contains(feature) else {
        throw invalid(
          "\(key) turns nothing on that this build knows",
          "it knows "
            + list(TableFeature.byProperty.filter { $0.value == nil }.map(\.property)))
      }
      throw DeltaError.unsupported(feature: feature, to: "write", table: base.location)
    }
    metadata.configuration[key] = value
    for known in TableFeature.byProperty where known.property == key {
      if known.value.map({ $0 == value.lowercased() }) ?? metadata.isSet(key) {
        tableProtocol = tableProtocol.supporting(known.feature)
      }
    }
  }

  private mutating func unset(_ key: String) throws(DeltaError) {
    guard metadata.configuration[key] != nil else {
      throw DeltaError(
        .invalidArgument, "the table has no property \(key)", table: base.location,
        hint: "it has " + list(metadata.configuration.keys.sorted()))
    }
    if key.hasPrefix("delta.columnMapping.") || key.hasPrefix(TableMetadata.constraintPrefix)
      || Alteration.isManaged(key)
    {
      throw invalid("\(key) cannot be unset")
    }
    metadata.configuration[key] = nil
  }

  /// Properties in which writers keep what they have to go on from.
  private static func isManaged(_ key: String) -> Bool {
    key == ColumnMapping.maxIDProperty || key.hasPrefix("delta.rowTracking.")
      || key == CommitTimes.enablementVersionProperty
      || key == CommitTimes.enablementMillisProperty
      || key == "delta.minReaderVersion" || key == "delta.minWriterVersion"
  }

  /// What follows `delta.enable` in properties of features that others can write.
  private static let foreignFeatures: Set<String> = [
    "IcebergCompatV1", "IcebergCompatV2", "IcebergCompatV3", "VariantShredding",
    "IcebergWriterCompatV1", "IcebergWriterCompatV3",
  ]

  /// The feature of a property that turns on one that this build cannot write.
  private static func unknownFeature(_ key: String) -> String? {
    let prefix = "delta.enable"
    let harmless = ["delta.enableExpiredLogCleanup", "delta.enableFullRetentionRollback"]
    guard key.hasPrefix(prefix), !harmless.contains(key),
      !TableFeature.byProperty.contains(where: { $0.property == key })
    else { return nil }
    return String(key.dropFirst(prefix.count))
  }

  /// Turns column mapping on. The files there are go on having the names they have.
  private mutating func map(_ mode: String) throws(DeltaError) {
    let old = metadata.columnMapping
    guard let new = ColumnMapping(rawValue: mode.lowercased()) else {
      throw invalid("\(ColumnMapping.modeProperty) is name, id or none, not \(mode)")
    }
    if old == new { return }
    guard old == .none, new == .name else {
      throw invalid(
        "column mapping cannot change from \(old) to \(new)",
        "a table may go from none to name, and only a new table may have id")
    }
    metadata = metadata.mapped(as: new)
    tableProtocol = tableProtocol.supporting(.columnMapping)
  }
}
