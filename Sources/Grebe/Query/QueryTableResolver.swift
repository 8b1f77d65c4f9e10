import Base
import Compute
import Delta
import Query
import Store

/// Opens what FROM names: a table's version, or a Parquet file.
struct QueryTableResolver {
  /// Locations by name.
  let tables: [String: String]
  /// The version to read, if it is said beside the query.
  var selector: TableVersion?
  let environment: Environment

  func source(of table: QueryTable) throws -> any BatchSource {
    var reference = try reference(table.name, isQuoted: table.isPath)
    let places = [
      ("the path", reference.isLatest ? nil : reference.selector), ("AS OF", table.selector),
      ("an option", selector),
    ].filter { $0.1 != nil }
    if places.count > 1 {
      throw GrebeError(
        .invalidArgument, "\(places[0].0) pins a version, and so does \(places[1].0)",
        place: table.name, hint: "use one of the two")
    }
    if let selector = places.first?.1 { reference.selector = selector }
    return try source(of: reference)
  }

  private func reference(_ name: String, isQuoted: Bool) throws(GrebeError) -> TableReference {
    if let location = tables[name] { return try TableReference(location) }
    guard isQuoted else {
      throw GrebeError(
        .notFound, "no table is called \(name)",
        hint: "quote a path as FROM '\(name)', or name it with --table \(name)=PATH")
    }
    return try TableReference(name)
  }

  func source(of reference: TableReference) throws -> any BatchSource {
    if var file = try parquetFile(reference) {
      file.memoryBytes = environment.readerMemoryBytes
      return DataFilesSource(
        TableScan(file, cancellation: environment.cancellation), ofFile: reference.location)
    }
    let table = try Table.open(reference, environment: environment)
    var target = ScanTarget(store: table.store, snapshot: table.snapshot)
    target.memoryBytes = environment.readerMemoryBytes
    return DataFilesSource(
      ofTable: TableScan(target, cancellation: environment.cancellation))
  }

  /// Nil when the location is no file.
  func parquetFile(_ reference: TableReference) throws(GrebeError) -> ScanTarget? {
    let location = reference.location
    let file = try FileLocation(location, environment: environment)
    guard try file.exists() else { return nil }
    guard reference.isLatest else {
      throw GrebeError(.invalidArgument, "a file has no versions", place: location)
    }
    guard !file.name.lowercased().hasSuffix(".csv") else {
      throw GrebeError(
        .unsupported, "this build queries tables and Parquet files, not CSV", place: location,
        hint: "grebe convert \(location) --into TABLE, then query the table")
    }
    return try exposing { () throws(DeltaError) in
      do throws(DeltaError) {
        return try ScanTarget(store: file.store, parquetFile: file.name)
      } catch {
        throw error.naming(location)
      }
    }
  }
}
