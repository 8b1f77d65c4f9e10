import Columns

/// Positions of a schema's columns by name, for many look-ups: O(columns) to make, O(1) to ask.
struct SchemaLookup: Sendable {
  private struct Folded {
    var first: Int
    /// Whether no other column differs from it in case alone.
    var isOnly = true
  }

  private var exact: [String: Int] = [:]
  /// By name without regard to case.
  private var folded: [String: Folded] = [:]

  init(_ schema: Schema) {
    exact.reserveCapacity(schema.count)
    folded.reserveCapacity(schema.count)
    for (index, field) in schema.fields.enumerated() { add(field.name, at: index) }
  }

  /// A column more.
  mutating func add(_ name: String, at index: Int) {
    if exact[name] == nil { exact[name] = index }
    let key = name.lowercased()
    if folded[key] == nil {
      folded[key] = Folded(first: index)
    } else {
      folded[key]?.isOnly = false
    }
  }

  /// What `Schema.index(of:)` answers.
  func index(of name: String) -> Int? { exact[name] }

  /// What `Schema.resolve` answers.
  func resolve(_ name: String) -> Int? {
    if let index = exact[name] { return index }
    guard let found = folded[name.lowercased()], found.isOnly else { return nil }
    return found.first
  }

  /// Position of the first column of this name without regard to case.
  func firstIgnoringCase(_ name: String) -> Int? { folded[name.lowercased()]?.first }
}
