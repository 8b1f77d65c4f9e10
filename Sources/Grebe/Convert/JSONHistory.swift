import Base
import Ingest

/// How the first JSON source of a table is laid out. Whatever comes later is read by it, so that no
/// row depends on which sources share a load (spec/table-conventions.md, "Ledger").
struct JSONHistory: Sendable, Equatable {
  let kind: JSONRecordKind
  /// The member of the one object that holds the records; nil if they are no member's.
  let rowsMember: String?
  /// Of the columns that arrays fill by position.
  let names: [String]?

  init(_ layout: JSONLayout, _ kind: JSONRecordKind, names: [String]) {
    self.kind = kind
    rowsMember = layout.rowsMember
    self.names = kind == .tuples ? names : nil
  }

  /// What records of other sources are expected to be.
  var records: ExpectedJSONRecords { kind == .values ? .values : .objects }

  // MARK: In the ledger

  /// `name=value`, escaped.
  var parameters: [String] {
    ["records=\(kind.rawValue)"] + (rowsMember.map { ["rows=" + byteIdentity($0)] } ?? [])
      + (names.map { ["names=" + $0.map(byteIdentity).joined(separator: ",")] } ?? [])
  }

  /// Nil if the parameters do not say, or say what is not understood.
  init?(_ parameters: [Substring: Substring]) {
    guard let kind = parameters["records"].flatMap({ JSONRecordKind(rawValue: String($0)) }) else {
      return nil
    }
    self.kind = kind
    rowsMember = parameters["rows"].flatMap { percentDecoded(String($0)) }
    names = parameters["names"].map { list in
      list.split(separator: ",").compactMap { percentDecoded(String($0)) }
    }
    if (names != nil) != (kind == .tuples) { return nil }
  }
}
