import Base
package import Columns

/// How a row changed, as the change data feed spells it.
package enum ChangeType: String, Sendable {
  case insert, delete
}

/// Rows of one file that came or went.
struct ChangedRows: Sendable {
  let file: AddFile
  let rows: RowChoice
  /// Nil for a change file, whose rows say themselves what they are.
  let type: ChangeType?
  /// Whether an equal row on the other side, of the same commit where it is known, means that
  /// neither came or went.
  var cancels = false
  /// The commit that they changed with, where it is known.
  var version: Int64?
  var timestampMillis: Int64?
}

/// The columns that say what a row of a change feed is: Delta protocol (PROTOCOL.md), "Change Data
/// Files", names as Spark has them.
package enum ChangeColumns {
  package static let type = Field(ChangeFile.typeColumn, .string, nullable: false)
  package static let version = Field("_commit_version", .long, nullable: false)
  package static let timestamp = Field("_commit_timestamp", .timestamp, nullable: false)
}

extension AddFile {
  /// What changed between two states of one data file, of which one or both have a deletion vector.
  func changes(
    to other: AddFile, _ rows: (AddFile) throws(DeltaError) -> RowSet
  ) throws(DeltaError) -> [ChangedRows] {
    let (before, after) = (try rows(self), try rows(other))
    let (gone, back) = (after.subtracting(before), before.subtracting(after))
    return [(gone, ChangeType.delete), (back, .insert)].filter { !$0.0.isEmpty }.map {
      ChangedRows(file: other, rows: .only($0.0), type: $0.1)
    }
  }
}

extension Snapshot {
  /// Throws where files of another version cannot be read with this version's columns.
  func checkReads(_ other: TableMetadata, _ version: Int64) throws(DeltaError) {
    let wanted = metadata.schema.readable
    for field in other.schema.readable.fields {
      let name = field.physicalName(other.columnMapping)
      let known = wanted.fields.first { $0.physicalName(metadata.columnMapping) == name }
      guard let new = known else { continue }
      if field.type == new.type || field.type.widens(to: new.type) { continue }
      throw DeltaError(
        .unsupported,
        "the column \(new.name) is \(field.type) in version \(version) and \(new.type) in version "
          + "\(self.version): rows of the two cannot be compared", table: location,
        hint: "compare versions on one side of that change")
    }
  }

  /// Columns of another version, and fields of theirs, that this one does not have: it may have
  /// others of their names. Paths as SQL has them: `customer.zip`, `tags.element.k`.
  func columns(lackingOf other: TableMetadata) -> [String] {
    metadata.schema.fields.lacking(
      other.schema.fields, metadata.columnMapping, other.columnMapping)
  }
}

/// Columns whose values a comparison leaves out.
package struct LeftOutColumns: Sendable, Equatable {
  /// The first version that has them.
  package let version: Int64
  package let paths: [String]
}

extension [Field] {
  /// Paths of what `others` have besides. Fields are told by their physical names.
  fileprivate func lacking(
    _ others: [Field], _ mapping: ColumnMapping, _ theirs: ColumnMapping
  ) -> [String] {
    let mine = Dictionary(map { ($0.physicalName(mapping), $0.type) }) { first, _ in first }
    return others.flatMap { field in
      guard let type = mine[field.physicalName(theirs)] else { return [field.name] }
      return type.lacking(field.type, mapping, theirs).map { field.name + "." + $0 }
    }
  }
}

extension DataType {
  fileprivate func lacking(
    _ other: DataType, _ mapping: ColumnMapping, _ theirs: ColumnMapping
  ) -> [String] {
    switch (self, other) {
    case (.structure(let fields), .structure(let others)):
      fields.lacking(others, mapping, theirs)
    case (.array(let element, _), .array(let other, _)):
      element.lacking(other, mapping, theirs).map { "element." + $0 }
    case (.map(let key, let value, _), .map(let otherKey, let otherValue, _)):
      key.lacking(otherKey, mapping, theirs).map { "key." + $0 }
        + value.lacking(otherValue, mapping, theirs).map { "value." + $0 }
    default: []
    }
  }
}
