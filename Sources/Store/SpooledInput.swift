import Base

/// Standard input, copied to a file so that it can be read more than once and from several threads.
/// The file goes when this does.
package final class SpooledInput: Sendable {
  package let store: any ObjectStore
  package let path: String
  package let sizeBytes: Int64

  private static let chunkBytes = 1 << 20

  /// Reads standard input to its end, into a file of the system's temporary directory (`TMPDIR`).
  package init(_ environment: Environment) throws(StoreError) {
    store = try LocalStore(root: Platform.temporaryDirectory())
    path = "grebe-stdin-" + environment.random.uuid()
    let writer = try store.createWriter(path)
    var chunk = BufferBuilder<UInt8>(capacity: SpooledInput.chunkBytes)
    while true {
      chunk.removeAll()
      // SAFETY: the tail has room for `chunkBytes` bytes and the call never writes more.
      let tail = unsafe chunk.unsafeTail(SpooledInput.chunkBytes)
      let got: Int
      do {
        got = unsafe try Platform.readStandardInput(
          into: UnsafeMutableRawBufferPointer(start: tail, count: SpooledInput.chunkBytes))
      } catch {
        throw error.error("standard input")
      }
      if got == 0 { break }
      unsafe chunk.advance(by: got)
      let bytes = chunk.take()
      try writer.append(bytes.bytes)
      if environment.cancellation.isCancelled {
        throw StoreError(.cancelled, "interrupted while reading", path: "standard input")
      }
    }
    sizeBytes = writer.sizeBytes
    try writer.finish()
  }

  deinit { try? store.delete(path) }
}
