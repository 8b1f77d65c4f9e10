// A split-block bloom filter: which values a chunk may hold. BloomFilter.md of the format.
//
//   filter := BloomFilterHeader (Thrift)  block+
//   block  := 8 lanes of 32 bits, little endian
//
//   A value's hash is XXH64 of its PLAIN bytes, those of a byte array without their length.
//   Its upper 32 bits choose a block:           hash >> 32, times the number of blocks, >> 32
//   Its lower 32 bits choose a bit of each lane: the upper 5 bits of them times the lane's salt
import Base

/// One block: the bits of its eight lanes.
typealias BloomBlock = SIMD8<UInt32>

let bloomBlockSizeBytes = 32

private let bloomSalts = BloomBlock(
  0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947,
  0x5C6B_FB31)

/// The bits of a hash: one in each lane.
@inline(__always)
func bloomMask(_ hash: UInt64) -> BloomBlock {
  let key = BloomBlock(repeating: UInt32(truncatingIfNeeded: hash))
  return BloomBlock(repeating: 1) &<< ((key &* bloomSalts) &>> 27)
}

@inline(__always)
func bloomBlockIndex(_ hash: UInt64, blockCount: Int) -> Int {
  Int(((hash &>> 32) &* UInt64(blockCount)) &>> 32)
}

/// A bloom filter from a file.
package struct BloomFilter: Sendable {
  /// Larger ones are refused, as parquet-cpp does.
  package static let maxSizeBytes = 128 << 20

  /// Whole blocks, at least one.
  private let bits: Buffer<UInt8>

  /// Parses header and bits.
  ///
  /// - Parameter bytes: from `bloom_filter_offset` on; what follows the filter is not looked at.
  /// - Returns: nil when the filter is of a kind that this build does not know.
  /// - Throws: `DecodingFault`: `truncated` when `bytes` end before the filter does.
  init?(parsing bytes: Buffer<UInt8>) throws(DecodingFault) {
    let (header, start) = try BloomFilter.header(bytes)
    guard header.isKnown else { return nil }
    guard Int(header.sizeBytes) <= bytes.count - start else { throw .truncated(offset: start) }
    bits = bytes.slice(start..<start + Int(header.sizeBytes))
  }

  /// The header and where the bits start.
  static func header(
    _ bytes: Buffer<UInt8>
  ) throws(DecodingFault) -> (BloomFilterHeader, start: Int) {
    var reader = ThriftReader(bytes.bytes)
    let header = try BloomFilterHeader(from: &reader)
    guard header.sizeBytes > 0, Int(header.sizeBytes) % bloomBlockSizeBytes == 0,
      Int(header.sizeBytes) <= maxSizeBytes
    else { throw .outOfRange(offset: 0) }
    return (header, reader.offset)
  }

  package var sizeBytes: Int { bits.count }

  /// False when no value with this hash is in the chunk. O(1).
  package func mayContain(hash: UInt64) -> Bool {
    let block = bloomBlockIndex(hash, blockCount: bits.count / bloomBlockSizeBytes)
    let mask = bloomMask(hash)
    let bytes = bits.bytes
    var found = BloomBlock()
    for lane in 0..<8 {
      // SAFETY: the load checks its bounds, and every bit pattern is an integer.
      let raw = unsafe bytes.unsafeLoadUnaligned(
        fromByteOffset: block * bloomBlockSizeBytes + lane * 4, as: UInt32.self)
      found[lane] = UInt32(littleEndian: raw)
    }
    return found & mask == mask
  }
}
