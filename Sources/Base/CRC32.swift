import CKernels

/// CRC-32 (ISO 3309, as gzip and Parquet page headers use it).
///
/// Eight bytes a step by tables; where the processor multiplies without carries, long inputs are
/// folded to 16 bytes first, about ten times as fast.
package struct CRC32: Sendable {
  private let tables: [UInt32]  // 8 x 256
  private let folds: Bool

  package init() { self.init(folds: grebe_cpu_level() >= GREBE_CPU_AVX2) }

  /// - Parameter folds: false keeps to the tables, the reference of the folding.
  init(folds: Bool) {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for index in 0..<256 {
      var value = UInt32(index)
      for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
      tables[index] = value
    }
    for slice in 1..<8 {
      for index in 0..<256 {
        let previous = tables[(slice - 1) * 256 + index]
        tables[slice * 256 + index] = tables[Int(previous & 0xFF)] ^ (previous >> 8)
      }
    }
    self.tables = tables
    self.folds = folds
  }

  /// The checksum of `bytes`. O(n).
  package func checksum(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
    if !folds || bytes.byteCount < 128 { return ~advance(~seed, over: bytes) }
    var folded = [UInt8](repeating: 0, count: 16)
    let blockCount = bytes.byteCount / 16
    unsafe bytes.withUnsafeBytes { input in
      // SAFETY: `blockCount` whole blocks lie in the input; `folded` takes 16 bytes.
      unsafe folded.withUnsafeMutableBufferPointer { folded in
        unsafe grebe_crc32_fold(
          input.baseAddress!.assumingMemoryBound(to: UInt8.self), blockCount, ~seed,
          folded.baseAddress!)
      }
    }
    // SAFETY: bytes.
    let span = folded.span
    let state = unsafe advance(0, over: span.bytes)
    return ~advance(state, over: bytes.extracting((blockCount * 16)...))
  }

  /// The state after `bytes`, by the tables.
  private func advance(_ state: UInt32, over bytes: RawSpan) -> UInt32 {
    // SAFETY: loads are below `end`; table indices are a lane times 256 plus a byte.
    let tables = tables.span
    var crc = state
    var offset = 0
    let end = bytes.byteCount
    while offset &+ 8 <= end {
      let word = unsafe UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
      let mixed = word ^ UInt64(crc)
      crc = 0
      for lane in 0..<8 {
        crc ^= unsafe tables[
          unchecked: (7 &- lane) &* 256 &+ Int((mixed &>> UInt64(lane &* 8)) & 0xFF)]
      }
      offset &+= 8
    }
    while offset < end {
      let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
      crc = unsafe tables[unchecked: Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc &>> 8)
      offset &+= 1
    }
    return crc
  }
}
