import Base

/// Row positions of one file, compressed: 65,536 neighbouring positions are one chunk, kept as
/// whichever is smallest of a list, runs and bits (Roaring bitmaps, arXiv:1603.06549).
///
/// Built in ascending order. At most one bit a row of the chunks it has positions in.
package struct RowSet: Sendable {
  enum Container: Sendable, Equatable {
    /// Ascending.
    case list([UInt16])
    /// Ascending and apart from each other; the last position is part of the run.
    case runs([ClosedRange<UInt16>])
    /// 1024 words, bit `i` of word `w` for position `64 w + i`.
    case bits([UInt64])
  }

  struct Chunk: Sendable, Equatable {
    /// The positions' bits above the low 16.
    var key: UInt64
    var container: Container
  }

  static let chunkSize: UInt64 = 1 << 16

  /// By ascending key; none is empty.
  private(set) var chunks: [Chunk]

  init(chunks: [Chunk]) { self.chunks = chunks }

  package init() { chunks = [] }

  /// - Parameter ranges: ascending; they may touch but not overlap. Empty ones are skipped.
  package init(_ ranges: some Sequence<Range<UInt64>>) {
    var builder = RowSetBuilder()
    for range in ranges { builder.append(range) }
    self = builder.finish()
  }

  package var isEmpty: Bool { chunks.isEmpty }

  /// Number of positions. O(chunks), times 1024 for those of bits.
  package var count: UInt64 { chunks.reduce(0) { $0 + UInt64($1.container.count) } }

  /// The largest position; nil if there is none.
  package var last: UInt64? {
    guard let chunk = chunks.last else { return nil }
    var last: UInt64 = 0
    chunk.container.forEachRun { last = UInt64($0.upperBound) }
    return chunk.key << 16 | last
  }

  package func contains(_ position: UInt64) -> Bool {
    var found = false
    forEachRange(in: position..<position + 1) { _ in found = true }
    return found
  }

  /// Calls `body` with the positions within `bounds`, as ascending ranges; neighbouring ranges may
  /// touch where a chunk ends. O(log chunks + positions of the chunks that `bounds` meets).
  package func forEachRange(in bounds: Range<UInt64>, _ body: (Range<UInt64>) -> Void) {
    if bounds.isEmpty { return }
    var index = firstChunk(from: bounds.lowerBound >> 16)
    while index < chunks.count, chunks[index].key << 16 < bounds.upperBound {
      let start = chunks[index].key << 16
      chunks[index].container.forEachRun { run in
        let lower = max(start + UInt64(run.lowerBound), bounds.lowerBound)
        let upper = min(start + UInt64(run.upperBound) + 1, bounds.upperBound)
        if lower < upper { body(lower..<upper) }
      }
      index += 1
    }
  }

  /// Every position, as ascending ranges.
  package func forEachRange(_ body: (Range<UInt64>) -> Void) {
    guard let last else { return }
    forEachRange(in: 0..<last + 1, body)
  }

  /// Number of positions within `bounds`.
  package func count(in bounds: Range<UInt64>) -> UInt64 {
    var count: UInt64 = 0
    forEachRange(in: bounds) { count += UInt64($0.count) }
    return count
  }

  private func firstChunk(from key: UInt64) -> Int {
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The positions in either. O(positions of both, as ranges).
  package func union(_ other: RowSet) -> RowSet {
    var builder = RowSetBuilder()
    let (mine, theirs) = (ranges, other.ranges)
    var (a, b) = (0, 0)
    while a < mine.count || b < theirs.count {
      if b == theirs.count || (a < mine.count && mine[a].lowerBound <= theirs[b].lowerBound) {
        builder.append(mine[a])
        a += 1
      } else {
        builder.append(theirs[b])
        b += 1
      }
    }
    return builder.finish()
  }

  /// The positions that `other` has not.
  package func subtracting(_ other: RowSet) -> RowSet {
    var builder = RowSetBuilder()
    forEachRange { range in other.complement(in: range) { builder.append($0) } }
    return builder.finish()
  }

  /// The positions below `count` that are not in the set.
  package func complement(of count: UInt64) -> RowSet {
    var builder = RowSetBuilder()
    complement(in: 0..<count) { builder.append($0) }
    return builder.finish()
  }

  /// Calls `body` with the positions within `bounds` that are not in the set, as ascending ranges.
  func complement(in bounds: Range<UInt64>, _ body: (Range<UInt64>) -> Void) {
    var next = bounds.lowerBound
    forEachRange(in: bounds) { range in
      if next < range.lowerBound { body(next..<range.lowerBound) }
      next = range.upperBound
    }
    if next < bounds.upperBound { body(next..<bounds.upperBound) }
  }

  package var ranges: [Range<UInt64>] {
    var ranges: [Range<UInt64>] = []
    forEachRange { ranges.append($0) }
    return ranges
  }
}

extension RowSet.Container {
  var count: Int {
    switch self {
    case .list(let positions): positions.count
    case .runs(let runs): runs.reduce(0) { $0 + $1.count }
    case .bits(let words): words.reduce(0) { $0 + $1.nonzeroBitCount }
    }
  }

  /// Calls `body` with runs of positions, ascending.
  func forEachRun(_ body: (ClosedRange<UInt16>) -> Void) {
    switch self {
    case .runs(let runs): for run in runs { body(run) }
    case .list(let positions):
      var index = 0
      while index < positions.count {
        let first = positions[index]
        var last = first
        index += 1
        while index < positions.count, last < .max, positions[index] == last + 1 {
          last = positions[index]
          index += 1
        }
        body(first...last)
      }
    case .bits(let words):
      var position = 0
      while let first = RowSet.Container.next(words, from: position, isSet: true) {
        let end = RowSet.Container.next(words, from: first, isSet: false) ?? words.count * 64
        body(UInt16(first)...UInt16(end - 1))
        position = end
      }
    }
  }

  /// The first position at or after `start` whose bit is set, or is not.
  private static func next(_ words: [UInt64], from start: Int, isSet: Bool) -> Int? {
    var index = start >> 6
    guard index < words.count else { return nil }
    var word = (isSet ? words[index] : ~words[index]) & (UInt64.max << UInt64(start & 63))
    while word == 0 {
      index += 1
      guard index < words.count else { return nil }
      word = isSet ? words[index] : ~words[index]
    }
    return index << 6 + word.trailingZeroBitCount
  }

  /// Of runs that ascend and do not touch, whichever form takes the fewest bytes.
  init(smallestOf runs: [ClosedRange<UInt16>]) {
    let count = runs.reduce(0) { $0 + $1.count }
    let listBytes = 2 * count
    let runBytes = 2 + 4 * runs.count
    let isDense = count > RowSet.listMaxCount
    if runBytes < (isDense ? RowSet.bitsBytes : listBytes) {
      self = .runs(runs)
    } else if isDense {
      var words = [UInt64](repeating: 0, count: RowSet.bitsBytes / 8)
      for run in runs {
        for position in run { words[Int(position >> 6)] |= 1 << UInt64(position & 63) }
      }
      self = .bits(words)
    } else {
      self = .list(runs.flatMap { Array($0) })
    }
  }
}

extension RowSet {
  /// A longer list is kept as bits: the format says so.
  static let listMaxCount = 4096
  static let bitsBytes = 8192
}

/// Takes positions in ascending order.
package struct RowSetBuilder {
  private var chunks: [RowSet.Chunk] = []
  private var key: UInt64 = 0
  private var runs: [ClosedRange<UInt16>] = []

  package init() {}

  /// - Precondition: it does not start before the last range started.
  package mutating func append(_ range: Range<UInt64>) {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(range.upperBound, (start >> 16 + 1) << 16)
      append(chunk: start >> 16, UInt16(start & 0xFFFF)...UInt16((end - 1) & 0xFFFF))
      start = end
    }
  }

  private mutating func append(chunk: UInt64, _ run: ClosedRange<UInt16>) {
    if chunk != key {
      // A range that overlaps one which reached further is in the chunks that are done.
      if chunk < key { return }
      endChunk()
      key = chunk
    }
    if let last = runs.last, Int(run.lowerBound) <= Int(last.upperBound) + 1 {
      precondition(run.lowerBound >= last.lowerBound)
      runs[runs.count - 1] = last.lowerBound...max(last.upperBound, run.upperBound)
    } else {
      runs.append(run)
    }
  }

  private mutating func endChunk() {
    if !runs.isEmpty {
      chunks.append(RowSet.Chunk(key: key, container: .init(smallestOf: runs)))
    }
    runs = []
  }

  package mutating func finish() -> RowSet {
    endChunk()
    defer { chunks = [] }
    return RowSet(chunks: chunks)
  }
}
