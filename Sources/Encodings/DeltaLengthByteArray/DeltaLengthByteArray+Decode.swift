// DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. parquet-format, Encodings.md,
// "Delta-length byte array".
//
//   page := lengths (DELTA_BINARY_PACKED)  bytes of the values, one after the other
package import Base
package import Columns

/// Reads a DELTA_LENGTH_BYTE_ARRAY stream batch by batch.
package struct DeltaLengthDecoder: Sendable {
  private var lengths: DeltaBinaryDecoder
  /// Of the next value's bytes.
  package private(set) var offset: Int
  private let endOffset: Int

  package init(_ bytes: Buffer<UInt8>) throws(DecodingFault) {
    lengths = try DeltaBinaryDecoder(bytes)
    offset = try lengths.endOffset()
    endOffset = bytes.count
    guard endOffset <= Int(UInt32.max) else { throw .outOfRange(offset: 0) }
  }

  /// Writes the places of the next `count` values in the page's bytes.
  ///
  /// - Throws: `DecodingFault` when a length is negative or goes past the end.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutablePointer<ValueSlice>
  ) throws(DecodingFault) {
    // SAFETY: scratch and `output` have room for `count`, which the decoder writes.
    var scratch = BufferBuilder<Int64>(capacity: count)
    let lengthSlots = unsafe scratch.unsafeTail(count)
    unsafe try lengths.decode(count: count, into: lengthSlots)
    var position = offset
    for slot in 0..<count {
      let length = unsafe lengthSlots[slot]
      guard length >= 0, length <= Int64(endOffset &- position) else {
        throw .outOfRange(offset: position)
      }
      unsafe output[slot] = ValueSlice(
        offset: UInt32(truncatingIfNeeded: position), count: UInt32(truncatingIfNeeded: length))
      position &+= Int(length)
    }
    offset = position
  }
}
