extension BufferBuilder {
  /// The elements so far, to be changed in place by hot loops. Valid until the builder grows.
  @inlinable
  @unsafe
  public mutating func unsafeElements() -> UnsafeMutablePointer<Element> {
    // SAFETY: the tail lies `count` elements behind the first, in the same allocation.
    unsafe unsafeTail(0) - count
  }
}
