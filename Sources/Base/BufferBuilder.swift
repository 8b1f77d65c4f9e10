// SAFETY: `emptyElements` is allocated once, zeroed, and never written again. A builder's `base`
// points at `slotCount` slots, of which the first `initializedCount` are written; all stores go
// through `reserve`. The allocation is the builder's alone until `take` gives it up.

/// Where builders and buffers without an allocation point: no elements, and padding on both sides
/// like everywhere else. Shared by all of them and never written.
@usableFromInline nonisolated(unsafe) let emptyElements: UnsafeMutableRawPointer = {
  let sizeBytes = 2 * bufferPaddingBytes
  let bytes = UnsafeMutableRawPointer.allocate(byteCount: sizeBytes, alignment: 64)
  unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: sizeBytes)
  return unsafe bytes + bufferPaddingBytes
}()

/// Growable, uniquely owned storage that becomes a `Buffer`.
///
/// Appending is amortised O(1). Hot loops take `unsafeTail` once per batch, write through it and
/// say afterwards how many elements they wrote.
@frozen @safe
public struct BufferBuilder<Element: BitwiseCopyable>: ~Copyable {
  /// The allocation starts at least `bufferPaddingBytes` before `base`; nil until something is
  /// reserved.
  @usableFromInline var allocation: UnsafeMutableRawPointer?
  @usableFromInline var base: UnsafeMutablePointer<Element>
  @usableFromInline var initializedCount: Int
  @usableFromInline var slotCount: Int

  /// Number of elements appended.
  @inlinable public var count: Int { initializedCount }
  @inlinable public var isEmpty: Bool { initializedCount == 0 }
  /// Number of elements that fit without growing.
  @inlinable public var capacity: Int { slotCount }

  @inlinable
  public init(capacity: Int = 0) {
    unsafe allocation = nil
    unsafe base = unsafe emptyElements.assumingMemoryBound(to: Element.self)
    initializedCount = 0
    slotCount = 0
    if capacity > 0 { reallocate(capacity: capacity) }
  }

  deinit { unsafe allocation?.deallocate() }

  @usableFromInline
  mutating func reallocate(capacity newCapacity: Int) {
    let stride = MemoryLayout<Element>.stride
    // Aligned here: glibc's aligned allocations cannot take the place of freed ones of their size,
    // and leave holes in memory.
    let sizeBytes = newCapacity * stride + 2 * bufferPaddingBytes + 48
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: sizeBytes, alignment: 16)
    let freshBase = unsafe fresh.advanced(by: bufferPaddingBytes).alignedUp(toMultipleOf: 64)
      .bindMemory(to: Element.self, capacity: newCapacity)
    unsafe freshBase.update(from: base, count: count)
    unsafe allocation?.deallocate()
    unsafe allocation = unsafe fresh
    unsafe base = unsafe freshBase
    slotCount = newCapacity
  }

  /// Makes room for `extra` more elements.
  @inlinable
  public mutating func reserve(_ extra: Int) {
    if _slowPath(count + extra > capacity) {
      reallocate(capacity: max(count + extra, capacity * 2, 16))
    }
  }

  /// Makes room for `extra` more elements; ahead of need for no more than `limit` in all, as long
  /// as these are enough.
  @inlinable
  public mutating func reserve(_ extra: Int, aheadTo limit: Int) {
    if _slowPath(count + extra > capacity) {
      let ahead = capacity < limit ? min(capacity * 2, limit) : capacity * 2
      reallocate(capacity: max(count + extra, ahead, 16))
    }
  }

  @inlinable
  public mutating func append(_ element: Element) {
    if _slowPath(count == capacity) { reserve(1) }
    unsafe base[count] = element
    initializedCount &+= 1
  }

  @inlinable
  public mutating func append(repeating element: Element, count extra: Int) {
    reserve(extra)
    unsafe base.advanced(by: count).update(repeating: element, count: extra)
    initializedCount += extra
  }

  @inlinable
  public mutating func append(contentsOf elements: Span<Element>) {
    reserve(elements.count)
    unsafe elements.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe base.advanced(by: count).update(from: start, count: source.count)
    }
    initializedCount += elements.count
  }

  /// Appends what `body` appends to an output span of `extra` free slots.
  @inlinable
  public mutating func append<E: Error>(
    count extra: Int, _ body: (inout OutputSpan<Element>) throws(E) -> Void
  ) throws(E) {
    reserve(extra)
    let free = unsafe UnsafeMutableBufferPointer(start: base.advanced(by: count), count: extra)
    var output = unsafe OutputSpan(buffer: free, initializedCount: 0)
    try body(&output)
    initializedCount += unsafe output.finalize(for: free)
  }

  /// Room for `extra` elements after the last; follow with `advance(by:)`.
  @inlinable
  @unsafe
  public mutating func unsafeTail(_ extra: Int) -> UnsafeMutablePointer<Element> {
    reserve(extra)
    return unsafe base.advanced(by: count)
  }

  /// Counts `written` elements that were stored through `unsafeTail`.
  @inlinable
  @unsafe
  public mutating func advance(by written: Int) {
    assert(count + written <= capacity)
    initializedCount &+= written
  }

  /// Forgets the elements and keeps the capacity.
  @inlinable
  public mutating func removeAll() { initializedCount = 0 }

  /// Forgets the elements, and gives the memory back if it is for more than `limit` of them.
  @inlinable
  public mutating func removeAll(keepingCapacity limit: Int) {
    if capacity > limit { self = BufferBuilder() } else { removeAll() }
  }

  /// Drops the elements after the first `newCount`.
  @inlinable
  public mutating func truncate(to newCount: Int) {
    precondition(newCount >= 0 && newCount <= count)
    initializedCount = newCount
  }

  @inlinable
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return unsafe base[index]
    }
    set {
      precondition(index >= 0 && index < count)
      unsafe base[index] = newValue
    }
  }

  /// The elements so far, borrowed.
  @inlinable
  public var span: Span<Element> {
    @_lifetime(borrow self)
    borrowing get {
      let span = unsafe Span(_unsafeStart: base, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Ends building: the elements, shared and immutable from here on. O(1).
  @inlinable
  public consuming func freeze() -> Buffer<Element> { take() }

  /// The elements so far as a buffer; the builder is empty afterwards. O(1).
  @inlinable
  public mutating func take() -> Buffer<Element> {
    let storage = unsafe allocation.map { unsafe BufferStorage(allocation: $0) }
    let frozen = unsafe Buffer(storage: storage, base: UnsafePointer(base), count: count)
    unsafe allocation = nil
    unsafe base = unsafe emptyElements.assumingMemoryBound(to: Element.self)
    slotCount = 0
    initializedCount = 0
    return frozen
  }
}
