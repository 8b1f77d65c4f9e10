package import Base
package import Columns

/// Builds the bloom filter of a chunk. The format is drawn in BloomFilter.swift.
///
/// Values are inserted as they are stored; one that is inserted again changes nothing. Filters
/// have a power of two of bytes, which parquet-cpp insists on. The filter starts as large as it
/// may become and is folded at the end, block upon neighbouring block, for as long as it keeps to
/// the rate of false positives: so the number of distinct values need not be known.
package struct BloomFilterBuilder: ~Copyable {
  private var blocks = BufferBuilder<BloomBlock>()
  private let falsePositiveRate: Double

  /// - Parameters:
  ///   - distinctCount: a bound of the number of distinct values; nil when none is known.
  ///   - falsePositiveRate: to keep to where `maxSizeBytes` allows it.
  ///   - maxSizeBytes: of the bits; rounded down to a power of two.
  package init(
    distinctCount: Int? = nil, falsePositiveRate: Double = 0.01, maxSizeBytes: Int = 1 << 20
  ) {
    let limit = min(max(maxSizeBytes, bloomBlockSizeBytes), BloomFilter.maxSizeBytes)
    var blockCount = 1
    while blockCount * 2 * bloomBlockSizeBytes <= limit {
      if let distinctCount,
        expectedRate(distinctCount: distinctCount, blockCount: blockCount) <= falsePositiveRate
      {
        break
      }
      blockCount *= 2
    }
    self.falsePositiveRate = falsePositiveRate
    blocks.append(repeating: BloomBlock(), count: blockCount)
  }

  // MARK: Values

  package mutating func insert(hash: UInt64) {
    let block = bloomBlockIndex(hash, blockCount: blocks.count)
    blocks[block] |= bloomMask(hash)
  }

  package mutating func insert(_ values: Span<Int32>) {
    for index in values.indices {
      insert(hash: xxHash64(UInt32(bitPattern: values[index])))
    }
  }

  package mutating func insert(_ values: Span<Int64>) {
    for index in values.indices {
      insert(hash: xxHash64(UInt64(bitPattern: values[index])))
    }
  }

  package mutating func insert(_ values: Span<Float>) {
    for index in values.indices { insert(hash: xxHash64(values[index].bitPattern)) }
  }

  package mutating func insert(_ values: Span<Double>) {
    for index in values.indices { insert(hash: xxHash64(values[index].bitPattern)) }
  }

  /// FIXED_LEN_BYTE_ARRAY and INT96.
  package mutating func insert(fixed values: RawSpan, sizeBytes: Int) {
    precondition(sizeBytes > 0 && values.byteCount % sizeBytes == 0)
    for start in stride(from: 0, to: values.byteCount, by: sizeBytes) {
      insert(hash: xxHash64(values.extracting(start..<start + sizeBytes)))
    }
  }

  /// BYTE_ARRAY: `slices` of `data`.
  package mutating func insert(_ slices: Span<ValueSlice>, in data: RawSpan) {
    for index in slices.indices {
      insert(hash: xxHash64(data.extracting(slices[index].range)))
    }
  }

  // MARK: The end

  /// Header and bits: what stands at `bloom_filter_offset`. Nil when the filter is so full that
  /// it would answer more than half of all questions with "perhaps".
  package consuming func finish() -> Buffer<UInt8>? {
    guard rate(folded: false) <= 0.5 else { return nil }
    while blocks.count > 1 && rate(folded: true) <= falsePositiveRate { fold() }
    var writer = ThriftWriter(capacity: 32 + blocks.count * bloomBlockSizeBytes)
    writer.write(BloomFilterHeader(sizeBytes: Int32(blocks.count * bloomBlockSizeBytes)))
    for index in 0..<blocks.count {
      let block = blocks[index]
      for lane in 0..<8 { writer.bytes.appendInteger(block[lane]) }
    }
    return writer.take()
  }

  /// Halves the number of blocks: the block of a hash is where half its index points to.
  private mutating func fold() {
    let half = blocks.count / 2
    for index in 0..<half { blocks[index] = blocks[2 * index] | blocks[2 * index + 1] }
    blocks.truncate(to: half)
  }

  /// The rate of false positives that the bits make, as they are or folded once.
  private func rate(folded: Bool) -> Double {
    let step = folded ? 2 : 1
    var sum = 0.0
    for index in stride(from: 0, to: blocks.count, by: step) {
      let block = folded ? blocks[index] | blocks[index + 1] : blocks[index]
      var product = 1.0
      for lane in 0..<8 { product *= Double(block[lane].nonzeroBitCount) / 32 }
      sum += product
    }
    return sum / Double(blocks.count / step)
  }
}

/// The rate of false positives of `blockCount` blocks with `distinctCount` values in them: each
/// value leaves a lane's other 31 bits as they are.
private func expectedRate(distinctCount: Int, blockCount: Int) -> Double {
  var load = max(distinctCount, 0) / blockCount + 1
  var clear = 1.0
  var factor = 31.0 / 32
  while load > 0 {
    if load & 1 == 1 { clear *= factor }
    factor *= factor
    load >>= 1
  }
  let set = 1 - clear
  let square = set * set
  return square * square * square * square
}
