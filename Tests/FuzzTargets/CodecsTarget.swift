import Base
import Compression

private let codecs: [Codec] = [
  .none, .snappy, .gzip(), .zstd(), .brotli(level: 1), .lz4Raw, .lz4Hadoop,
]

/// input := codec, flags, size (u16), block
func fuzzCodecs(_ input: inout FuzzInput) {
  let codec = input.choice(codecs)
  let flags = input.byte()
  let sizeBytes = input.short() << (flags & 0x80 == 0 ? 0 : 8)
  let block = input.rest
  let decompressor = Decompressor()
  if flags & 1 == 1 {
    checkRoundTrip(block, codec, decompressor)
    return
  }
  // Whatever comes out comes out again, from a context that failed or succeeded before.
  let first = try? decompressor.decompress(block.bytes, codec: codec, sizeBytes: sizeBytes)
  let again = try? decompressor.decompress(block.bytes, codec: codec, sizeBytes: sizeBytes)
  precondition(first == again)
  precondition((first?.count ?? sizeBytes) == sizeBytes)
}

private func checkRoundTrip(
  _ bytes: Buffer<UInt8>, _ codec: Codec, _ decompressor: Decompressor
) {
  let compressor = Compressor(codec)
  var output = ByteWriter()
  do {
    let sizeBytes = try compressor.compress(bytes.bytes, into: &output)
    precondition(sizeBytes <= compressor.boundBytes(of: bytes.count))
    let block = output.freeze()
    precondition(bytes.count <= codec.expansionMaxBytes(of: block.count))
    let back = try decompressor.decompress(
      block.bytes, codec: codec, sizeBytes: bytes.count)
    precondition(back == bytes)
  } catch {
    precondition(error == .notWritable)
  }
}
