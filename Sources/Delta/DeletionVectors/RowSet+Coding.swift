// The bytes of a deletion vector: Delta protocol (PROTOCOL.md), "Deletion Vector Format", and the
// Roaring format specification (RoaringBitmap/RoaringFormatSpec). Little endian.
//
//   magic UInt32 = 1681511377, bitmap count UInt64, then by ascending key a bitmap of 2^32
//   positions: key UInt32
//   cookie UInt32    12346, then the chunk count UInt32; or, when some chunk is of runs,
//                    12347 | (chunk count - 1) << 16, then a bit a chunk: is it of runs?
//   chunks           key UInt16, position count - 1 UInt16
//   offsets          UInt32 a chunk; missing where chunks of runs are among fewer than 4
//   containers       list: UInt16 a position; bits: 1024 UInt64, of more than 4096 positions;
//                    runs: run count UInt16, then first UInt16 and length - 1 UInt16 a run
import Base

private let magic: UInt32 = 1_681_511_377
private let cookieWithoutRuns: UInt32 = 12346
private let cookieWithRuns: UInt32 = 12347
private let noOffsetChunkCount = 4

extension RowSet {
  /// - Throws: `DecodingFault` for bytes that no writer may produce.
  init(decoding bytes: RawSpan) throws(DecodingFault) {
    var reader = ByteReader(bytes)
    guard try reader.readInteger(UInt32.self) == magic else { throw .malformed(offset: 0) }
    let bitmapCount = try reader.readInteger(UInt64.self)
    var chunks: [Chunk] = []
    var previous: UInt32?
    // Every bitmap takes bytes, so that the end of the bytes bounds the loop.
    for _ in 0..<bitmapCount {
      let key = try reader.readInteger(UInt32.self)
      if let previous, key <= previous { throw .malformed(offset: reader.offset) }
      // Positions are signed.
      if key > UInt32(Int32.max) { throw .malformed(offset: reader.offset) }
      previous = key
      try RowSet.decode(&reader, key: UInt64(key) << 16, into: &chunks)
    }
    self.init(chunks: chunks)
  }

  private static func decode(
    _ reader: inout ByteReader, key: UInt64, into chunks: inout [Chunk]
  ) throws(DecodingFault) {
    let cookie = try reader.readInteger(UInt32.self)
    let count: Int
    var runFlags: [UInt8] = []
    switch cookie {
    case cookieWithoutRuns: count = Int(try reader.readInteger(UInt32.self))
    case _ where cookie & 0xFFFF == cookieWithRuns:
      count = Int(cookie >> 16) + 1
      for _ in 0..<(count + 7) / 8 { runFlags.append(try reader.readUInt8()) }
    default: throw .malformed(offset: reader.offset)
    }
    guard count <= 1 << 16 else { throw .outOfRange(offset: reader.offset) }
    var headers: [(key: UInt16, count: Int)] = []
    for _ in 0..<count {
      let low = try reader.readInteger(UInt16.self)
      if let last = headers.last, low <= last.key { throw .malformed(offset: reader.offset) }
      headers.append((low, Int(try reader.readInteger(UInt16.self)) + 1))
    }
    if runFlags.isEmpty || count >= noOffsetChunkCount { _ = try reader.readBytes(4 * count) }
    for (index, header) in headers.enumerated() {
      let isRuns = !runFlags.isEmpty && runFlags[index / 8] >> UInt8(index % 8) & 1 == 1
      let container = try Container(&reader, count: header.count, isRuns: isRuns)
      chunks.append(Chunk(key: key | UInt64(header.key), container: container))
    }
  }

  /// The set as a deletion vector holds it. O(bytes).
  func encoded() -> Buffer<UInt8> {
    var writer = ByteWriter()
    let bitmaps = Dictionary(grouping: chunks) { UInt32($0.key >> 16) }.sorted { $0.key < $1.key }
    writer.appendInteger(magic)
    writer.appendInteger(UInt64(bitmaps.count))
    for (key, chunks) in bitmaps {
      writer.appendInteger(key)
      RowSet.encode(chunks, to: &writer)
    }
    return writer.freeze()
  }

  private static func encode(_ chunks: [Chunk], to writer: inout ByteWriter) {
    let start = writer.count
    let hasRuns = chunks.contains(where: \.container.isRuns)
    if hasRuns {
      writer.appendInteger(cookieWithRuns | UInt32(chunks.count - 1) << 16)
      var flags = [UInt8](repeating: 0, count: (chunks.count + 7) / 8)
      for (index, chunk) in chunks.enumerated() where chunk.container.isRuns {
        flags[index / 8] |= 1 << UInt8(index % 8)
      }
      writer.append(flags)
    } else {
      writer.appendInteger(cookieWithoutRuns)
      writer.appendInteger(UInt32(chunks.count))
    }
    for chunk in chunks {
      writer.appendInteger(UInt16(truncatingIfNeeded: chunk.key))
      writer.appendInteger(UInt16(chunk.container.count - 1))
    }
    if !hasRuns || chunks.count >= noOffsetChunkCount {
      var offset = writer.count - start + 4 * chunks.count
      for chunk in chunks {
        writer.appendInteger(UInt32(offset))
        offset += chunk.container.sizeBytes
      }
    }
    for chunk in chunks { chunk.container.encode(to: &writer) }
  }
}

extension RowSet.Container {
  fileprivate var isRuns: Bool { if case .runs = self { true } else { false } }

  fileprivate var sizeBytes: Int {
    switch self {
    case .list(let positions): 2 * positions.count
    case .runs(let runs): 2 + 4 * runs.count
    case .bits: RowSet.bitsBytes
    }
  }

  fileprivate init(
    _ reader: inout ByteReader, count: Int, isRuns: Bool
  ) throws(DecodingFault) {
    let start = reader.offset
    if isRuns {
      var runs: [ClosedRange<UInt16>] = []
      for _ in 0..<(try reader.readInteger(UInt16.self)) {
        let first = try reader.readInteger(UInt16.self)
        let (last, isTooLong) = first.addingReportingOverflow(
          try reader.readInteger(UInt16.self))
        guard !isTooLong, runs.last.map({ $0.upperBound < first }) ?? true else {
          throw .malformed(offset: start)
        }
        runs.append(first...last)
      }
      self = .runs(runs)
    } else if count > RowSet.listMaxCount {
      guard reader.remaining >= RowSet.bitsBytes else { throw .truncated(offset: start) }
      var words: [UInt64] = []
      words.reserveCapacity(RowSet.bitsBytes / 8)
      for _ in 0..<RowSet.bitsBytes / 8 { words.append(try reader.readInteger(UInt64.self)) }
      self = .bits(words)
    } else {
      var positions: [UInt16] = []
      for _ in 0..<count {
        let position = try reader.readInteger(UInt16.self)
        if let last = positions.last, position <= last { throw .malformed(offset: start) }
        positions.append(position)
      }
      self = .list(positions)
    }
    guard self.count == count else { throw .malformed(offset: start) }
  }

  fileprivate func encode(to writer: inout ByteWriter) {
    switch self {
    case .list(let positions): for position in positions { writer.appendInteger(position) }
    case .bits(let words): for word in words { writer.appendInteger(word) }
    case .runs(let runs):
      writer.appendInteger(UInt16(runs.count))
      for run in runs {
        writer.appendInteger(run.lowerBound)
        writer.appendInteger(run.upperBound - run.lowerBound)
      }
    }
  }
}
