/// Upper bounds that every length read from outside is compared with before it allocates or loops.
package enum Limits {
  /// A Parquet footer larger than this is refused.
  package static let footerBytes = 1 << 30
  /// One page, compressed or not. Parquet counts page bytes in an Int32.
  package static let pageBytes = Int(Int32.max)
  /// Nesting of Thrift structs, JSON values, SQL expressions.
  package static let nestingDepth = 64
  /// Groups that a Parquet column lies in, and types that a type of a Delta schema lies in. Levels
  /// of a column fit a byte, and a schema's JSON stays within `jsonDepth`.
  package static let schemaDepth = 128
  package static let jsonDepth = 512
  /// Columns of a table or fields of a record.
  package static let fieldCount = 1 << 17
  /// One CSV field or one JSON string.
  package static let fieldBytes = 256 << 20
  /// One commit file of a Delta log.
  package static let commitBytes = 2 << 30
  /// Sizes, row counts, times and versions that a log states: no real one comes near, and one can
  /// be added to another. Totals over files still have to saturate.
  package static let logNumber: Int64 = 1 << 62
}
