import Base
import Store

/// A document for standard output that appears whole or not at all: one that breaks off is no
/// document, and one that is closed early is a wrong one.
///
/// What is held is in memory up to a few megabytes, and in a temporary file past that.
final class HeldOutput {
  private static let heldBytesMax = 4 << 20

  private var held = BufferBuilder<UInt8>()
  private var scratch: LocalScratchFile?

  func append(_ bytes: Buffer<UInt8>) throws {
    held.append(contentsOf: bytes.span)
    guard held.count > HeldOutput.heldBytesMax else { return }
    let scratch = try scratch ?? LocalScratchFile()
    self.scratch = scratch
    _ = try scratch.append(held.take().bytes)
  }

  /// Writes all of it.
  func finish() throws {
    if let scratch {
      var offset: Int64 = 0
      while offset < scratch.sizeBytes {
        let end = min(offset + Int64(HeldOutput.heldBytesMax), scratch.sizeBytes)
        try Console.output.write(try scratch.read(offset..<end))
        offset = end
      }
    }
    try Console.output.write(held.take())
  }
}
