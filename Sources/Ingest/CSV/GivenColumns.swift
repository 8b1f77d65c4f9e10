package import Base
import Columns

/// Columns that texts are to fill, and what their names tell of a first record: whether it is the
/// header.
package struct GivenColumns: Sendable {
  private let names: Set<String>
  private let count: Int

  package init(_ names: [String]) {
    self.names = Set(names.map { $0.lowercased() })
    count = names.count
  }

  private func areNamed(by found: DetectedDialect) -> Bool {
    found.dialect.hasHeader && found.names.contains { names.contains($0.lowercased()) }
  }

  /// How a text is written, as `found` has it but for this: a first record that has one of the
  /// names is a header; and so is one that has none, only if it stands over values of other types
  /// than text or over other fields than the columns. A row too many is seen, a row too few is not.
  ///
  /// - Parameter overrides: what the user says.
  /// - Complexity: O(sample).
  package func settling(
    _ found: DetectedDialect, sample: Buffer<UInt8>, isWholeInput: Bool,
    overrides: DialectOverrides
  ) -> DetectedDialect {
    if overrides.hasHeader != nil || found.fieldCount == 0 || areNamed(by: found) { return found }
    let body = sample.slice(min(found.dataOffset, sample.count)..<sample.count)
    if found.dialect.hasHeader && !found.isHeaderOnly(body, isWhole: isWholeInput) {
      let types = found.types(in: sample, isWholeInput, rowLimit: .max)
      if found.fieldCount != count || types.contains(where: { $0 ?? .string != .string }) {
        return found
      }
    }
    var other = overrides
    other.follow(found)
    other.hasHeader = !found.dialect.hasHeader
    let settled = CSVDialectDetector.detect(
      sample: sample, isWholeInput: isWholeInput, overrides: other)
    return found.dialect.hasHeader || areNamed(by: settled) ? settled : found
  }
}
