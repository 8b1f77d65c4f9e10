// What some values cost in an encoding: encodes a sample, compresses it, and counts bytes. Never
// the clock: the same rows have to give the same file.
import Base
import Compression
import Encodings

/// One a row group writer, shared by its columns.
final class EncodingMeter {
  private let compressor: Compressor
  private var encoded = ByteWriter()
  private var compressed = ByteWriter()

  init(_ codec: Codec) { compressor = Compressor(codec) }

  /// Values of a page that are looked at: the middle of it.
  static let sampleCount = 2048
  /// PLAIN bytes of them.
  static let sampleSizeBytes = 32 << 10

  /// An encoded byte takes time to write, compress, decompress and read, as much as it takes to
  /// store a sixteenth of a byte.
  static let handlingCost = 1.0 / 16

  /// What `encode` appends, in bytes of a file.
  ///
  /// - Parameter makingBytes: that a reader makes of them one by one, where they are more.
  func cost(makingBytes: Int = 0, _ encode: (inout ByteWriter) -> Void) -> Double {
    encoded.removeAll()
    compressed.removeAll()
    encode(&encoded)
    do throws(CompressionFault) {
      try compressor.compress(encoded, into: &compressed)
    } catch {
      return .infinity  // Whoever writes the page meets the fault again, and reports it.
    }
    return Double(compressed.count) + Double(max(encoded.count, makingBytes)) * Self.handlingCost
  }

  /// The middle `sampleCount` of `count` values.
  static func window(of count: Int, limit: Int = sampleCount) -> Range<Int> {
    let taken = min(count, max(limit, 1))
    let start = (count - taken) / 2
    return start..<start + taken
  }
}
