/// What a text shows of where fractions begin in its numbers.
package enum DecimalMark: Sendable, Hashable {
  /// Nothing, or the user says it.
  case untold
  /// A value such as `0.5` or `1,234.5`, or a fraction in a text whose fields commas separate.
  case point
  /// A value such as `0,5`.
  case comma
  /// Neither of those, or both, in different columns; and values such as `1.234`, which may be
  /// fractions or thousands.
  case ambiguous(AmbiguousNumbers)
}

/// Numbers of a text that may be fractions or thousands.
package struct AmbiguousNumbers: Sendable, Hashable {
  /// The first column that has such, and one of them.
  package let column: String
  package let value: String
  /// What they are read as.
  package var areThousands: Bool
}
