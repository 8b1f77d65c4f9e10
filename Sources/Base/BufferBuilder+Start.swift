extension BufferBuilder {
  /// The first element, for kernels that fill scratch memory and read it back. Valid until the next
  /// append that grows the builder.
  // SAFETY: hands out what it holds; marked `@unsafe`, since only the caller
  // knows how long it is used.
  @inlinable
  @unsafe
  public var unsafeStart: UnsafeMutablePointer<Element> { unsafe base }
}
