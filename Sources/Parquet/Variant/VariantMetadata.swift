// The metadata of a variant: a dictionary of field names. VariantEncoding.md, "Metadata encoding".
//
//   metadata := header  count  offset{count + 1}  bytes
//   header   := 1 byte: version (4 bits, 1), sorted (1 bit), unused, size of an offset - 1 (2 bits)
//   count, offset := unsigned, little endian, 1 to 4 bytes as the header says
//   name i   := bytes[offset[i] ..< offset[i + 1]], UTF-8
import Base
import Encodings

/// The names that the objects of a variant refer to.
struct VariantMetadata: ~Escapable {
  let bytes: RawSpan
  private let count: Int
  private let offsetSizeBytes: Int
  private let namesStart: Int

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) throws(VariantFault) {
    let header = try unsigned(bytes, at: 0, sizeBytes: 1)
    guard header & 0x0F == 1 else { throw .unknownVersion(header & 0x0F) }
    offsetSizeBytes = header >> 6 + 1
    count = try unsigned(bytes, at: 1, sizeBytes: offsetSizeBytes)
    // No overflow: the count has 32 bits.
    namesStart = 1 + offsetSizeBytes * (count + 2)
    guard namesStart <= bytes.byteCount else { throw .malformed(.truncated(offset: 1)) }
    self.bytes = bytes
  }

  /// Where name `id` is in `bytes`.
  func name(_ id: Int) throws(VariantFault) -> Range<Int> {
    guard id < count else { throw .malformed(.outOfRange(offset: 0)) }
    let place = 1 + offsetSizeBytes * (id + 1)
    let start = namesStart + (try unsigned(bytes, at: place, sizeBytes: offsetSizeBytes))
    let end =
      namesStart + (try unsigned(bytes, at: place + offsetSizeBytes, sizeBytes: offsetSizeBytes))
    guard start <= end, end <= bytes.byteCount else {
      throw .malformed(.outOfRange(offset: place))
    }
    return start..<end
  }
}

/// A little-endian integer of 1 to 4 bytes.
func unsigned(_ bytes: RawSpan, at offset: Int, sizeBytes: Int) throws(VariantFault) -> Int {
  guard offset >= 0, offset + sizeBytes <= bytes.byteCount else {
    throw .malformed(.truncated(offset: offset))
  }
  var value = 0
  for index in 0..<sizeBytes {
    // SAFETY: the load checks its bounds, and every bit pattern is a byte.
    let byte = unsafe bytes.unsafeLoad(fromByteOffset: offset + index, as: UInt8.self)
    value |= Int(byte) << (8 * index)
  }
  return value
}

/// Order of two names by their unsigned bytes: negative, zero or positive.
func orderOfBytes(_ a: RawSpan, _ b: RawSpan) -> Int {
  for index in 0..<min(a.byteCount, b.byteCount) {
    // SAFETY: the loads check their bounds, and every bit pattern is a byte.
    let left = unsafe a.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    let right = unsafe b.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    if left != right { return left < right ? -1 : 1 }
  }
  return a.byteCount - b.byteCount
}
