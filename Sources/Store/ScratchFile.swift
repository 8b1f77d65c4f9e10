package import Base
import Synchronization

/// Bytes that a job sets aside because memory is short: appended once, read back by place.
///
/// Usable from several threads at once; gone when released.
package protocol ScratchFile: AnyObject, Sendable {
  /// Bytes appended so far.
  var sizeBytes: Int64 { get }

  /// Appends all of `bytes`; returns where they begin.
  func append(_ bytes: RawSpan) throws(StoreError) -> Int64

  /// The bytes of `range`, which must have been appended.
  func read(_ range: Range<Int64>) throws(StoreError) -> Buffer<UInt8>
}

/// A scratch file of the system's temporary directory (`TMPDIR`).
///
/// Its name is removed as soon as it is open, so that the space is free again however the process
/// ends, a kill or a crash included. Nothing is synced.
package final class LocalScratchFile: ScratchFile {
  private let file: FileDescriptor
  private let path: String
  private let end = Mutex<Int64>(0)

  /// - Parameter directory: nil for the system's temporary directory.
  package init(in directory: String? = nil) throws(StoreError) {
    var random = SystemRandomNumberGenerator()
    let name = temporaryName(randomUUID(using: &random))
    let place = directory ?? Platform.temporaryDirectory()
    path = place + "/" + name
    do {
      file = try Platform.open(path, .scratch)
      try Platform.unlink(path)
    } catch {
      throw error.writingError(path, in: place)
    }
  }

  package var sizeBytes: Int64 { end.withLock { $0 } }

  package func append(_ bytes: RawSpan) throws(StoreError) -> Int64 {
    try end.withLock { (end) throws(StoreError) in
      do throws(SystemFault) {
        try Platform.write(bytes, to: file)
      } catch {
        throw error.error(path)
      }
      defer { end += Int64(bytes.byteCount) }
      return end
    }
  }

  package func read(_ range: Range<Int64>) throws(StoreError) -> Buffer<UInt8> {
    var builder = BufferBuilder<UInt8>(capacity: range.count)
    // SAFETY: the tail has room for `range.count` bytes and `read` never writes more.
    let tail = unsafe UnsafeMutableRawBufferPointer(
      start: builder.unsafeTail(range.count), count: range.count)
    do {
      let got = unsafe try Platform.read(file, into: tail, at: range.lowerBound)
      unsafe builder.advance(by: got)
    } catch {
      throw error.error(path)
    }
    guard builder.count == range.count else {
      throw StoreError(.io, "the scratch file became shorter while it was read", path: path)
    }
    return builder.freeze()
  }
}
