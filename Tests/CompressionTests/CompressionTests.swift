import Base
import Testing

@testable import Compression

private let writable: [Codec] = [
  .none, .snappy, .gzip, .zstd(level: 1), .zstd(level: 3), .lz4Raw,
]

private func sample(_ count: Int) -> Buffer<UInt8> {
  // Half of it compresses, half does not.
  var state: UInt64 = 0x9E37_79B9_7F4A_7C15
  return Buffer(
    (0..<count).map { index in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return index % 64 < 32 ? UInt8(index % 7) : UInt8(truncatingIfNeeded: state >> 33)
    })
}

@Suite("Codecs: compress and decompress") struct CompressionTests {
  @Test(arguments: writable, [0, 1, 2, 63, 64, 65, 1000, 70_000])
  func `a block comes back as it was`(codec: Codec, count: Int) throws {
    let input = sample(count)
    let compressor = Compressor(codec)
    let decompressor = Decompressor()
    for _ in 0..<3 {  // The contexts are used again.
      var output = ByteWriter()
      output.append(7)
      let sizeBytes = try compressor.compress(input.bytes, into: &output)
      #expect(output.count == sizeBytes + 1)
      let block = output.freeze().slice(1..<sizeBytes + 1)
      #expect(
        try decompressor.decompress(block.bytes, codec: codec, sizeBytes: count) == input)
    }
  }

  @Test(arguments: writable) func `the same input gives the same bytes`(codec: Codec) throws {
    let input = sample(10_000)
    let shared = Compressor(codec)
    var blocks: [Buffer<UInt8>] = []
    for compressor in [shared, shared, Compressor(codec)] {
      var output = ByteWriter()
      try compressor.compress(input.bytes, into: &output)
      blocks.append(output.freeze())
    }
    #expect(blocks[0] == blocks[1])
    #expect(blocks[0] == blocks[2])
  }

  @Test(arguments: writable) func `every truncation is refused`(codec: Codec) throws {
    let input = sample(500)
    var output = ByteWriter()
    try Compressor(codec).compress(input.bytes, into: &output)
    let block = output.freeze()
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

  @Test(arguments: writable, [-1, 1])
  func `another size than the block's is refused`(codec: Codec, difference: Int) throws {
    let input = sample(500)
    var output = ByteWriter()
    try Compressor(codec).compress(input.bytes, into: &output)
    let block = output.freeze()
    #expect(throws: CompressionFault.self) {
      try Decompressor().decompress(block.bytes, codec: codec, sizeBytes: 500 + difference)
    }
  }

  @Test(arguments: writable) func `a flipped byte never traps`(codec: Codec) throws {
    let input = sample(500)
    var output = ByteWriter()
    try Compressor(codec).compress(input.bytes, into: &output)
    let bytes = Array(output.freeze())
    let decompressor = Decompressor()
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 0xFF
      let block = Buffer(damaged)
      _ = try? decompressor.decompress(block.bytes, codec: codec, sizeBytes: 500)
    }
  }

  @Test func `gzip members one after the other are one block`() throws {
    var output = ByteWriter()
    let compressor = Compressor(.gzip)
    try compressor.compress(sample(100).bytes, into: &output)
    try compressor.compress(Buffer<UInt8>().bytes, into: &output)
    try compressor.compress(sample(200).bytes, into: &output)
    let block = output.freeze()
    let bytes = try Decompressor().decompress(block.bytes, codec: .gzip, sizeBytes: 300)
    #expect(bytes.slice(0..<100) == sample(100))
    #expect(bytes.slice(100..<300) == sample(200))
  }

  @Test func `Hadoop's LZ4 is read with its lengths and without`() throws {
    var raw = ByteWriter()
    try Compressor(.lz4Raw).compress(sample(300).bytes, into: &raw)
    let block = raw.freeze()
    var framed = ByteWriter()
    for _ in 0..<2 {
      framed.appendInteger(UInt32(300).byteSwapped)
      framed.appendInteger(UInt32(block.count).byteSwapped)
      framed.append(block)
    }
    let decompressor = Decompressor()
    let bytes = try decompressor.decompress(framed.bytes, codec: .lz4Hadoop, sizeBytes: 600)
    #expect(bytes.slice(300..<600) == sample(300))
    #expect(
      try decompressor.decompress(block.bytes, codec: .lz4Hadoop, sizeBytes: 300) == sample(300))
  }

  @Test func `names are read as options`() {
    #expect(Codec("ZSTD") == .zstd(level: 1))
    #expect(Codec("zstd:19") == .zstd(level: 19))
    #expect(Codec("lz4") == .lz4Raw)
    #expect(Codec("uncompressed") == Codec.none)
    #expect(Codec("zstd:99") == nil)
    #expect(Codec("rar") == nil)
  }
}
