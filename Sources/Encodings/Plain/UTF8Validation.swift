// Strings come from outside: their bytes are checked to be UTF-8 before anybody makes text of them.
// CKernels/utf8.h has the vector kernel; its twin is the standard library's validation.
package import Base
import CKernels
package import Columns

/// Whether no byte of `bytes` has its high bit set. O(n), vectorised.
package func isASCII(_ bytes: RawSpan) -> Bool {
  // SAFETY: the bytes are borrowed for the call.
  unsafe bytes.withUnsafeBytes { unsafe isASCII($0) }
}

@unsafe
private func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
  // SAFETY: every load ends at or before `count`.
  guard let base = bytes.baseAddress else { return true }
  let high: UInt64 = 0x8080_8080_8080_8080
  var offset = 0
  let count = bytes.count
  // Blocks: text that is not ASCII stops early, and there is no branch a word.
  while offset &+ 1024 <= count {
    var seen: UInt64 = 0
    for word in 0..<128 {
      seen |= unsafe base.loadUnaligned(fromByteOffset: offset &+ word &* 8, as: UInt64.self)
    }
    if seen & high != 0 { return false }
    offset &+= 1024
  }
  var seen: UInt64 = 0
  while offset &+ 8 <= count {
    seen |= unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    offset &+= 8
  }
  while offset < count {
    seen |= unsafe UInt64(base.load(fromByteOffset: offset, as: UInt8.self))
    offset &+= 1
  }
  return seen & high == 0
}

/// Whether `bytes` are valid UTF-8. O(n).
package func isUTF8(_ bytes: Buffer<UInt8>, level: KernelLevel = .best) -> Bool {
  // SAFETY: the kernel reads up to 32 bytes past the last, less than the padding of a buffer.
  unsafe bytes.withUnsafePointer { base in
    #if arch(x86_64)
      if level >= .avx2 { return unsafe grebe_is_utf8_avx2(base, bytes.count) != 0 }
    #endif
    return unsafe isUTF8Scalar(UnsafeRawBufferPointer(start: base, count: bytes.count))
  }
}

/// The same for bytes that may have no padding behind them.
package func isUTF8(_ bytes: RawSpan) -> Bool {
  // SAFETY: the bytes are borrowed for the call.
  unsafe bytes.withUnsafeBytes { unsafe isUTF8Scalar($0) }
}

@unsafe
private func isUTF8Scalar(_ bytes: UnsafeRawBufferPointer) -> Bool {
  // SAFETY: the caller's bytes.
  if unsafe isASCII(bytes) { return true }
  let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
  return (try? UTF8Span(validating: span)) != nil
}

/// The index of the first of `count` slices whose bytes are not valid UTF-8; nil when all are.
///
/// - Precondition: every slice lies within `data`.
@unsafe
package func firstInvalidUTF8(
  _ slices: UnsafePointer<ValueSlice>, count: Int, in data: Buffer<UInt8>,
  level: KernelLevel = .best
) -> Int? {
  // SAFETY: there are `count` slices, each within `data`; the kernel reads less than the padding
  // past them, and its slices are laid out as `ValueSlice`: offset, count.
  unsafe data.withUnsafePointer { base in
    #if arch(x86_64)
      if level >= .avx2 {
        let index = unsafe UnsafeRawPointer(slices).withMemoryRebound(
          to: grebe_slice.self, capacity: count
        ) { unsafe grebe_first_not_utf8_avx2($0, count, base) }
        return index == count ? nil : index
      }
    #endif
    for index in 0..<count {
      let slice = unsafe slices[index]
      let bytes = unsafe UnsafeRawBufferPointer(
        start: base.advanced(by: Int(slice.offset)), count: Int(slice.count))
      if unsafe !isUTF8Scalar(bytes) { return index }
    }
    return nil
  }
}
