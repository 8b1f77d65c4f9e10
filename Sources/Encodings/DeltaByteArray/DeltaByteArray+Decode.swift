// DELTA_BYTE_ARRAY: each value shares a prefix with the one before it. parquet-format,
// Encodings.md, "Delta Strings".
//
//   page := prefix lengths (DELTA_BINARY_PACKED)  suffixes (DELTA_LENGTH_BYTE_ARRAY)
package import Base
package import Columns

/// Reads a DELTA_BYTE_ARRAY stream batch by batch.
package struct DeltaByteArrayDecoder: Sendable {
  private let bytes: Buffer<UInt8>
  private let suffixOffset: Int
  private var prefixes: DeltaBinaryDecoder
  private var suffixes: DeltaLengthDecoder
  private var last: [UInt8] = []
  /// Whether the last `decode` failed for its limit, and for no fault of the bytes.
  package private(set) var hasOutgrown = false

  package init(_ bytes: Buffer<UInt8>) throws(DecodingFault) {
    prefixes = try DeltaBinaryDecoder(bytes)
    suffixOffset = try prefixes.endOffset()
    suffixes = try DeltaLengthDecoder(bytes.slice(suffixOffset..<bytes.count))
    self.bytes = bytes
  }

  /// Appends the bytes of the next `count` values to `data` and writes their places in it.
  ///
  /// Shared prefixes multiply: `data` grows to at most `sizeMaxBytes`.
  /// - Throws: `DecodingFault` when a prefix is longer than the value before it, the input ends
  ///   early or the data grow past the limit.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutablePointer<ValueSlice>, data: inout BufferBuilder<UInt8>,
    sizeMaxBytes: Int
  ) throws(DecodingFault) {
    // SAFETY: scratch and `output` have room for `count`, which the decoders write.
    var scratch = BufferBuilder<Int64>(capacity: count)
    let prefixSlots = unsafe scratch.unsafeTail(count)
    unsafe try prefixes.decode(count: count, into: prefixSlots)
    unsafe try suffixes.decode(count: count, into: output)
    let sizeMaxBytes = min(sizeMaxBytes, Int(UInt32.max))  // What a slice can say.
    let bytes = bytes
    let source = bytes.span
    // The value before the next one: at first the last of the batch before, then a part of `data`.
    var previous = data.count..<data.count + last.count
    data.append(contentsOf: last.span)
    for slot in 0..<count {
      let prefix = unsafe prefixSlots[slot]
      let suffix = unsafe output[slot]
      guard prefix >= 0, prefix <= Int64(previous.count) else {
        throw .outOfRange(offset: suffixOffset + Int(suffix.offset))
      }
      let start = data.count
      let size = Int(prefix) + Int(suffix.count)
      guard size <= sizeMaxBytes - start else {
        hasOutgrown = true
        throw .outOfRange(offset: suffixOffset)
      }
      data.reserve(size)
      unsafe copyPrefix(&data, from: previous.lowerBound, count: Int(prefix))
      let range = suffix.range
      data.append(
        contentsOf: source.extracting(
          suffixOffset + range.lowerBound..<suffixOffset + range.upperBound))
      unsafe output[slot] = ValueSlice(offset: UInt32(start), count: UInt32(size))
      previous = start..<start + size
    }
    let tail = data.span.extracting(previous)
    last = unsafe tail.withUnsafeBufferPointer { unsafe [UInt8]($0) }
  }
}

/// Appends `count` bytes that are in `data` already, from `offset` on. Room was reserved.
@unsafe
private func copyPrefix(_ data: inout BufferBuilder<UInt8>, from offset: Int, count: Int) {
  // SAFETY: `offset + count` is at most the count of `data`, and room was reserved: source and
  // target do not overlap.
  if count == 0 { return }
  let target = unsafe data.unsafeTail(count)
  let source = unsafe UnsafePointer(target) - (data.count - offset)
  unsafe target.update(from: source, count: count)
  unsafe data.advance(by: count)
}
