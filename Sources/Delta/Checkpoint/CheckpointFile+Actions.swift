import Columns
import Parquet

// The actions of a checkpoint that are no files: a handful, each from its row.

extension CheckpointFile {
  private static let tableKinds: [CheckpointKind] = [
    .tableProtocol, .metadata, .transaction, .domain,
  ]

  /// Calls `append` with every action of a row group that is no file.
  func tableActions(group: Int) throws(DeltaError) -> [Action] {
    var actions: [Action] = []
    let kinds = CheckpointFile.tableKinds.filter { mayHold($0, group: group) }
    let rows = try selection(holding: kinds, group: group)
    if rows.ranges.isEmpty { return [] }
    try forEachBatch(group: group, kinds.map { [$0.rawValue] }, rows: rows) {
      (batch) throws(DeltaError) in
      try appendProtocols(ActionColumn(batch.column("protocol")), to: &actions)
      try appendMetadata(ActionColumn(batch.column("metaData")), to: &actions)
      appendTransactions(ActionColumn(batch.column("txn")), to: &actions)
      appendDomains(ActionColumn(batch.column("domainMetadata")), to: &actions)
    }
    return actions
  }

  private func appendProtocols(
    _ column: ActionColumn?, to actions: inout [Action]
  ) throws(DeltaError) {
    guard let column else { return }
    let readers = IntegerField(column.field("minReaderVersion"))
    let writers = IntegerField(column.field("minWriterVersion"))
    let readerFeatures = TextListField(column.field("readerFeatures"))
    let writerFeatures = TextListField(column.field("writerFeatures"))
    for row in column.rows(having: "minReaderVersion") {
      guard let reader = readers[row], let writer = writers[row] else { continue }
      let value = TableProtocol(
        minReaderVersion: Int(reader), minWriterVersion: Int(writer),
        readerFeatures: reader >= 3 ? readerFeatures[row] : nil,
        writerFeatures: writer >= 7 ? writerFeatures[row] : nil)
      try checking { () throws(ActionFault) in try value.check() }
      actions.append(.tableProtocol(value))
    }
  }

  private func appendMetadata(
    _ column: ActionColumn?, to actions: inout [Action]
  ) throws(DeltaError) {
    guard let column else { return }
    let format = ActionColumn(column.field("format"))
    for row in column.rows(having: "id") {
      guard let id = TextField(column.field("id"))[row] else { continue }
      guard let schemaText = TextField(column.field("schemaString"))[row] else {
        throw .corrupt("`metaData` has no `schemaString`", file: path)
      }
      let schema = try checking { () throws(ActionFault) in try Schema(deltaJSON: schemaText) }
      let configuration = TextMapField(column.field("configuration"))[row] ?? [:]
      var metadata = TableMetadata(
        id: id, name: TextField(column.field("name"))[row],
        comment: TextField(column.field("description"))[row], schema: schema,
        partitionColumns: TextListField(column.field("partitionColumns"))[row] ?? [],
        createdMillis: IntegerField(column.field("createdTime"))[row],
        configuration: configuration.compactMapValues { $0 })
      if let format, !format.isNull(row) {
        metadata.formatProvider = TextField(format.field("provider"))[row] ?? "parquet"
        metadata.formatOptions = TextMapField(format.field("options"))[row] ?? [:]
      }
      try checking { () throws(ActionFault) in try metadata.check() }
      actions.append(.metadata(metadata))
    }
  }

  private func appendTransactions(_ column: ActionColumn?, to actions: inout [Action]) {
    guard let column else { return }
    let ids = TextField(column.field("appId"))
    let versions = IntegerField(column.field("version"))
    let times = IntegerField(column.field("lastUpdated"))
    for row in column.rows(having: "appId") {
      guard let id = ids[row], let version = versions[row] else { continue }
      actions.append(
        .transaction(
          TransactionIdentifier(applicationID: id, version: version, updatedMillis: times[row])))
    }
  }

  private func appendDomains(_ column: ActionColumn?, to actions: inout [Action]) {
    guard let column else { return }
    let names = TextField(column.field("domain"))
    let configurations = TextField(column.field("configuration"))
    let removed = BooleanField(column.field("removed"))
    for row in column.rows(having: "domain") {
      guard let name = names[row] else { continue }
      actions.append(
        .domainMetadata(
          DomainMetadata(
            domain: name, configuration: configurations[row] ?? "",
            removed: removed[row] ?? false)))
    }
  }
}
