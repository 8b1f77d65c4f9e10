/// Paths of many files: by directory, then by name. They take little more memory than their names,
/// and as text one directory's at a time.
public struct PathList: Sequence, Sendable {
  private let chunks: [PathChunk]
  public let count: Int

  /// O(chunks log chunks).
  init(_ chunks: [PathChunk] = []) {
    self.chunks = chunks.sorted { $0.directory < $1.directory }
    count = chunks.reduce(0) { $0 + $1.count }
  }

  public struct Iterator: IteratorProtocol {
    fileprivate var chunks: ArraySlice<PathChunk>
    /// Of the directory at hand, the next one last.
    private var paths: [String] = []

    fileprivate init(_ chunks: [PathChunk]) { self.chunks = chunks[...] }

    public mutating func next() -> String? {
      if paths.isEmpty, let directory = chunks.first?.directory {
        let same = chunks.prefix { $0.directory == directory }
        paths = same.flatMap { $0.files.map(\.path) }.sorted(by: >)
        chunks = chunks.dropFirst(same.count)
      }
      return paths.popLast()
    }
  }

  public func makeIterator() -> Iterator { Iterator(chunks) }
}
