import ArgumentParser
import Grebe

/// How the Parquet files of a table are written.
struct FileFormatOptions: ParsableArguments {
  @Option(name: .long, help: "zstd[:1-22], lz4, snappy, gzip[:1-9], brotli[:0-11] or none.")
  var compression = "zstd"

  @Option(
    name: .long,
    help: """
      compatible (plain and dictionary encodings: every reader there is), standard (adds delta \
      encodings: Spark, DuckDB, Polars, pyarrow of the last years) or modern (adds newer encodings \
      and V2 pages: Grebe and the newest readers).
      """)
  var parquetProfile = "standard"

  @Option(
    name: .long,
    help: "Columns to write bloom filters of, for lookups of single values: id,customer.email.")
  var bloomFilter: String?

  func format() throws -> FileFormat {
    var format = FileFormat()
    try format.setCompression(compression)
    try format.setProfile(parquetProfile)
    format.bloomFilterColumns = bloomFilter.map(splitOutsideParentheses) ?? []
    return format
  }
}
