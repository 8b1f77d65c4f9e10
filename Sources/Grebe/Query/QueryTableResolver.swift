import Base
import Compute
import Delta
import Query
import Store

/// Opens what FROM names: a table's version, or a Parquet file.
struct QueryTableResolver {
  /// Locations by name.
  let tables: [String: String]
  let environment: Environment

  func source(of table: QueryTable) throws -> any BatchSource {
    var reference = try reference(table.name, isQuoted: table.isPath)
    if let selector = table.selector { reference.selector = selector }
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
    if let file = try parquetFile(reference.location) {
      guard reference.selector == .latest else {
        throw GrebeError(
          .invalidArgument, "a file has no versions", place: reference.location)
      }
      return TableScan(file, cancellation: environment.cancellation)
    }
    let table = try Table.open(reference, environment: environment)
    let target = ScanTarget(store: table.store, snapshot: table.snapshot)
    return TableScan(target, cancellation: environment.cancellation)
  }

  /// Nil when the location is no file.
  private func parquetFile(_ location: String) throws -> ScanTarget? {
    let slash = location.lastIndex(of: "/")
    let name = slash.map { String(location[location.index(after: $0)...]) } ?? location
    let directory = slash.map { $0 == location.startIndex ? "/" : String(location[..<$0]) } ?? "."
    guard !name.isEmpty else { return nil }
    let store = try environment.openStore(directory)
    guard try store.entry(name) != nil else { return nil }
    guard !name.lowercased().hasSuffix(".csv") else {
      throw GrebeError(
        .unsupported, "this build queries tables and Parquet files, not CSV", place: location,
        hint: "grebe convert \(location) --into TABLE, then query the table")
    }
    return try ScanTarget(store: store, parquetFile: name)
  }
}
