// Strings come from outside: their bytes are checked to be UTF-8 before anybody makes text of them.
// Most text is ASCII, so whole pages are tested for that first, a vector at a time.
package import Base
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
package func isUTF8(_ bytes: RawSpan) -> Bool {
  // SAFETY: the bytes are borrowed for the call.
  unsafe bytes.withUnsafeBytes { bytes in
    if unsafe isASCII(bytes) { return true }
    let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
    return (try? UTF8Span(validating: span)) != nil
  }
}

/// The index of the first of `count` slices whose bytes are not valid UTF-8; nil when all are.
///
/// - Precondition: every slice lies within `data`.
@unsafe
package func firstInvalidUTF8(
  _ slices: UnsafePointer<ValueSlice>, count: Int, in data: Buffer<UInt8>
) -> Int? {
  // SAFETY: there are `count` slices, each within `data`.
  unsafe data.withUnsafePointer { base in
    for index in 0..<count {
      let slice = unsafe slices[index]
      let bytes = unsafe UnsafeRawBufferPointer(
        start: base.advanced(by: Int(slice.offset)), count: Int(slice.count))
      if unsafe isASCII(bytes) { continue }
      let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
      if (try? UTF8Span(validating: span)) == nil { return index }
    }
    return nil
  }
}
