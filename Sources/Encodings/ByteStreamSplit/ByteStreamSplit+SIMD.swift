// Whole blocks of BYTE_STREAM_SPLIT: 64 values with AVX-512, else 16. CKernels/streams.h.
// SAFETY: blocks end at or before `count`; both sides hold `count` values, as the callers promise.
import Base
import CKernels

/// Joins as many values as whole blocks have. Returns how many.
@unsafe
func joinBlocks(
  _ streams: UnsafePointer<UInt8>, stride: Int, sizeBytes: Int, count: Int,
  into output: UnsafeMutableRawPointer, level: KernelLevel
) -> Int {
  #if arch(x86_64)
    guard sizeBytes == 4 || sizeBytes == 8, level > .scalar else { return 0 }
    let values = unsafe output.assumingMemoryBound(to: UInt8.self)
    if level == .avx512 && count >= 64 {
      let blockCount = count / 64
      if sizeBytes == 4 {
        unsafe grebe_join_4_avx512(streams, blockCount, values, stride)
      } else {
        unsafe grebe_join_8_avx512(streams, blockCount, values, stride)
      }
      return blockCount &* 64
    }
    let blockCount = count / 16
    if sizeBytes == 4 {
      unsafe grebe_join_4_sse2(streams, blockCount, values, stride)
    } else {
      unsafe grebe_join_8_sse2(streams, blockCount, values, stride)
    }
    return blockCount &* 16
  #else
    return 0
  #endif
}

/// Splits as many of `count` values as whole blocks have; streams are `count` bytes apart. Returns
/// how many.
@unsafe
func splitBlocks(
  _ values: UnsafePointer<UInt8>, sizeBytes: Int, count: Int,
  into streams: UnsafeMutablePointer<UInt8>, level: KernelLevel
) -> Int {
  #if arch(x86_64)
    guard sizeBytes == 4 || sizeBytes == 8, level > .scalar else { return 0 }
    if level == .avx512 && count >= 64 {
      let blockCount = count / 64
      if sizeBytes == 4 {
        unsafe grebe_split_4_avx512(values, blockCount, streams, count)
      } else {
        unsafe grebe_split_8_avx512(values, blockCount, streams, count)
      }
      return blockCount &* 64
    }
    let blockCount = count / 16
    if sizeBytes == 4 {
      unsafe grebe_split_4_sse2(values, blockCount, streams, count)
    } else {
      unsafe grebe_split_8_sse2(values, blockCount, streams, count)
    }
    return blockCount &* 16
  #else
    return 0
  #endif
}
