import Base
import Store
import Synchronization

/// CRC-32 of every source's bytes, put together from the stretches that workers read anyway.
///
/// What no worker read (a Parquet file's pages) is read once more at the end.
final class SourceChecksums: Sendable {
  private static let chunkBytes: Int64 = 1 << 20

  private struct Stretch {
    let range: Range<Int64>
    let checksum: UInt32
  }

  private struct State {
    /// Of sources that were read in one go, by their position in the plan.
    var whole: [Int: UInt32] = [:]
    /// Of others.
    var stretches: [Int: [Stretch]] = [:]
  }

  private let crc = CRC32()
  private let state = Mutex(State())

  /// The checksum of bytes that follow those with the checksum `seed`.
  func checksum(_ bytes: RawSpan, seed: UInt32) -> UInt32 { crc.checksum(bytes, seed: seed) }

  /// Notes the checksum of a stretch of a source's file.
  ///
  /// - Parameter fileBytes: size of the file.
  func note(_ range: Range<Int64>, of fileBytes: Int64, source: Int, checksum: UInt32) {
    guard !range.isEmpty else { return }
    state.withLock { state in
      if range == 0..<fileBytes {
        state.whole[source] = checksum
      } else {
        state.stretches[source, default: []].append(Stretch(range: range, checksum: checksum))
      }
    }
  }

  /// The checksum of a whole file. O(stretches), and the bytes that no worker read.
  ///
  /// - Parameter source: the file's position in the plan; nil if the plan leaves it out.
  /// - Throws: `conflict` if the file is no longer what was resolved.
  func checksum(of file: SourceFile, source: Int?) throws(GrebeError) -> UInt32 {
    let (whole, stretches) = state.withLock { state in
      (source.flatMap { state.whole[$0] }, source.flatMap { state.stretches[$0] } ?? [])
    }
    if let whole {
      try file.checkUnchanged()
      return whole
    }
    let noted = stretches.sorted { $0.range.lowerBound < $1.range.lowerBound }
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

  /// The checksums of whole files, by all workers.
  ///
  /// - Parameter positions: of each file in the plan; nil where the plan leaves it out.
  /// - Throws: `conflict` for the first file that is no longer what was resolved.
  func checksums(
    of files: [SourceFile], _ positions: [Int?], _ environment: Environment
  ) throws(GrebeError) -> [UInt32] {
    let results = Mutex<[UInt32]>(Array(repeating: 0, count: files.count))
    let next = Atomic(0)
    let chunkCount = 64
    try withWorkers(
      count: max(1, min(environment.parallelism, files.count / chunkCount)),
      parent: environment.cancellation
    ) { (_, cancellation) throws(GrebeError) in
      while true {
        let start = next.add(chunkCount, ordering: .relaxed).oldValue
        guard start < files.count else { return }
        if cancellation.isCancelled {
          throw GrebeError(.cancelled, "interrupted; nothing was committed")
        }
        let range = start..<min(start + chunkCount, files.count)
        let found = try range.map { index throws(GrebeError) in
          try checksum(of: files[index], source: positions[index])
        }
        results.withLock { $0.replaceSubrange(range, with: found) }
      }
    }
    return results.withLock { $0 }
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
