import Base

/// The finished pages of a chunk. They are what stays in memory until the row group ends, in every
/// leaf: buffers are as long as what they hold, but for one short one.
struct ChunkBytes: ~Copyable {
  /// Pages of fewer bytes share a buffer.
  private static let sharedMaxBytes = 8 << 10

  private var parts: [Buffer<UInt8>] = []
  private var partsBytes = 0
  /// Short pages that follow the parts.
  private var tail = ByteWriter()

  /// Bytes of all pages.
  var count: Int { partsBytes + tail.count }

  mutating func append(_ header: RawSpan, _ body: RawSpan) {
    let sizeBytes = header.byteCount + body.byteCount
    if tail.count + sizeBytes > Self.sharedMaxBytes { endTail() }
    guard sizeBytes > Self.sharedMaxBytes else {
      tail.append(header)
      return tail.append(body)
    }
    var page = ByteWriter(capacity: sizeBytes)
    page.append(header)
    page.append(body)
    add(page.take())
  }

  private mutating func endTail() {
    guard tail.count > 0 else { return }
    var exact = ByteWriter(capacity: tail.count)
    exact.append(tail.bytes)
    tail.removeAll()
    add(exact.take())
  }

  private mutating func add(_ part: Buffer<UInt8>) {
    partsBytes += part.count
    parts.append(part)
  }

  /// The pages in order; nothing is left.
  mutating func take() -> [Buffer<UInt8>] {
    if tail.count > 0 { add(tail.take()) }
    defer {
      parts = []
      partsBytes = 0
    }
    return parts
  }
}
