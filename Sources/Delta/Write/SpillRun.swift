// A run: pieces by ascending partition, on a scratch file. One file holds the runs of a job.
//
//   run     := segment*                       its place kept in memory
//   segment := piece*                         about 128 KiB, at least one piece; LZ4 in large files
//   piece   := partition (u32), row count (u32), size of the rows (u64), rows (RowPacker)
import Base
import Compression
import Store

/// Where the segments of a run are.
struct SpillRun: Sendable {
  struct Segment: Sendable {
    var place: Range<Int64>
    var codec: Codec
    /// Not compressed.
    var sizeBytes: Int
  }

  var segments: [Segment] = []
}

/// Writes one run.
struct RunWriter: ~Copyable {
  private static let segmentBytes = 128 << 10
  /// A smaller scratch file stays in the system's memory for the most part, where compressing it
  /// takes longer than writing it.
  private static let compressedFromBytes: Int64 = 1 << 30

  private let scratch: any ScratchFile
  private let compressedFromBytes: Int64
  private var segment = ByteWriter()
  private var run = SpillRun()

  /// - Parameter compressedFromBytes: of the scratch file; nil for the usual.
  init(_ scratch: any ScratchFile, compressedFromBytes: Int64? = nil) {
    self.scratch = scratch
    self.compressedFromBytes = compressedFromBytes ?? RunWriter.compressedFromBytes
  }

  /// - Precondition: partitions ascend.
  mutating func append(_ piece: PackedPiece) throws(DeltaError) {
    if segment.count > 0 && segment.count + piece.bytes.count > RunWriter.segmentBytes {
      try endSegment()
    }
    segment.appendInteger(UInt32(piece.partition))
    segment.appendInteger(UInt32(piece.rowCount))
    segment.appendInteger(UInt64(piece.bytes.count))
    segment.append(piece.bytes)
  }

  private mutating func endSegment() throws(DeltaError) {
    // LZ4 counts bytes in an Int32; a piece of very long rows is left as it is.
    let isCompressed = scratch.sizeBytes >= compressedFromBytes && segment.count <= 1 << 30
    let codec: Codec = isCompressed ? .lz4Raw : .none
    let sizeBytes = segment.count
    var stored = ByteWriter()
    if isCompressed {
      do throws(CompressionFault) {
        try Compressor(codec).compress(segment.bytes, into: &stored)
      } catch {
        throw DeltaError(.internalError, "rows cannot be compressed for the scratch file")
      }
    }
    let bytes = isCompressed ? stored.take() : segment.take()
    let place = try spilling { () throws(StoreError) in try scratch.append(bytes.bytes) }
    run.segments.append(
      SpillRun.Segment(
        place: place..<place + Int64(bytes.count), codec: codec, sizeBytes: sizeBytes))
    segment.removeAll(keepingCapacity: RunWriter.segmentBytes * 2)
  }

  consuming func finish() throws(DeltaError) -> SpillRun {
    if segment.count > 0 { try endSegment() }
    return run
  }
}

/// Gives the pieces of a run, one after the other.
struct RunCursor {
  private let scratch: (any ScratchFile)?
  private var segments: ArraySlice<SpillRun.Segment>
  private var pieces: ArraySlice<PackedPiece>

  /// A run that is still in memory.
  init(_ pieces: [PackedPiece]) {
    scratch = nil
    segments = []
    self.pieces = pieces[...]
  }

  init(_ run: SpillRun, of scratch: any ScratchFile) throws(DeltaError) {
    self.scratch = scratch
    segments = run.segments[...]
    pieces = []
    try fill()
  }

  /// The partition of the next piece; nil at the end.
  var partition: Int? { pieces.first?.partition }

  /// - Precondition: there is a next piece.
  mutating func next() throws(DeltaError) -> PackedPiece {
    let piece = pieces.removeFirst()
    if pieces.isEmpty { try fill() }
    return piece
  }

  private mutating func fill() throws(DeltaError) {
    guard let scratch, let segment = segments.popFirst() else { return }
    let stored = try spilling { () throws(StoreError) in try scratch.read(segment.place) }
    do throws(CompressionFault) {
      let bytes =
        segment.codec == .none
        ? stored
        : try Decompressor().decompress(
          stored.bytes, codec: segment.codec, sizeBytes: segment.sizeBytes)
      pieces = try RunCursor.pieces(of: bytes)[...]
    } catch {
      throw damagedScratch("a segment that cannot be decompressed")
    }
  }

  private static func pieces(of segment: Buffer<UInt8>) throws(CompressionFault) -> [PackedPiece] {
    do throws(DecodingFault) {
      var pieces: [PackedPiece] = []
      var reader = ByteReader(segment.bytes)
      while !reader.isAtEnd {
        let partition = Int(try reader.readInteger(UInt32.self))
        let rowCount = Int(try reader.readInteger(UInt32.self))
        guard let sizeBytes = Int(exactly: try reader.readInteger(UInt64.self)) else {
          throw .outOfRange(offset: reader.offset)
        }
        let start = reader.offset
        _ = try reader.readBytes(sizeBytes)
        pieces.append(
          PackedPiece(
            partition: partition, rowCount: rowCount,
            bytes: segment.slice(start..<start + sizeBytes)))
      }
      return pieces
    } catch {
      throw .malformed
    }
  }
}

/// Runs calls on the scratch file: where room runs out, the user should know which room.
func spilling<R: ~Copyable>(_ body: () throws(StoreError) -> R) throws(DeltaError) -> R {
  do {
    return try body()
  } catch {
    throw DeltaError(
      error.code, error.message, table: error.path,
      hint: "rows that do not fit the memory are set aside in the temporary directory (TMPDIR); "
        + "raise --memory, or set TMPDIR to a larger disk")
  }
}
