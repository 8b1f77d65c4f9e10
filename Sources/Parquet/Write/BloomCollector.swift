import Base
import Columns

/// The bloom filter of the chunk at hand.
final class BloomCollector {
  private let request: BloomFilterRequest
  private var builder: BloomFilterBuilder

  init(_ request: BloomFilterRequest) {
    self.request = request
    builder = BloomFilterBuilder(request)
  }

  /// PLAIN values of one length.
  func insert(fixed values: borrowing ByteWriter, sizeBytes: Int) {
    builder.insert(fixed: values.bytes, sizeBytes: sizeBytes)
  }

  /// Byte arrays.
  func insert(_ slices: Buffer<ValueSlice>, in bytes: borrowing ByteWriter) {
    builder.insert(slices.span, in: bytes.bytes)
  }

  /// The filter as it stands in the file; nil where it would be of no use. Empty afterwards.
  func finish() -> Buffer<UInt8>? {
    var full = BloomFilterBuilder(request)
    swap(&full, &builder)
    return full.finish()
  }
}

extension BloomFilterBuilder {
  fileprivate init(_ request: BloomFilterRequest) {
    self.init(falsePositiveRate: request.falsePositiveRate, maxSizeBytes: request.maxSizeBytes)
  }
}
