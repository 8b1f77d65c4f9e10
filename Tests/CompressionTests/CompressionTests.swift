import Base
import Testing

@testable import Compression

let writableCodecs: [Codec] = [
  .none, .snappy, .gzip(), .gzip(level: 1), .gzip(level: 9), .zstd(level: 1), .zstd(level: 3),
  .brotli(level: 0), .brotli(), .brotli(level: 11), .lz4Raw,
]

/// Half of it compresses, half does not.
func sampleBytes(_ count: Int) -> Buffer<UInt8> {
  var state: UInt64 = 0x9E37_79B9_7F4A_7C15
  return Buffer(
    (0..<count).map { index in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return index % 64 < 32 ? UInt8(index % 7) : UInt8(truncatingIfNeeded: state >> 33)
    })
}

func block(_ codec: Codec, _ input: Buffer<UInt8>) throws -> Buffer<UInt8> {
  var output = ByteWriter()
  try Compressor(codec).compress(input.bytes, into: &output)
  return output.freeze()
}

/// The buffers one after the other.
func joined(_ parts: Buffer<UInt8>...) -> Buffer<UInt8> {
  var output = ByteWriter()
  for part in parts { output.append(part) }
  return output.freeze()
}

@Suite("Codecs: compress and decompress") struct CompressionTests {
  @Test(arguments: writableCodecs, [0, 1, 2, 63, 64, 65, 1000, 70_000])
  func `a block comes back as it was`(codec: Codec, count: Int) throws {
    let input = sampleBytes(count)
    let compressor = Compressor(codec)
    let decompressor = Decompressor()
    for _ in 0..<3 {  // The contexts are used again.
      var output = ByteWriter()
      output.append(7)
      let sizeBytes = try compressor.compress(input.bytes, into: &output)
      #expect(output.count == sizeBytes + 1)
      #expect(sizeBytes <= compressor.boundBytes(of: count))
      let block = output.freeze().slice(1..<sizeBytes + 1)
      #expect(
        try decompressor.decompress(block.bytes, codec: codec, sizeBytes: count) == input)
    }
  }

  @Test(arguments: writableCodecs) func `the same input gives the same bytes`(
    codec: Codec
  ) throws {
    let input = sampleBytes(10_000)
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

  @Test(arguments: writableCodecs) func `quick blocks come back, and leave others as they are`(
    codec: Codec
  ) throws {
    let input = sampleBytes(70_000)
    let compressor = Compressor(codec)
    for effort in [CompressionEffort.quick, .full, .quick] {
      var output = ByteWriter()
      try compressor.compress(input.bytes, effort, into: &output)
      let bytes = output.freeze()
      let back = try Decompressor().decompress(bytes.bytes, codec: codec, sizeBytes: input.count)
      #expect(back == input)
      let isOther = effort == .quick && codec.hasQuickEffort
      #expect((bytes == (try block(codec, input))) != isOther)
    }
  }

  @Test func `quick blocks of digits are about half their size, without any match`() throws {
    var random = SeededRandom(seed: 1)
    let digits = Array("0123456789abcdef".utf8)
    let input = Buffer((0..<100_000).map { _ in digits.randomElement(using: &random)! })
    var output = ByteWriter()
    #expect(try Compressor(.zstd(level: 1)).compress(input.bytes, .quick, into: &output) < 51_000)
  }

  /// One byte repeated, as far as each codec can take it: the bound has to let it through.
  @Test(arguments: writableCodecs) func `nothing real expands past the bound`(
    codec: Codec
  ) throws {
    for count in [1, 100, 1 << 14, 1 << 20, 1 << 24] {
      let input = Buffer<UInt8>(repeating: 97, count: count)
      let block = try block(codec, input)
      #expect(count <= codec.expansionMaxBytes(of: block.count))
      #expect(
        try Decompressor().decompress(block.bytes, codec: codec, sizeBytes: count) == input)
    }
  }

  @Test func `Hadoop's LZ4 is not written`() {
    var output = ByteWriter()
    #expect(throws: CompressionFault.notWritable) {
      try Compressor(.lz4Hadoop).compress(sampleBytes(9).bytes, into: &output)
    }
  }

  @Test func `a higher level makes smaller blocks`() throws {
    var random = SeededRandom(seed: 1)
    let words = ["grebe ", "lake ", "reed ", "nest ", "the ", "a ", "of "].map { Array($0.utf8) }
    let input = Buffer((0..<5000).flatMap { _ in words.randomElement(using: &random)! })
    for (low, high): (Codec, Codec) in [
      (.gzip(level: 1), .gzip(level: 9)), (.zstd(level: 1), .zstd(level: 19)),
      (.brotli(level: 0), .brotli(level: 11)),
    ] {
      #expect(try block(high, input).count < block(low, input).count)
    }
  }

  @Test(
    arguments: [
      ("ZSTD", .zstd(level: 1)), ("zstd:19", .zstd(level: 19)), ("gzip", .gzip(level: 6)),
      ("gzip:9", .gzip(level: 9)), ("Brotli", .brotli(level: 5)), ("brotli:0", .brotli(level: 0)),
      ("brotli:11", .brotli(level: 11)), ("lz4", .lz4Raw), ("lz4_raw", .lz4Raw),
      ("snappy", .snappy), ("uncompressed", Codec.none), ("none", Codec.none),
    ] as [(String, Codec)])
  func `options name codecs and levels`(text: String, codec: Codec) {
    #expect(Codec(text) == codec)
  }

  @Test(arguments: [
    "", ":", "rar", "lzo", "zstd:0", "zstd:23", "zstd:", "zstd:a", "zstd:1:1", "gzip:0", "gzip:10",
    "brotli:12", "brotli:-1", "snappy:1", "none:1",
  ]) func `other options are no codec`(text: String) {
    #expect(Codec(text) == nil)
  }
}
