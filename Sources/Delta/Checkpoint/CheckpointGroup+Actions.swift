import Columns

extension CheckpointGroup {
  /// Runs a check of an action whose failure is the checkpoint's.
  func checking<R>(_ body: () throws(ActionFault) -> R) throws(DeltaError) -> R {
    do { return try body() } catch { throw .corrupt(error.message, file: path) }
  }

  /// Every action of the row group that is no file: a handful.
  func tableActions() throws(DeltaError) -> [Action] {
    try protocols() + metadatas() + transactions() + domains()
  }

  private func protocols() throws(DeltaError) -> [Action] {
    let readers = try scalars(["protocol", "minReaderVersion"])
    guard readers.contains(where: { !$0.isNull }) else { return [] }
    let writers = try scalars(["protocol", "minWriterVersion"])
    let readerFeatures = try lists(["protocol", "readerFeatures"])
    let writerFeatures = try lists(["protocol", "writerFeatures"])
    var actions: [Action] = []
    for row in readers.indices {
      guard let reader = readers[row].integerValue, let writer = writers[row].integerValue else {
        continue
      }
      let value = TableProtocol(
        minReaderVersion: Int(reader), minWriterVersion: Int(writer),
        readerFeatures: reader >= 3 ? readerFeatures[row] : nil,
        writerFeatures: writer >= 7 ? writerFeatures[row] : nil)
      try checking { () throws(ActionFault) in try value.check() }
      actions.append(.tableProtocol(value))
    }
    return actions
  }

  private func metadatas() throws(DeltaError) -> [Action] {
    let ids = try scalars(["metaData", "id"])
    guard ids.contains(where: { !$0.isNull }) else { return [] }
    let names = try scalars(["metaData", "name"])
    let comments = try scalars(["metaData", "description"])
    let providers = try scalars(["metaData", "format", "provider"])
    let options = try maps(["metaData", "format", "options"])
    let schemas = try scalars(["metaData", "schemaString"])
    let partitionColumns = try lists(["metaData", "partitionColumns"])
    let times = try scalars(["metaData", "createdTime"])
    let configurations = try maps(["metaData", "configuration"])
    var actions: [Action] = []
    for row in ids.indices {
      guard let id = ids[row].text else { continue }
      guard let schemaText = schemas[row].text else {
        throw .corrupt("`metaData` has no `schemaString`", file: path)
      }
      let schema = try checking { () throws(ActionFault) in try Schema(deltaJSON: schemaText) }
      var metadata = TableMetadata(
        id: id, name: names[row].text, comment: comments[row].text, schema: schema,
        partitionColumns: partitionColumns[row] ?? [], createdMillis: times[row].integerValue,
        configuration: (configurations[row] ?? [:]).compactMapValues { $0 })
      metadata.formatProvider = providers[row].text ?? "parquet"
      metadata.formatOptions = options[row] ?? [:]
      try checking { () throws(ActionFault) in try metadata.check() }
      actions.append(.metadata(metadata))
    }
    return actions
  }

  private func transactions() throws(DeltaError) -> [Action] {
    let ids = try scalars(["txn", "appId"])
    guard ids.contains(where: { !$0.isNull }) else { return [] }
    let versions = try scalars(["txn", "version"])
    let times = try scalars(["txn", "lastUpdated"])
    return ids.indices.compactMap { row in
      guard let id = ids[row].text, let version = versions[row].integerValue else { return nil }
      return .transaction(
        TransactionIdentifier(
          applicationID: id, version: version, updatedMillis: times[row].integerValue))
    }
  }

  private func domains() throws(DeltaError) -> [Action] {
    let names = try scalars(["domainMetadata", "domain"])
    guard names.contains(where: { !$0.isNull }) else { return [] }
    let configurations = try scalars(["domainMetadata", "configuration"])
    let removed = try scalars(["domainMetadata", "removed"])
    return names.indices.compactMap { row in
      guard let name = names[row].text else { return nil }
      return .domainMetadata(
        DomainMetadata(
          domain: name, configuration: configurations[row].text ?? "",
          removed: removed[row].booleanValue ?? false))
    }
  }
}
