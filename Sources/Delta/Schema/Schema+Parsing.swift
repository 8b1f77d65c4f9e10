import Base
package import Columns

extension Schema {
  /// Parses a schema as `metaData.schemaString` has it, from outside a log.
  ///
  /// - Throws: `invalidArgument` that says what is wrong with it.
  package init(parsingDeltaJSON text: String) throws(DeltaError) {
    do {
      try self.init(deltaJSON: text)
    } catch {
      throw DeltaError(.invalidArgument, error.message)
    }
  }
}
