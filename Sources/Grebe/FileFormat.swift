import Base
package import Columns
package import Compression
import Compute
package import Delta
package import Parquet
package import Store

/// How data files are written: codec, which readers they are for, bloom filters.
public struct FileFormat: Sendable {
  /// Nil unless it was asked for: what the table says counts then, or zstd.
  package private(set) var codec: Codec?
  package private(set) var profile = ParquetProfile.standard
  /// Columns, or fields of structs with dots between, whose values get a bloom filter.
  public var bloomFilterColumns: [String] = []

  public init() {}

  /// Sets the codec by its name, with a level or without: `zstd`, `zstd:3`, `gzip:9`, `brotli:5`,
  /// `lz4`, `snappy`, `none`.
  public mutating func setCompression(_ name: String) throws(GrebeError) {
    guard let codec = Codec(name), codec != .lz4Hadoop else {
      throw GrebeError(
        .invalidArgument, "no such compression", place: name,
        hint: "zstd[:1-22], lz4, snappy, gzip[:1-9], brotli[:0-11] or none")
    }
    self.codec = codec
  }

  /// Sets the profile by its name: `compatible`, `standard`, `modern`.
  public mutating func setProfile(_ name: String) throws(GrebeError) {
    guard let profile = ParquetProfile(rawValue: name.lowercased()) else {
      throw GrebeError(
        .invalidArgument, "no such profile", place: name,
        hint: ParquetProfile.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.profile = profile
  }

  /// This format for files of a table: what was not asked for is as its properties have it.
  ///
  /// A codec that this build does not know is warned of, and zstd takes its place: which one it is
  /// changes no row, and readers open any.
  package func completed(
    by metadata: TableMetadata?, environment: Environment
  ) -> FileFormat {
    guard codec == nil, let metadata,
      let name = metadata.configuration[TableMetadata.codecProperty]
    else { return self }
    var completed = self
    completed.codec = metadata.codec
    if completed.codec == nil {
      environment.warn(
        "files are compressed with zstd: the table's \(TableMetadata.codecProperty) is \(name), "
          + "not \(TableMetadata.codecNames)")
    }
    return completed
  }

  /// The writer's options for files of these columns.
  ///
  /// - Parameter partitionColumns: of the table; no file holds them.
  /// - Throws: `invalidArgument` for a bloom filter of a column that files do not have.
  package func writeOptions(
    for schema: Schema, partitionColumns: [String] = []
  ) throws(GrebeError) -> ParquetWriteOptions {
    var options = ParquetWriteOptions()
    options.codec = codec ?? options.codec
    options.profile = profile
    let fields = schema.fields.filter { !partitionColumns.contains($0.name) }
    for name in bloomFilterColumns {
      guard let path = leafPath(name, in: fields) else {
        throw GrebeError(
          .invalidArgument, "no column to make a bloom filter of", place: name,
          hint: partitionColumns.contains(name)
            ? "partition columns are not in the files"
            : nameHint(for: name, among: fields.map(\.name)))
      }
      options.bloomFilters.append(BloomFilterRequest(path: path))
    }
    return options
  }

  /// Names from the root to a leaf: of a whole name first, for names may hold dots.
  private func leafPath(_ name: String, in fields: [Field]) -> [String]? {
    let schema = Schema(fields)
    if let index = schema.resolve(name) {
      return fields[index].type.isNested ? nil : [fields[index].name]
    }
    for (position, character) in zip(name.indices, name) where character == "." {
      guard let index = schema.resolve(String(name[..<position])),
        case .structure(let inner) = fields[index].type,
        let rest = leafPath(String(name[name.index(after: position)...]), in: inner)
      else { continue }
      return [fields[index].name] + rest
    }
    return nil
  }
}
