// The two LZ4 codecs of Parquet. LZ4_RAW is one block of the LZ4 block format. The retired LZ4 is
// what Hadoop's block streams write:
//
//   data  := block*
//   block := size of the block's data, decompressed (u32, big endian), chunk*   until it is reached
//   chunk := size of the LZ4 block (u32, big endian), LZ4 block
//
// Some writers put a bare LZ4 block under the retired codec's number. Nothing tells the two apart,
// so that the frames are tried first and must fit to the last byte.
import CLZ4

@unsafe
func decompressLZ4(
  _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
) throws(CompressionFault) -> Int {
  // SAFETY: the library gets the sizes of both sides with their addresses.
  guard let sourceSize = Int32(exactly: source.count),
    let targetSize = Int32(exactly: target.count)
  else { throw .malformed }
  let written = unsafe LZ4_decompress_safe(
    source.bytePointer, target.bytePointer, sourceSize, targetSize)
  guard written >= 0 else { throw .malformed }
  return Int(written)
}

/// Fills `target` from Hadoop's frames, or from a block that has none.
@unsafe
func decompressHadoopLZ4(
  _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
) throws(CompressionFault) -> Int {
  // SAFETY: both callees stay within the two sides.
  if unsafe decompressFrames(source, into: target) { return target.count }
  return try unsafe decompressLZ4(source, into: target)
}

/// Whether `source` is frames that give exactly `target.count` bytes.
@unsafe
private func decompressFrames(
  _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
) -> Bool {
  // SAFETY: offset and written stay within their sides: every size is compared before it is used.
  var offset = 0
  var written = 0
  func readSize() -> Int? {
    guard source.count - offset >= 4 else { return nil }
    defer { offset += 4 }
    return unsafe Int(
      UInt32(bigEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }
  while offset < source.count {  // Bounded: every turn consumes at least four bytes.
    guard let blockSize = readSize(), blockSize <= target.count - written else { return false }
    let blockEnd = written + blockSize
    while written < blockEnd {  // Bounded: so does every chunk.
      guard let chunkSize = readSize(), chunkSize <= source.count - offset,
        let count = unsafe try? decompressLZ4(
          UnsafeRawBufferPointer(rebasing: source[offset..<offset + chunkSize]),
          into: UnsafeMutableRawBufferPointer(rebasing: target[written..<blockEnd]))
      else { return false }
      offset += chunkSize
      written += count
    }
  }
  return written == target.count
}

/// Writes `source` as one block.
@unsafe
func compressLZ4(
  _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
) throws(CompressionFault) -> Int {
  // SAFETY: the library gets the sizes of both sides with their addresses.
  guard source.count <= LZ4_MAX_INPUT_SIZE else { throw .malformed }
  let written = unsafe LZ4_compress_default(
    source.bytePointer, target.bytePointer, Int32(source.count), Int32(clamping: target.count))
  guard written > 0 else { throw .malformed }
  return Int(written)
}
