/// Owns one aligned allocation; freed when the last buffer over it goes.
// SENDABLE: the bytes are written only before the storage is shared
// (`BufferBuilder.freeze`), never after.
// SAFETY: `allocation` came from the builder that gave it up, and only `deinit` frees it.
@usableFromInline @safe
final class BufferStorage: @unchecked Sendable {
  @usableFromInline package let allocation: UnsafeMutableRawPointer

  @usableFromInline
  init(allocation: UnsafeMutableRawPointer) {
    unsafe self.allocation = unsafe allocation
  }

  deinit { unsafe allocation.deallocate() }
}

/// Bytes that may be read before the first and after the last element of every buffer, so that
/// kernels can load whole vectors at the edges. Their contents mean nothing.
public let bufferPaddingBytes = 64

/// Immutable, shared, 64-byte aligned storage of fixed-width elements.
///
/// Copies share the allocation. `bufferPaddingBytes` bytes before and after the
/// elements are readable.
// SENDABLE: immutable; see `BufferStorage`.
// SAFETY: `base ..< base + count` lies in `storage` and is initialised:
// `BufferBuilder.take` hands over what it wrote, and a slice checks its range. `storage`
// keeps it alive, or it is empty and static.
@frozen @safe
public struct Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let storage: BufferStorage?
  @usableFromInline package let base: UnsafePointer<Element>
  /// Number of elements.
  public let count: Int

  @usableFromInline
  init(storage: BufferStorage?, base: UnsafePointer<Element>, count: Int) {
    self.storage = storage
    unsafe self.base = unsafe base
    self.count = count
  }

  /// A buffer of no elements.
  @inlinable
  public init() { self = BufferBuilder<Element>().freeze() }

  /// A copy of `elements`.
  @inlinable
  public init(_ elements: some Collection<Element>) {
    var builder = BufferBuilder<Element>(capacity: elements.count)
    for element in elements { builder.append(element) }
    self = builder.freeze()
  }

  /// `count` copies of `element`.
  @inlinable
  public init(repeating element: Element, count: Int) {
    var builder = BufferBuilder<Element>(capacity: count)
    builder.append(repeating: element, count: count)
    self = builder.freeze()
  }

  /// The elements, borrowed.
  public var span: Span<Element> {
    @_lifetime(borrow self)
    borrowing get {
      // SAFETY: `storage` keeps `base ..< base + count` initialised for as long as `self` lives.
      let span = unsafe Span(_unsafeStart: base, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements as bytes, borrowed.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let bytes = unsafe RawSpan(
        _unsafeStart: UnsafeRawPointer(base), byteCount: count * MemoryLayout<Element>.stride)
      return unsafe _overrideLifetime(bytes, borrowing: self)
    }
  }

  /// Calls `body` with the elements, for kernels that take pointers.
  @inlinable
  public func withUnsafePointer<R: ~Copyable, E: Error>(
    _ body: (UnsafePointer<Element>) throws(E) -> R
  ) throws(E) -> R {
    try withExtendedLifetime(self) { _ throws(E) in try unsafe body(base) }
  }

  /// - Precondition: `index` is in `0 ..< count`.
  public subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count)
    return unsafe base[index]
  }

  /// A part that shares the storage. Its padding holds the neighbouring elements.
  @inlinable
  public func slice(_ range: Range<Int>) -> Buffer {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return unsafe Buffer(
      storage: storage, base: base.advanced(by: range.lowerBound), count: range.count)
  }
}

extension Buffer: Equatable where Element: Equatable {
  public static func == (a: Buffer, b: Buffer) -> Bool {
    guard a.count == b.count else { return false }
    // SAFETY: index < count of either.
    for index in 0..<a.count where unsafe a.base[index] != b.base[index] { return false }
    return true
  }
}

extension Buffer: CustomDebugStringConvertible {
  public var debugDescription: String { "\(Array(self))" }
}

extension Array where Element: BitwiseCopyable {
  public init(_ buffer: Buffer<Element>) {
    self = (0..<buffer.count).map { buffer[$0] }
  }
}
