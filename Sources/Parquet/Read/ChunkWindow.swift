import Base

/// A part of a chunk to be read, from one page's header on.
struct ChunkPart: Equatable {
  /// In the file.
  var range: Range<Int64>
  /// The row that the first data page starts with; nil for a dictionary page.
  var firstRow: Int?
  /// Of the first page, in the chunk.
  var firstPage = 0
}

/// The bytes of a chunk that were fetched and are still needed.
///
/// What is missing is asked for a window at a time and always continues what is there, so that no
/// byte is fetched twice. Only what lies across two windows is copied.
struct ChunkWindow {
  private var parts: ArraySlice<ChunkPart>
  private let windowSizeBytes: Int64
  /// One after the other in the file.
  private var pieces: [(offset: Int64, bytes: Buffer<UInt8>)] = []
  /// Of the next byte to be read, in the file.
  private(set) var position: Int64

  /// - Precondition: the parts are in order and do not overlap.
  init(_ parts: [ChunkPart], windowSizeBytes: Int) {
    self.parts = parts[...]
    self.windowSizeBytes = Int64(windowSizeBytes)
    position = parts.first?.range.lowerBound ?? 0
  }

  /// The part that is being read; nil at the end.
  var part: ChunkPart? { parts.first }
  /// Bytes of the part that were not read yet.
  var remainingBytes: Int64 { part.map { max($0.range.upperBound - position, 0) } ?? 0 }
  private var fetchedEnd: Int64 {
    pieces.last.map { $0.offset + Int64($0.bytes.count) } ?? position
  }
  /// What is in memory of it, read or not.
  var heldBytes: Int { pieces.reduce(0) { $0 + $1.bytes.count } }
  var fetchedBytes: Int { Int(max(fetchedEnd - position, 0)) }

  /// The next part, as soon as this one is read.
  mutating func startNextPart() {
    parts.removeFirst()
    guard let part else { return }
    // One part may start in the window of another that it follows.
    move(to: part.range.lowerBound)
  }

  /// The bytes up to `offset` are not needed any more.
  mutating func move(to offset: Int64) {
    position = offset
    pieces.removeAll { $0.offset + Int64($0.bytes.count) <= offset }
    if let first = pieces.first, first.offset > offset { pieces = [] }
  }

  /// The next `count` bytes, left to be read again; nil if they were not fetched.
  func peek(_ count: Int) -> Buffer<UInt8>? {
    guard count <= fetchedBytes else { return nil }
    guard let first = pieces.first else { return Buffer() }
    let start = Int(position - first.offset)
    if count <= first.bytes.count - start { return first.bytes.slice(start..<start + count) }
    var joined = BufferBuilder<UInt8>(capacity: count)
    joined.append(contentsOf: first.bytes.slice(start..<first.bytes.count).span)
    for piece in pieces.dropFirst() {
      let size = min(count - joined.count, piece.bytes.count)
      joined.append(contentsOf: piece.bytes.slice(0..<size).span)
    }
    return joined.freeze()
  }

  /// Fetched bytes that lie together, without a copy.
  func peekPiece() -> Buffer<UInt8> {
    guard let first = pieces.first else { return Buffer() }
    return first.bytes.slice(Int(position - first.offset)..<first.bytes.count)
  }

  /// The bytes to fetch next, so that at least `count` are there: a window, or the rest of the part
  /// where little more is left.
  ///
  /// - Precondition: the part has as many bytes left.
  func missing(_ count: Int) -> Range<Int64> {
    let start = fetchedEnd
    let partEnd = part?.range.upperBound ?? start
    let least = max(position + Int64(count), start + windowSizeBytes)
    return start..<(partEnd - least <= windowSizeBytes ? partEnd : min(least, partEnd))
  }

  /// Takes the bytes that `missing` asked for.
  mutating func supply(_ bytes: Buffer<UInt8>) {
    pieces.append((fetchedEnd, bytes))
    move(to: position)
  }
}
