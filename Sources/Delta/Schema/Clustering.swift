// Clustered tables: Delta protocol (PROTOCOL.md), "Clustered Table". The columns that rows are laid
// out by stand in a metadata domain, as paths of physical names:
//
//   {"clusteringColumns":[["region"],["customer","id"]]}
//
// Grebe keeps what the table says, writes the statistics that it asks for, and lays out no rows.
import Base
import Columns
import JSON

extension Snapshot {
  static let clusteringDomain = "delta.clustering"

  private var isClustered: Bool { tableProtocol.effectiveWriterFeatures.contains("clustering") }

  /// Paths of physical names; none where the table is not clustered, nil where it does not say by
  /// what.
  var clusteringColumns: [[String]]? {
    guard isClustered, let domain = domains[Snapshot.clusteringDomain], !domain.removed else {
      return []
    }
    guard let document = try? JSONDocument(utf8: domain.configuration),
      let columns = document.root["clusteringColumns"], columns.kind == .array
    else { return nil }
    var paths: [[String]] = []
    for column in columns.elements {
      let path = column.string.map { [$0] } ?? column.elements.map { $0.string ?? "" }
      if path.isEmpty || path.contains("") { return nil }
      paths.append(path)
    }
    return paths
  }

  /// Whether the table is clustered by a column, or by a field of it.
  func isClustered(byPhysical name: String) -> Bool {
    clusteringColumns.map { $0.contains { $0.first == name } } ?? true
  }

  /// Throws unless a clustered table can have such columns and partitions instead of its own, and
  /// stay what it is.
  package func checkClustering(_ changed: TableMetadata) throws(DeltaError) {
    guard isClustered else { return }
    guard changed.partitionColumns.isEmpty else {
      throw DeltaError(
        .invalidArgument, "the table is clustered, and what is clustered has no partitions",
        table: location, hint: "--partition-by none, or write to a new table")
    }
    for path in clusteringColumns ?? []
    where !changed.schema.fields.contains(physical: path[...], changed.columnMapping) {
      throw DeltaError(
        .invalidArgument,
        "the table is clustered by a column \(path.joined(separator: ".")), which it would lose",
        table: location, hint: "keep the column and its type, or write to a new table")
    }
  }

  /// Which columns of files get statistics.
  package var indexedColumns: IndexedColumns {
    IndexedColumns(
      count: metadata.indexedColumnCount, named: Set(clusteringColumns ?? []),
      unnamed: Set(rowTrackingColumns?.fields.map(\.name) ?? []))
  }
}

/// Which columns of a file get statistics.
package struct IndexedColumns: Sendable {
  /// The first so many. Fields of structs count, structs do not.
  package let count: Int
  /// And these wherever they are, as paths of physical names.
  package let named: Set<[String]>
  /// None of these, which are no columns of the table.
  package let unnamed: Set<String>

  package init(
    count: Int = defaultIndexedColumnCount, named: Set<[String]> = [],
    unnamed: Set<String> = []
  ) {
    self.count = count
    self.named = named
    self.unnamed = unnamed
  }
}

extension [Field] {
  /// Whether a column or a field below one goes by these physical names.
  fileprivate func contains(physical path: ArraySlice<String>, _ mapping: ColumnMapping) -> Bool {
    guard let field = first(where: { $0.physicalName(mapping) == path.first }) else { return false }
    if path.count == 1 { return true }
    guard case .structure(let fields) = field.type else { return false }
    return fields.contains(physical: path.dropFirst(), mapping)
  }
}
