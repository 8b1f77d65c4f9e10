import Base
import Store
import Synchronization

/// CRC-32 of every source's bytes, put together from the stretches that workers read anyway.
///
/// What no worker read (a header, a Parquet file's pages) is read once more at the end.
final class SourceChecksums: Sendable {
  private static let chunkBytes: Int64 = 1 << 20

  private struct Stretch {
    let range: Range<Int64>
    let checksum: UInt32
  }

  private let crc = CRC32()
  /// By the source's position in the plan.
  private let stretches = Mutex<[Int: [Stretch]]>([:])

  /// The checksum of bytes that follow those with the checksum `seed`.
  func checksum(_ bytes: RawSpan, seed: UInt32) -> UInt32 { crc.checksum(bytes, seed: seed) }

  /// Notes the checksum of a stretch of a source's file.
  func note(_ range: Range<Int64>, source: Int, checksum: UInt32) {
    guard !range.isEmpty else { return }
    stretches.withLock {
      $0[source, default: []].append(Stretch(range: range, checksum: checksum))
    }
  }

  /// The checksum of a whole file. O(stretches), and the bytes that no worker read.
  ///
  /// - Parameter source: the file's position in the plan; nil if the plan leaves it out.
  /// - Throws: `conflict` if the file is no longer what was resolved.
  func checksum(of file: SourceFile, source: Int?) throws(GrebeError) -> UInt32 {
    var noted = source.map { source in stretches.withLock { $0[source] ?? [] } } ?? []
    noted.sort { $0.range.lowerBound < $1.range.lowerBound }
    var checksum: UInt32 = 0
    var position: Int64 = 0
    // A stretch that two workers have read, in part, says nothing about the rest.
    for stretch in noted where stretch.range.lowerBound >= position {
      if stretch.range.lowerBound > position {
        checksum = try read(position..<stretch.range.lowerBound, of: file, seed: checksum)
      }
      checksum = CRC32.combine(
        checksum, stretch.checksum, secondCount: Int64(stretch.range.count))
      position = stretch.range.upperBound
    }
    if position < file.sizeBytes {
      checksum = try read(position..<file.sizeBytes, of: file, seed: checksum)
    }
    try file.checkUnchanged()
    return checksum
  }

  private func read(
    _ range: Range<Int64>, of file: SourceFile, seed: UInt32
  ) throws(GrebeError) -> UInt32 {
    try exposing { () throws(StoreError) in
      let reader = try file.store.openReader(file.path)
      guard reader.sizeBytes >= range.upperBound else { return seed }
      var checksum = seed
      var offset = range.lowerBound
      while offset < range.upperBound {
        let end = min(offset + SourceChecksums.chunkBytes, range.upperBound)
        let chunk = try reader.read(offset..<end)
        checksum = crc.checksum(chunk.bytes, seed: checksum)
        offset = end
      }
      return checksum
    }
  }
}

extension SourceFile {
  /// - Throws: `conflict` unless the file still has the size and time that it was found with.
  func checkUnchanged() throws(GrebeError) {
    guard !isAnonymous else { return }
    let entry = try exposing { () throws(StoreError) in try store.entry(path) }
    guard entry?.sizeBytes == sizeBytes, entry?.modifiedMillis == modifiedMillis else {
      throw GrebeError(
        .conflict, "the source changed while it was read", place: name,
        hint: "nothing was committed; run it again once the file is complete")
    }
  }
}
