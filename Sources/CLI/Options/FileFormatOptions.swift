import ArgumentParser
import Grebe

/// How the Parquet files of a table are written.
struct FileFormatOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      zstd[:1-22], lz4, snappy, gzip[:1-9], brotli[:0-11] or none. (default: the table's \
      delta.parquet.compression.codec, or zstd)
      """)
  var compression: String?

  @Option(
    name: .long,
    help: """
      compatible (plain and dictionary encodings: every reader there is), standard (adds delta \
      encodings: Spark, DuckDB, Polars, pyarrow of the last years) or modern (adds newer encodings \
      and V2 pages: Grebe and the newest readers). (default: standard)
      """)
  var parquetProfile: String?

  @Option(
    name: .long,
    help: "Columns to write bloom filters of, for lookups of single values: id,customer.email.")
  var bloomFilter: String?

  /// The first option that was given.
  var given: String? {
    if compression != nil { return "--compression" }
    if parquetProfile != nil { return "--parquet-profile" }
    return bloomFilter == nil ? nil : "--bloom-filter"
  }

  func format() throws -> FileFormat {
    var format = FileFormat()
    if let compression { try format.setCompression(compression) }
    if let parquetProfile { try format.setProfile(parquetProfile) }
    format.bloomFilterColumns = bloomFilter.map(splitOutsideParentheses) ?? []
    return format
  }
}
