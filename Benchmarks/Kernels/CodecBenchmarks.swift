import Base
import BenchmarkSupport
import Compression

/// Every codec on a page of text, as comments are, and on one of packed codes, which have little to
/// compress. Nanoseconds a byte before compression.
func measureCodecs(_ runner: BenchmarkRunner) throws {
  let sizeBytes = runner.size(1 << 20)
  let pages = [("text", words(sizeBytes)), ("codes", randomValues(sizeBytes, below: 256, seed: 21))]
  let codecs: [(String, Codec)] = [
    ("zstd 1", .zstd(level: 1)), ("zstd 3", .zstd(level: 3)), ("lz4", .lz4Raw),
    ("snappy", .snappy), ("gzip 6", .gzip(level: 6)), ("brotli 1", .brotli(level: 1)),
  ]
  for (content, page) in pages {
    for (name, codec) in codecs {
      try measure(codec, "\(name), \(content)", page, runner)
    }
  }
}

private func measure(
  _ codec: Codec, _ name: String, _ page: Buffer<UInt8>, _ runner: BenchmarkRunner
) throws {
  let compressor = Compressor(codec)
  var packed = ByteWriter()
  try runner.measure("compress \(name)", valueCount: page.count) {
    packed.removeAll()
    try compressor.compress(page.bytes, into: &packed)
  } check: {
    hash(packed)
  }
  if packed.count == 0 { try compressor.compress(page.bytes, into: &packed) }
  let block = packed.take()
  let decompressor = Decompressor()
  var output = BufferBuilder<UInt8>()
  try runner.measure("decompress \(name)", valueCount: page.count) {
    output.removeAll()
    try decompressor.decompress(block.bytes, codec: codec, sizeBytes: page.count, into: &output)
  } check: {
    hash(output, ifEqualTo: page)
  }
}

private func randomValues(_ count: Int, below limit: UInt64, seed: UInt64) -> Buffer<UInt8> {
  randomValues(count, below: limit, seed: seed, as: UInt8.self)
}

/// Words out of a thousand, the frequent ones first, as in the comments of TPC-H.
private func words(_ sizeBytes: Int) -> Buffer<UInt8> {
  var random = BenchmarkRandom(seed: 22)
  let vocabulary = (0..<1000).map { _ in
    (0..<Int(3 + random.next() % 8)).map { _ in UInt8(97 + random.next() % 26) } + [32]
  }
  var text: [UInt8] = []
  while text.count < sizeBytes {
    let rank = random.next() % 1000 * (random.next() % 1000) / 1000
    text += vocabulary[Int(rank)]
  }
  return Buffer(Array(text.prefix(sizeBytes)))
}
