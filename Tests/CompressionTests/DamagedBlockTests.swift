import Base
import Testing

@testable import Compression

private let readable = writableCodecs + [Codec.lz4Hadoop]

/// What `codec` reads: Hadoop's LZ4 is not written, its frames are put around a block.
private func readableBlock(_ codec: Codec, _ input: Buffer<UInt8>) throws -> Buffer<UInt8> {
  guard codec == .lz4Hadoop else { return try block(codec, input) }
  let chunk = try block(.lz4Raw, input)
  var output = ByteWriter()
  output.appendInteger(UInt32(input.count).byteSwapped)
  output.appendInteger(UInt32(chunk.count).byteSwapped)
  output.append(chunk)
  return output.freeze()
}

@Suite("Codecs: damaged blocks") struct DamagedBlockTests {
  @Test(arguments: readable) func `every truncation is refused`(codec: Codec) throws {
    let input = sampleBytes(500)
    let block = try readableBlock(codec, input)
    let decompressor = Decompressor()
    for count in 0..<block.count {
      #expect(throws: CompressionFault.self) {
        try decompressor.decompress(
          block.slice(0..<count).bytes, codec: codec, sizeBytes: input.count)
      }
    }
    // The context is fit for use after a failure.
    #expect(try decompressor.decompress(block.bytes, codec: codec, sizeBytes: 500) == input)
  }

  @Test(arguments: readable, [-500, -1, 1, 1 << 16, 1 << 31, .max - 500])
  func `another size than the block's is refused`(codec: Codec, difference: Int) throws {
    let block = try readableBlock(codec, sampleBytes(500))
    #expect(throws: CompressionFault.self) {
      try Decompressor().decompress(block.bytes, codec: codec, sizeBytes: 500 + difference)
    }
  }

  @Test(arguments: readable) func `what was there stays when a block is refused`(
    codec: Codec
  ) throws {
    var output = BufferBuilder<UInt8>()
    output.append(contentsOf: sampleBytes(77).span)
    let block = try readableBlock(codec, sampleBytes(500))
    #expect(throws: CompressionFault.self) {
      try Decompressor().decompress(block.bytes, codec: codec, sizeBytes: 501, into: &output)
    }
    try Decompressor().decompress(block.bytes, codec: codec, sizeBytes: 500, into: &output)
    #expect(output.freeze() == joined(sampleBytes(77), sampleBytes(500)))
  }

  /// Only gzip and zstd with its checksum could notice every change; the others may give other
  /// bytes, but as many as were asked for, or throw.
  @Test(arguments: readable) func `changed bytes give as many bytes or an error`(
    codec: Codec
  ) throws {
    let input = sampleBytes(500)
    let intact = Array(try readableBlock(codec, input))
    let decompressor = Decompressor()
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededRandom(seed: seed)
    for index in intact.indices {
      for value in [
        intact[index] ^ 0xFF, intact[index] ^ 1, UInt8.random(in: 0...255, using: &generator),
      ]
      where value != intact[index] {
        var damaged = intact
        damaged[index] = value
        let block = Buffer(damaged)
        guard
          let output = try? decompressor.decompress(block.bytes, codec: codec, sizeBytes: 500)
        else { continue }
        #expect(output.count == 500, "seed \(seed), byte \(index)")
        if case .gzip = codec, (10..<intact.count).contains(index) {
          #expect(output == input, "gzip has a checksum; seed \(seed), byte \(index)")
        }
      }
    }
    #expect(
      try decompressor.decompress(Buffer(intact).bytes, codec: codec, sizeBytes: 500) == input)
  }

  @Test(arguments: readable) func `random bytes are refused or give the size`(codec: Codec) {
    let decompressor = Decompressor()
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededRandom(seed: seed)
    for _ in 0..<2000 {
      let count = Int.random(in: 0...40, using: &generator)
      let block = Buffer((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
      let sizeBytes = Int.random(in: 0...200, using: &generator)
      let output = try? decompressor.decompress(block.bytes, codec: codec, sizeBytes: sizeBytes)
      #expect((output?.count ?? sizeBytes) == sizeBytes, "seed \(seed)")
    }
  }

  /// A GiB of one byte is legal in a thousand bytes of brotli; a lie about it is found out before
  /// memory is given to it.
  @Test func `an extraordinary claim of brotli is measured first`() throws {
    let count = 8 << 20
    let input = Buffer<UInt8>(repeating: 97, count: count)
    let block = try block(.brotli(), input)
    #expect(block.count * 1024 < count)
    let decompressor = Decompressor()
    #expect(
      try decompressor.decompress(block.bytes, codec: .brotli(), sizeBytes: count) == input)
    for wrong in [count - 1, count + 1, 1 << 22, 1 << 24] {
      #expect(throws: CompressionFault.sizeMismatch(expectedBytes: wrong)) {
        try decompressor.decompress(block.bytes, codec: .brotli(), sizeBytes: wrong)
      }
    }
    let cut = block.slice(0..<block.count / 2)
    #expect(throws: CompressionFault.sizeMismatch(expectedBytes: count)) {
      try decompressor.decompress(cut.bytes, codec: .brotli(), sizeBytes: count)
    }
  }
}
