import Columns

/// Columns that the records of a text are to fill: those of a table, or of a text read before.
struct KnownColumns: Sendable {
  /// In lower case; empty where they have none.
  let names: Set<String>
  /// By position; `string` where any text is a value.
  let types: [DataType]
  /// Whether rows have told the types, or a table has them.
  private let hasRows: Bool

  init(names: some Sequence<String>, types: [DataType], hasRows: Bool = true) {
    self.hasRows = hasRows
    self.names = Set(names.map { $0.lowercased() })
    self.types = types.map {
      switch $0 {
      case .date, .boolean, .timestamp, .timestampNtz: $0
      default: $0.isNumeric ? $0 : .string
      }
    }
  }

  /// How many of some names are theirs.
  func sharedCount(_ names: [String]) -> Int {
    names.count { self.names.contains($0.lowercased()) }
  }

  /// Whether a first record is their header, and no row of theirs that has a name for a value.
  ///
  /// It is one if all of its fields are names; or if one is, and it cannot be a row: it has other
  /// fields, or text where they have values. Where they are text alone, most have to be names: a
  /// row too many is seen, a row too few is not.
  ///
  /// - Parameters:
  ///   - names: what it would call its columns.
  ///   - record: types of its fields, as those of a row; nil for a null.
  func isHeader(_ names: [String], record: [DataType?]) -> Bool {
    let shared = sharedCount(names)
    if shared == 0 || shared == names.count { return shared > 0 }
    guard hasRows, names.count == types.count, record.count == types.count else { return true }
    let typed = zip(types, record).filter { $0.0 != .string }
    if typed.contains(where: { $0.1 == .string }) { return true }
    return typed.allSatisfy { $0.1 == nil } && shared * 2 > names.count
  }

  /// Whether records of such types may be rows of theirs. A null is a value of any type.
  func hold(_ record: [DataType?]) -> Bool {
    record.count == types.count
      && zip(types, record).allSatisfy { $0 == .string || ($1 ?? $0) != .string }
  }
}

extension DialectOverrides {
  /// The same for a text of nothing but lines that look like comments and may be rows.
  func takingCommentsForRows() -> DialectOverrides {
    var plain = self
    plain.comment = .some(nil)
    if plain.hasHeader == nil { plain.hasHeader = false }
    return plain
  }
}
