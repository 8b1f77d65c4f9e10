import Base
public import Columns
import Compute
import Delta
import Parquet
import Query
public import Store

/// A SELECT over one version of a table, or over a Parquet file: planned, ready to run.
public struct TableQuery {
  private let query: PreparedQuery
  private let environment: Environment

  /// - Parameters:
  ///   - tables: names that FROM may use, with the location each stands for; a quoted path needs
  ///   none.
  ///   - version: to read, where the text names none.
  ///   - timestamp: reads the version that was current then, where the text names none.
  /// - Throws: what is wrong with the text, with line and column, or with the table.
  public init(
    sql: String, tables: [String: String] = [:], version: Int64? = nil,
    timestamp: String? = nil, environment: Environment
  ) throws(GrebeError) {
    self.environment = environment
    var resolver = QueryTableResolver(tables: tables, environment: environment)
    if let version {
      resolver.selector = .version(version)
    } else if let timestamp {
      resolver.selector = try TableReference.selector(timestamp: timestamp)
    }
    query = try exposing { [resolver] () throws(QueryError) in
      try PreparedQuery(sql: sql) { table in try resolver.source(of: table) }
    }
  }

  /// The first `count` rows of a table or Parquet file.
  public init(
    head count: Int, of reference: TableReference, environment: Environment
  ) throws(GrebeError) {
    self.environment = environment
    let resolver = QueryTableResolver(tables: [:], environment: environment)
    query = try exposing { () throws(QueryError) in
      try PreparedQuery(sql: "SELECT * FROM head LIMIT \(count)") { _ in
        let source = try resolver.source(of: reference)
        try checkIsShown(source.schema, of: reference.location)
        return source
      }
    }
  }

  init(_ query: PreparedQuery, environment: Environment) {
    self.query = query
    self.environment = environment
  }

  /// The columns of the result.
  public var schema: Schema { query.schema }

  /// Refuses a result in which two columns share a name, which formats that tell columns by their
  /// names would lose.
  public func checkNamesAreDistinct() throws(GrebeError) {
    var seen: Set<String> = []
    for name in schema.names where !seen.insert(name).inserted {
      throw GrebeError(
        .invalidArgument, "the result has two columns \"\(name)\"",
        hint: "give one of them another name with AS")
    }
  }

  /// Runs the query for its plan: what each step does, and what the scan left out and read.
  public func explain() throws(GrebeError) -> String {
    let summary = try run { parallelism, budget in
      try query.run(parallelism: parallelism, memoryBudgetBytes: budget) { _ in true }
    }
    return query.explain(summary.metrics).joined(separator: "\n")
  }

  /// Hands the rows of the result to `body`, in order, in batches.
  @discardableResult
  public func run(_ body: (ColumnBatch) throws -> Void) throws -> QueryAccount {
    let summary = try query.run(
      parallelism: environment.parallelism, memoryBudgetBytes: environment.memoryBudgetBytes
    ) { batch in
      try body(batch)
      return true
    }
    return QueryAccount(query, summary)
  }

  /// Writes the result as one Parquet file, which appears complete or not at all.
  @discardableResult
  public func save(
    toParquet path: String, format: FileFormat = FileFormat()
  ) throws(GrebeError) -> QueryAccount {
    try checkNamesAreDistinct()
    let schema = savedSchema
    var options = try format.writeOptions(for: schema)
    options.limitRowGroup(toBytes: environment.rowGroupMaxBytes)
    options.storage = storage
    options.keyValueMetadata = keyValueMetadata
    let file = try OutputFile(path: path)
    let summary = try run { parallelism, budget in
      let rowGroups = try RowGroupWriter(schema: schema, options: options)
      var assembler = try FileAssembler(schema: schema, options: options)
      try file.append(assembler.header())
      func endRowGroup() throws {
        for part in assembler.add(try rowGroups.finish()) { try file.append(part) }
      }
      let summary = try query.run(parallelism: parallelism, memoryBudgetBytes: budget) { batch in
        var row = 0
        while row < batch.rowCount {
          row += try rowGroups.append(
            batch, rows: row..<batch.rowCount, rowLimit: TableQuery.savedRowGroupRows)
          if rowGroups.isFull { try endRowGroup() }
        }
        return true
      }
      if rowGroups.rowCount > 0 { try endRowGroup() }
      try file.append(try assembler.footer())
      return summary
    }
    try file.finish()
    return QueryAccount(query, summary)
  }

  /// The columns, and which of them can hold no null since they stand in the source as they are.
  private var savedSchema: Schema {
    guard let source = query.source as? DataFilesSource, source.statesNulls else { return schema }
    var schema = schema
    for (index, column) in query.tableColumns.enumerated() {
      guard let column else { continue }
      schema.fields[index].nullable = source.schema.fields[column].nullable
    }
    return schema
  }

  /// How columns are stored that stand in the result as they do in a Parquet file: so that
  /// annotations and field ids survive a rewrite.
  private var storage: [String: ColumnStorage] {
    guard let source = query.source as? DataFilesSource else { return [:] }
    var storage: [String: ColumnStorage] = [:]
    for (field, column) in zip(query.schema.fields, query.tableColumns) {
      guard let column else { continue }
      storage[field.name] = source.storage[source.schema.fields[column].name]
    }
    return storage
  }

  /// What a Parquet file's footer says that holds for the result too.
  private var keyValueMetadata: [KeyValue] {
    guard let source = query.source as? DataFilesSource else { return [] }
    let pairs = zip(query.schema.fields, query.tableColumns)
    let kept = pairs.filter { field, column in
      column.map { source.schema.fields[$0].name == field.name } ?? false
    }
    return KeptMetadata(
      columns: Set(kept.map(\.0.name)), computesColumns: query.tableColumns.contains(nil)
    ).entries(of: source.keyValueMetadata)
  }

  private static let savedRowGroupRows = 1 << 17

  private func run(
    _ body: (_ parallelism: Int, _ budget: Int) throws -> QuerySummary
  ) throws(GrebeError) -> QuerySummary {
    do {
      return try body(environment.parallelism, environment.memoryBudgetBytes)
    } catch {
      throw GrebeError(QueryError(error))
    }
  }
}

/// What a query did, besides its rows.
public struct QueryAccount: Sendable {
  /// Rows of the result.
  public let rowCount: Int
  /// What the scan left out and read, a line each.
  public let scan: [String]
  /// What whoever asked has to know about the values, a line each.
  public let notes: [String]

  init(_ query: PreparedQuery, _ summary: QuerySummary) {
    rowCount = summary.rowCount
    scan = query.describe(summary.metrics)
    let cut = summary.metrics.cutColumns.sorted().joined(separator: ", ")
    notes =
      cut.isEmpty
      ? [] : ["note: INT96 is read as microseconds; the nanoseconds of \(cut) are cut off"]
  }
}

/// Refuses columns that cannot be shown, in terms of the file: who asks for its first rows wrote no
/// query that an error could point into.
private func checkIsShown(_ schema: Schema, of location: String) throws(GrebeError) {
  var counts: [String: Int] = [:]
  for name in schema.names { counts[name, default: 0] += 1 }
  // As many as make the form plain, and only those that a shell and SQL take without quotes.
  let others = schema.fields.filter { field in
    field.type.unknownPart == nil && counts[field.name] == 1
      && field.name.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F }
  }
  let names = others.isEmpty ? "..." : others.prefix(3).map(\.name).joined(separator: ", ")
  let hint = "grebe query \"SELECT \(names) FROM '\(location)'\" reads other columns"
  for field in schema.fields {
    if let unknown = field.type.unknownPart {
      throw GrebeError(
        .unsupported,
        "column \"\(field.name)\" has the type \(unknown), which this build does not read",
        place: location, hint: hint)
    }
    if let count = counts[field.name], count > 1 {
      throw GrebeError(
        .corrupt, "the file has \(count == 2 ? "two" : "\(count)") columns \"\(field.name)\"",
        place: location, hint: hint)
    }
  }
}
