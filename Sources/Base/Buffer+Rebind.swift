extension Buffer where Element == UInt8 {
  /// The same storage, read as elements of another type. O(1).
  ///
  /// - Precondition: the bytes start at the element's alignment and are a whole number of elements.
  package func rebound<T: BitwiseCopyable>(to type: T.Type) -> Buffer<T> {
    let stride = MemoryLayout<T>.stride
    precondition(count % stride == 0)
    unsafe precondition(UInt(bitPattern: base) % UInt(MemoryLayout<T>.alignment) == 0)
    // SAFETY: the storage is raw memory that was written as bytes; every bit pattern is a `T`.
    let elements = unsafe UnsafeRawPointer(base).bindMemory(to: T.self, capacity: count / stride)
    return unsafe Buffer<T>(storage: storage, base: elements, count: count / stride)
  }
}

extension Buffer {
  /// The same storage, read as bytes. O(1).
  package func asBytes() -> Buffer<UInt8> {
    let sizeBytes = count * MemoryLayout<Element>.stride
    // SAFETY: bytes have no alignment, and the elements are initialised.
    let bytes = unsafe UnsafeRawPointer(base).bindMemory(to: UInt8.self, capacity: sizeBytes)
    return unsafe Buffer<UInt8>(storage: storage, base: bytes, count: sizeBytes)
  }
}
