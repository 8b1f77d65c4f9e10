import Base
import Testing

@testable import Compression

/// Blocks in several parts, and what may stand behind the last.
@Suite("Codecs: members, frames and chunks") struct BlockLayoutTests {
  private func decompress(
    _ block: Buffer<UInt8>, _ codec: Codec, _ sizeBytes: Int
  ) throws(CompressionFault) -> Buffer<UInt8> {
    try Decompressor().decompress(block.bytes, codec: codec, sizeBytes: sizeBytes)
  }

  @Test(arguments: [Codec.gzip(), .zstd()])
  func `members or frames one after the other are one block`(codec: Codec) throws {
    let block = joined(
      try block(codec, sampleBytes(100)), try block(codec, Buffer()),
      try block(codec, sampleBytes(200)), try block(codec, Buffer()))
    #expect(try decompress(block, codec, 300) == joined(sampleBytes(100), sampleBytes(200)))
    for wrong in [0, 100, 299, 301] {
      #expect(throws: CompressionFault.self) { try decompress(block, codec, wrong) }
    }
  }

  @Test func `zstd's skippable frames hold nothing`() throws {
    let skippable = Buffer<UInt8>([0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3])
    let block = joined(skippable, try block(.zstd(), sampleBytes(100)), skippable)
    #expect(try decompress(block, .zstd(), 100) == sampleBytes(100))
  }

  @Test(arguments: [[0], [0, 0, 0, 0, 0, 0], [1, 2, 3], [0x1F], [0x1F, 0], [0x8B, 0x1F]])
  func `what follows gzip's last member and starts none is ignored`(rest: [UInt8]) throws {
    let block = joined(try block(.gzip(), sampleBytes(100)), Buffer(rest))
    #expect(try decompress(block, .gzip(), 100) == sampleBytes(100))
  }

  @Test(arguments: [
    [0x1F, 0x8B], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], [0x1F, 0x8B, 9, 0, 0, 0, 0, 0, 0, 3, 3, 0],
  ])
  func `half a member after the last is refused`(rest: [UInt8]) throws {
    let block = joined(try block(.gzip(), sampleBytes(100)), Buffer(rest))
    #expect(throws: CompressionFault.malformed) { try decompress(block, .gzip(), 100) }
  }

  @Test(arguments: [Codec.snappy, .zstd(), .lz4Raw])
  func `the others have nothing behind their end`(codec: Codec) throws {
    let block = joined(try block(codec, sampleBytes(100)), Buffer([7, 7, 7]))
    #expect(throws: CompressionFault.self) { try decompress(block, codec, 100) }
  }

  // MARK: LZ4 behind Hadoop's lengths

  private func bigEndian(_ value: Int) -> Buffer<UInt8> {
    Buffer((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) })
  }

  /// A block whose data is `parts`, a chunk each.
  private func hadoopBlock(_ parts: [Buffer<UInt8>]) throws -> Buffer<UInt8> {
    var output = ByteWriter()
    output.append(bigEndian(parts.reduce(0) { $0 + $1.count }))
    for part in parts {
      let chunk = try block(.lz4Raw, part)
      output.append(bigEndian(chunk.count))
      output.append(chunk)
    }
    return output.freeze()
  }

  @Test func `Hadoop's LZ4 may have blocks, and blocks may have chunks`() throws {
    let one = try hadoopBlock([sampleBytes(300)])
    #expect(try decompress(one, .lz4Hadoop, 300) == sampleBytes(300))
    let two = try hadoopBlock([sampleBytes(200), sampleBytes(7)])
    #expect(try decompress(two, .lz4Hadoop, 207) == joined(sampleBytes(200), sampleBytes(7)))
    let all = joined(one, two, bigEndian(0), one)
    #expect(
      try decompress(all, .lz4Hadoop, 807)
        == joined(sampleBytes(300), sampleBytes(200), sampleBytes(7), sampleBytes(300)))
    for wrong in [0, 300, 806, 808] {
      #expect(throws: CompressionFault.self) { try decompress(all, .lz4Hadoop, wrong) }
    }
  }

  @Test func `a bare LZ4 block under Hadoop's number is read`() throws {
    for count in [0, 1, 12, 300, 70_000] {
      let bare = try block(.lz4Raw, sampleBytes(count))
      #expect(try decompress(bare, .lz4Hadoop, count) == sampleBytes(count))
    }
  }

  @Test func `every truncation of Hadoop's frames is refused`() throws {
    let framed = joined(
      try hadoopBlock([sampleBytes(90), sampleBytes(20)]), try hadoopBlock([sampleBytes(40)]))
    for count in 0..<framed.count {
      #expect(throws: CompressionFault.self) {
        try decompress(framed.slice(0..<count), .lz4Hadoop, 150)
      }
    }
  }
}
