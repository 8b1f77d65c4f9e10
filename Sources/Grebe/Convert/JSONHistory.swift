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

  /// Nil for delimited text.
  init?(_ shape: SourceShape) {
    guard case .json(let layout, let kind, _) = shape.format else { return nil }
    self.kind = kind
    rowsMember = layout.rowsMember
    names = kind == .tuples ? shape.names : nil
  }

  /// What it tells of other sources.
  ///
  /// - Parameter columns: that members fill.
  func prior(columns: [String]) -> JSONPrior {
    JSONPrior(
      rowsMember: rowsMember, names: names, records: kind == .values ? .values : .objects,
      columns: columns)
  }

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
