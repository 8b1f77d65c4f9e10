import JSON
import Parquet

/// Which of a Parquet file's key-value pairs hold for a file with some of its columns and rows.
///
///     geo            if the file has every column that it names (GeoParquet), under the same name
///     of the schema  never: see `describesSchema`
///     all others     if every column is one of the source's; what they say of a file as a whole
///                    may be nonsense beside sums and counts
struct KeptMetadata {
  /// Those that are the source's, under the same name.
  let columns: Set<String>
  /// Whether the file has others.
  let computesColumns: Bool

  /// In the order of the source.
  func entries(of source: [KeyValue]) -> [KeyValue] {
    source.filter { entry in
      if entry.key == "geo" { return keepsGeometry(entry.value ?? "") }
      return !computesColumns && !KeptMetadata.describesSchema(entry.key)
    }
  }

  /// Whether the pair is a copy of the file's schema in some library's own form. Readers believe it
  /// more than the schema itself (pyarrow takes types, order and nulls from `ARROW:schema`, Spark
  /// from its row metadata, pandas an index), and it is wrong once a column is renamed, left out or
  /// stored otherwise; what of it the columns keep, Parquet's own annotations say.
  private static func describesSchema(_ key: String) -> Bool {
    switch key {
    case "ARROW:schema", "pandas", "huggingface", "r", "iceberg.schema", "avro.schema",
      "parquet.avro.schema", "writer.model.name":
      return true
    default:
      // Not all of Spark's: which calendar the dates are counted in stays true of them.
      let prefixes = ["org.apache.spark.sql.", "parquet.proto.", "thrift."]
      return prefixes.contains { key.hasPrefix($0) }
    }
  }

  /// Whether all columns are here that GeoParquet's metadata names: those of geometries, and those
  /// of their bounds. What it says of their values, bounds and kinds of geometry, holds for fewer
  /// of them too.
  ///
  /// https://geoparquet.org/releases/v1.1.0
  private func keepsGeometry(_ json: String) -> Bool {
    guard let document = try? JSONDocument(utf8: json), let geometries = document.root["columns"]
    else { return false }
    for (name, geometry) in geometries.members {
      guard columns.contains(name) else { return false }
      guard let bounds = geometry["covering"]?["bbox"] else { continue }
      // Each a path to a leaf: ["bbox", "xmin"].
      for (_, path) in bounds.members {
        guard let column = path.elements.first(where: { _ in true })?.string,
          columns.contains(column)
        else { return false }
      }
    }
    return true
  }
}
