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
    let found = matches(name)
    return found.count == 1 ? found[0] : nil
  }

  /// Positions of the columns that a name may mean: the one of exactly that name, else all whose
  /// names differ from it in case alone. O(n).
  package func matches(_ name: String) -> [Int] {
    if let exact = index(of: name) { return [exact] }
    return fields.indices.filter { fields[$0].name.equalsIgnoringCase(name) }
  }

  /// The columns at `indices`, in that order.
  public func selecting(_ indices: [Int]) -> Schema { Schema(indices.map { fields[$0] }) }
}

extension String {
  /// Names that differ mostly do so in their first byte, and most have ASCII letters only: nothing
  /// is allocated for those.
  fileprivate func equalsIgnoringCase(_ other: String) -> Bool {
    func lowered(_ byte: UInt8) -> UInt8 {
      (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
    if utf8.elementsEqual(other.utf8, by: { lowered($0) == lowered($1) }) { return true }
    guard utf8.contains(where: { $0 >= 0x80 }) || other.utf8.contains(where: { $0 >= 0x80 }) else {
      return false
    }
    return lowercased() == other.lowercased()
  }
}
