import Base

/// Standard input or a pipe, copied to a file so that it can be read more than once and from
/// several threads. The file goes when this does.
package final class SpooledInput: Sendable {
  package let store: any ObjectStore
  package let path: String
  package let sizeBytes: Int64
  /// What was read, as the user would name it: `-`, or the path of the pipe.
  package let name: String

  private static let chunkBytes = 1 << 20

  /// Whether `location` is a pipe, such as the shell makes of `<(command)`: it can be read once.
  package static func isPipe(_ location: String) -> Bool {
    guard urlScheme(location) == nil else { return false }
    return (try? Platform.status(location).kind) == .pipe
  }

  /// Reads to the end, into a file of the system's temporary directory (`TMPDIR`).
  ///
  /// - Parameter pipe: its path; nil for standard input.
  package init(_ environment: Environment, pipe: String? = nil) throws(StoreError) {
    name = pipe ?? "-"
    store = try LocalStore(root: Platform.temporaryDirectory())
    path = "grebe-stdin-" + environment.random.uuid()
    let place = pipe ?? "standard input"
    let file = try SpooledInput.open(pipe, place)
    let writer = try store.createWriter(path)
    var chunk = BufferBuilder<UInt8>(capacity: SpooledInput.chunkBytes)
    while true {
      chunk.removeAll()
      let got: Int
      do {
        got = try SpooledInput.read(file, into: &chunk)
      } catch {
        throw error.error(place)
      }
      if got == 0 { break }
      let bytes = chunk.take()
      try writer.append(bytes.bytes)
      if environment.cancellation.isCancelled {
        throw StoreError(.cancelled, "interrupted while reading", path: place)
      }
    }
    sizeBytes = writer.sizeBytes
    try writer.finish()
  }

  deinit { try? store.delete(path) }

  private static func open(
    _ pipe: String?, _ place: String
  ) throws(StoreError) -> FileDescriptor {
    do {
      if let pipe { return try Platform.open(pipe, .read) }
      return try Platform.standardInput()
    } catch {
      throw error.error(place)
    }
  }

  /// Appends what there is to read of `file`. Returns 0 at the end.
  private static func read(
    _ file: borrowing FileDescriptor, into chunk: inout BufferBuilder<UInt8>
  ) throws(SystemFault) -> Int {
    // SAFETY: the tail has room for `chunkBytes` bytes and the calls never write more.
    let tail = unsafe UnsafeMutableRawBufferPointer(
      start: chunk.unsafeTail(chunkBytes), count: chunkBytes)
    let got = unsafe try Platform.readNext(file, into: tail)
    unsafe chunk.advance(by: got)
    return got
  }
}
