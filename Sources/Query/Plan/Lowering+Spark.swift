import Base
import Columns
import Compute

extension Lowering {
  var spark: Spark { Spark(isStored: isStored) }

  func checkSparkPart(_ field: CalendarField, _ expression: SQLExpression) throws(QueryError) {
    guard let fault = spark.fault(field) else { return }
    throw QueryError(.unsupported, fault, at: statement.position(expression.range))
  }

  /// Spark's LIKE escapes wildcards and the escape character, and refuses any other.
  func checkSparkPattern(
    _ pattern: String, _ escape: Character?, _ expression: SQLExpression
  ) throws(QueryError) {
    guard let escape = escape?.unicodeScalars.first else { return }
    var scalars = pattern.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == escape else { continue }
      let escaped = scalars.next()
      if let escaped, escaped == "%" || escaped == "_" || escaped == escape { continue }
      throw QueryError(
        .unsupported, "the LIKE pattern '\(pattern)' escapes what is no wildcard",
        at: statement.position(expression.range))
    }
  }
}
