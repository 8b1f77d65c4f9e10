/// A column that is not called what the header of its source says, because the header has the name
/// more than once.
public struct RenamedColumn: Sendable, Equatable {
  /// The first source with such a header.
  public let source: String
  /// The name in the header.
  public let header: String
  public let name: String
}
