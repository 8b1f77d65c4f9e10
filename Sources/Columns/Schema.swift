/// One column: name, type, whether nulls are allowed, and its metadata.
public struct Field: Sendable, Hashable {
  public var name: String
  public var type: DataType
  public var nullable: Bool
  /// Keys to raw JSON values, kept as they came so that unknown ones survive a rewrite.
  public var metadata: [String: String]

  public init(
    _ name: String, _ type: DataType, nullable: Bool = true, metadata: [String: String] = [:]
  ) {
    self.name = name
    self.type = type
    self.nullable = nullable
    self.metadata = metadata
  }
}

/// The columns of a table, in order.
public struct Schema: Sendable, Hashable {
  public var fields: [Field]

  public init(_ fields: [Field]) { self.fields = fields }

  public var count: Int { fields.count }
  public var names: [String] { fields.map(\.name) }

  /// Position of the column of exactly this name. O(n).
  public func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }

  /// Position by exact name, else by name without regard to case if only one column fits.
  public func resolve(_ name: String) -> Int? {
    if let exact = index(of: name) { return exact }
    let lowered = name.lowercased()
    let matches = fields.indices.filter { fields[$0].name.lowercased() == lowered }
    return matches.count == 1 ? matches[0] : nil
  }

  /// The columns at `indices`, in that order.
  public func selecting(_ indices: [Int]) -> Schema { Schema(indices.map { fields[$0] }) }
}
