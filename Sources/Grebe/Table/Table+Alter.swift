import Base
public import Columns
import Compute
package import Delta
import Query
import Store
import Synchronization

/// What `Table.alter` is to do, all in one commit.
public struct AlterOptions: Sendable {
  /// In this order.
  package var changes: [TableChange] = []
  /// Commit only if the table is still at this version.
  public var requiredVersion: Int64?
  /// What the history keeps with it.
  public var userMetadata: String?
  /// Look whether it can be done, and change nothing.
  public var dryRun = false

  public init() {}

  /// Columns, and fields of structs, as DDL: `note STRING, customer.zip DECIMAL(10,2)`.
  public mutating func addColumns(_ ddl: String) throws(GrebeError) {
    do throws(DDLFault) {
      changes += try Schema.additions(ddl: ddl).map { .addColumn($0.field, in: $0.path) }
    } catch {
      throw GrebeError(
        .invalidArgument, error.message, place: "`\(ddl)`, character \(error.characterOffset + 1)",
        hint: "write columns as \"note STRING, price DECIMAL(10,2)\"")
    }
  }

  /// Throws for a property that is named twice: the first would raise the protocol for nothing.
  func check(_ location: String) throws(GrebeError) {
    var keys: Set<String> = []
    for change in changes {
      switch change {
      case .setProperty(let key, _), .unsetProperty(let key):
        guard keys.insert(key).inserted else {
          throw GrebeError(
            .invalidArgument, "the property \(key) is set or unset twice", place: location)
        }
      default: break
      }
    }
  }

  public mutating func dropColumn(_ name: String) { changes.append(.dropColumn(name)) }

  public mutating func renameColumn(_ name: String, to new: String) {
    changes.append(.renameColumn(name, to: new))
  }

  public mutating func widenColumn(_ name: String, to type: String) throws(GrebeError) {
    do throws(DDLFault) {
      changes.append(.widenColumn(name, to: try DataType(ddl: type)))
    } catch {
      throw GrebeError(.invalidArgument, error.message, place: type)
    }
  }

  public mutating func dropNotNull(_ name: String) { changes.append(.dropNotNull(name)) }
  public mutating func setProperty(_ key: String, to value: String) {
    changes.append(.setProperty(key, value))
  }
  public mutating func unsetProperty(_ key: String) { changes.append(.unsetProperty(key)) }
  public mutating func addConstraint(_ name: String, condition: String) {
    changes.append(.addConstraint(name, condition: condition))
  }
  public mutating func dropConstraint(_ name: String) { changes.append(.dropConstraint(name)) }

  public mutating func addFeature(_ name: String) throws(GrebeError) {
    guard let feature = TableFeature(rawValue: name) else {
      throw GrebeError(
        .unsupported, "this build cannot turn on the feature \(name)", place: name,
        hint: TableFeature.allCases.map(\.rawValue).joined(separator: ", "))
    }
    changes.append(.addFeature(feature))
  }
}

/// What an alteration did, or would do.
public struct AlterReport: Sendable {
  /// The version with the changes; the table's latest if nothing is different.
  public let version: Int64
  public let isCommitted: Bool
  /// Whether there is anything to commit.
  public let isDifferent: Bool
  /// Files whose rows get ids: all that the table has, when row tracking is turned on.
  public let filesNumbered: Int
  /// What is different, as the history has it: `ADD COLUMN note string`.
  public let changes: [String]
  public let schema: Schema
  public let properties: [String: String]
  public let minReaderVersion: Int
  public let minWriterVersion: Int
  public let features: [String]
}

extension Table {
  /// Changes columns, properties, constraints and features, without touching a data file, in one
  /// commit. O(files of the table) where row tracking is turned on: the log describes them anew.
  ///
  /// - Throws: `invalidArgument`, `alreadyExists` for what makes no sense for this
  ///   table; `corrupt` for a constraint that rows violate; `conflict` when another writer was
  ///   faster.
  public func alter(_ options: AlterOptions) throws(GrebeError) -> AlterReport {
    try exposing { () throws(DeltaError) in try snapshot.checkWritable() }
    if let required = options.requiredVersion, required != version {
      throw moved(from: required)
    }
    try options.check(location)
    var alteration = Alteration(snapshot) {
      isRead($0, by: $1)
    }
    for change in options.changes {
      if case .addConstraint(let name, let condition) = change {
        try checkConstraint(name, condition, over: alteration.metadata)
      }
      try exposing { () throws(DeltaError) in try alteration.apply(change) }
      warnOfUnknownProperty(change)
    }
    var transaction = try exposing { () throws(DeltaError) in try alteration.transaction() }
    try exposing { () throws(DeltaError) in
      try transaction?.countRows(in: store, environment: environment)
    }
    transaction?.requiredVersion = options.requiredVersion
    transaction?.operation.userMetadata = options.userMetadata
    var reached = version
    var (metadata, tableProtocol) = (alteration.metadata, alteration.tableProtocol)
    if let transaction, !options.dryRun {
      let (outcome, altered) = try exposing { () throws(DeltaError) in
        try transaction.commitForSnapshot(to: store, environment: environment)
      }
      // A commit states more than was asked for, such as when it was.
      if let altered { (metadata, tableProtocol) = (altered.metadata, altered.tableProtocol) }
      switch outcome {
      case .committed(let version): reached = version
      case .conflict(let reason, let version): throw conflict(reason, version)
      }
    }
    return AlterReport(
      version: reached, isCommitted: transaction != nil && !options.dryRun,
      isDifferent: transaction != nil, filesNumbered: transaction?.adds.count ?? 0,
      changes: alteration.changes.map(\.description), schema: metadata.schema,
      properties: metadata.configuration, minReaderVersion: tableProtocol.minReaderVersion,
      minWriterVersion: tableProtocol.minWriterVersion,
      features: tableProtocol.writerFeatures ?? [])
  }

  private func warnOfUnknownProperty(_ change: TableChange) {
    guard case .setProperty(let key, _) = change,
      let known = TableMetadata.unknown(property: key)
    else { return }
    let hint = closeName(to: key, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    environment.warn("no engine is known to heed the property \(key)\(hint)")
  }

  /// The table is not at the version that a caller demands.
  func moved(from required: Int64) -> GrebeError {
    GrebeError(
      .conflict, "the table is at version \(version), not \(required)", place: location,
      hint: "look at grebe history, then decide again")
  }

  private func conflict(_ reason: ConflictReason, _ version: Int64) -> GrebeError {
    GrebeError(
      .conflict, "lost to another writer's version \(version): \(reason)", place: location,
      hint: "nothing was changed; run it again")
  }

  /// A constraint whose rows are all there already: it has to be true of every one of them.
  private func checkConstraint(
    _ name: String, _ condition: String, over metadata: TableMetadata
  ) throws(GrebeError) {
    let target = ScanTarget(store: store, snapshot: snapshot)
    let altered = metadata.schema
    let columns = try exposing { () throws(QueryError) in
      try parseCondition(condition, .spark, over: altered.readable).columnIndices
    }
    if columns.isEmpty {
      throw GrebeError(
        .invalidArgument, "the constraint \(name) names no column", place: condition,
        hint: "names stand as they are or in `backquotes`: tables keep constraints in Spark's SQL, "
          + "where double quotes hold text")
    }
    // The rows are there under the columns that the table has had so far.
    for field in columns.map({ altered.fields[$0] }) {
      let known = snapshot.schema.index(of: field.name).map { snapshot.schema.fields[$0] }
      guard let known, known.type == field.type,
        known.physicalName(snapshot.metadata.columnMapping)
          == field.physicalName(metadata.columnMapping)
      else {
        throw GrebeError(
          .invalidArgument,
          "a constraint on the column \(field.name), which is new or has just changed, can be "
            + "added in a commit of its own", place: condition)
      }
    }
    let isBroken = try exposing { () throws(QueryError) in
      try parseViolation(of: condition, .spark, over: target.schema)
    }
    let count = try countRows(where: isBroken, in: target)
    if count > 0 {
      throw GrebeError(
        .corrupt,
        (count == 1 ? "1 row does" : "\(count) rows do") + " not satisfy the constraint \(name)",
        place: condition,
        hint: isQuery(condition)
          ? "look at them: grebe query \"SELECT * FROM '\(location)' WHERE (\(condition)) IS NOT "
            + "TRUE\"" : nil)
    }
  }

  /// Whether a condition means in queries what it means in a table.
  private func isQuery(_ condition: String) -> Bool {
    !condition.contains { $0 == "\"" || $0 == "\\" }
  }

  /// Rows for which a condition holds. Files that cannot have one are not read.
  private func countRows(
    where condition: BoundExpression, in target: ScanTarget
  ) throws(GrebeError) -> Int64 {
    let columns = ScanColumns(readBy: [condition])
    let positions = Dictionary(
      uniqueKeysWithValues: zip(columns.positions, 0..<columns.positions.count))
    let local = condition.remappingColumns { positions[$0]! }
    let count = Atomic<Int64>(0)
    do {
      let scan = TableScan(target, cancellation: environment.cancellation)
      _ = try scan.scan(
        columns: columns, predicate: condition, parallelism: environment.parallelism
      ) { _, _, batch in
        guard let batch else { return true }
        count.add(Int64(try local.select(from: batch).count), ordering: .relaxed)
        return true
      }
    } catch let error as any DiagnosableError {
      throw GrebeError(error)
    } catch {
      throw GrebeError(.internalError, "\(error)", place: location)
    }
    return count.load(ordering: .relaxed)
  }

  private func isRead(_ column: String, by metadata: TableMetadata) -> Bool {
    guard let index = metadata.schema.index(of: column) else { return false }
    let isConstrained = metadata.constraints.contains { _, condition in
      // What cannot be understood may read anything.
      guard let bound = try? parseCondition(condition, .spark, over: metadata.schema.readable)
      else { return true }
      return bound.columnIndices.contains(index)
    }
    return isConstrained
      || metadata.schema.fields.enumerated().contains { position, field in
        guard field.generationExpression != nil else { return false }
        return position == index || GeneratedColumn.reads(index, field, in: metadata.schema)
      }
  }
}
