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

  /// Columns of another version that this one does not have: it may have others of their names.
  package func columns(lackingOf other: Snapshot) -> [String] {
    let mine = Set(schema.fields.map { $0.physicalName(metadata.columnMapping) })
    return other.schema.fields
      .filter { !mine.contains($0.physicalName(other.metadata.columnMapping)) }.map(\.name)
  }
}
