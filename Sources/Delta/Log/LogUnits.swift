import Base
import Store

/// What a worker reads of a log at a time: some small files, or a part of a large one.
enum LogUnit: Sendable {
  case whole(ArraySlice<LogSource>)
  /// The lines that start in these bytes of the file.
  case part(LogSource, Range<Int64>)

  /// Bytes of a part, or of small files together: they and their index stay in a core's cache.
  private static let sizeBytes: Int64 = 256 << 10
  private static let fileCountMax = 64

  /// All of the sources, in the order they come in; of a commit the last part first. Of one file of
  /// a table a log compaction should have one action; where there are more the first counts, which
  /// whoever put commits together had seen last.
  static func units(_ sources: [LogSource]) -> [LogUnit] {
    var units: [LogUnit] = []
    var start = 0
    var gathered: Int64 = 0
    func flush(_ end: Int) {
      if end > start { units.append(.whole(sources[start..<end])) }
      start = end
      gathered = 0
    }
    for (index, source) in sources.enumerated() {
      let size = source.entry.sizeBytes
      if size > 2 * sizeBytes {
        flush(index)
        let count = (size + sizeBytes - 1) / sizeBytes
        for index in 0..<count {
          let part = source.isCompaction ? index : count - 1 - index
          units.append(.part(source, part * sizeBytes..<min((part + 1) * sizeBytes, size)))
        }
        start = index + 1
      } else {
        gathered += size
        if gathered > sizeBytes || index + 1 - start >= fileCountMax { flush(index + 1) }
      }
    }
    flush(sources.count)
    return units
  }

  /// Reads and parses the unit.
  ///
  /// - Throws: `corrupt` naming file and line; `notFound` naming a file that is gone.
  func piece(_ store: any ObjectStore, _ lines: inout LogLines) throws(DeltaError) -> ReplayPiece {
    var piece = ReplayPiece()
    switch self {
    case .whole(let sources):
      for source in sources.reversed() {
        try checkSize(source.entry, version: source.version, table: store.location)
        let bytes = try readingLog(source.entry.path, table: store.location) {
          () throws(StoreError) in
          try store.read(source.entry.path, range: nil)
        }
        try parse(bytes, source, store, &lines, into: &piece)
      }
    case .part(let source, let range):
      try checkSize(source.entry, version: source.version, table: store.location)
      let bytes = try readingLog(source.entry.path, table: store.location) {
        () throws(StoreError) in
        try readLines(startingIn: range, of: try store.openReader(source.entry.path))
      }
      try parse(bytes, source, store, &lines, into: &piece)
    }
    return piece
  }

  private func parse(
    _ bytes: Buffer<UInt8>, _ source: LogSource, _ store: any ObjectStore,
    _ lines: inout LogLines, into piece: inout ReplayPiece
  ) throws(DeltaError) {
    let known = piece.steps.count
    do throws(ActionFault) {
      try lines.read(bytes, version: source.version, into: &piece)
    } catch {
      // Rare enough to read all of it again, for the number of the line.
      if !source.isCompaction {
        _ = try CommitFile.read(store, source.entry, version: source.version)
      }
      throw .corrupt(
        error.message, table: store.location, version: source.version, file: source.entry.path)
    }
    // A log compaction file is no commit: it has no `commitInfo` and may have nothing at all.
    if source.isCompaction {
      piece.tallies.removeLast()
      piece.steps[known...].reverse()
    }
  }
}

/// The bytes of the lines of which the first byte lies in `range`.
private func readLines(
  startingIn range: Range<Int64>, of file: any ObjectReader
) throws(StoreError) -> Buffer<UInt8> {
  // With the byte before, to see whether a line starts at the first.
  let first = max(range.lowerBound - 1, 0)
  let end = min(range.upperBound, file.sizeBytes)
  guard first < end else { return Buffer() }
  let bytes = try file.read(first..<end)
  var start = 0
  if range.lowerBound > 0 {
    guard let newline = firstNewline(bytes), newline + 1 < bytes.count else { return Buffer() }
    start = newline + 1
  }
  let lines = bytes.slice(start..<bytes.count)
  if bytes[bytes.count - 1] == UInt8(ascii: "\n") || end == file.sizeBytes { return lines }
  var output = ByteWriter(capacity: lines.count + 4096)
  output.append(lines)
  var offset = end
  while offset < file.sizeBytes {
    let more = try file.read(offset..<min(offset + 65536, file.sizeBytes))
    if let newline = firstNewline(more) {
      output.append(more.slice(0..<newline))
      break
    }
    output.append(more)
    offset += Int64(more.count)
  }
  return output.freeze()
}

private func firstNewline(_ buffer: Buffer<UInt8>) -> Int? {
  let bytes = buffer.span
  for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") { return index }
  return nil
}
