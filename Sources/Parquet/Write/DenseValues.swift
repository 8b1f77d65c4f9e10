// Pages hold the values of a column without its nulls. A column without nulls is used where it
// lies; the others are moved together here, a batch at a time.
import Base
import Columns

extension Buffer {
  /// The slots of `rows` as `T`, a type of the same size and any bit pattern.
  @inline(__always)
  func withPatterns<T: BitwiseCopyable, R, E: Error>(
    of rows: Range<Int>, as type: T.Type, _ body: (Span<T>) throws(E) -> R
  ) throws(E) -> R {
    precondition(MemoryLayout<T>.stride == MemoryLayout<Element>.stride)
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count)
    return try unsafe withUnsafePointer { base throws(E) in
      // SAFETY: `rows` lies within the elements; both types are plain bits of one size.
      let start = unsafe UnsafeRawPointer(base + rows.lowerBound).assumingMemoryBound(to: T.self)
      return try unsafe body(Span(_unsafeStart: start, count: rows.count))
    }
  }
}

/// Appends the `values` (the slots of `rows`) whose rows are not null.
@inline(__always)
func appendDense<T: BitwiseCopyable>(
  _ values: Span<T>, rows: Range<Int>, validity: Bitmap, to output: inout BufferBuilder<T>
) {
  let tail = unsafe output.unsafeTail(rows.count)
  var written = 0
  var index = 0
  while index < rows.count {
    let step = min(rows.count &- index, 64)
    var bits = validity.bits(from: rows.lowerBound &+ index, count: step)
    // SAFETY: no more values are written than rows were seen; every slot is below `rows.count`.
    if bits == .max {
      for slot in 0..<64 { unsafe tail[written &+ slot] = values[unchecked: index &+ slot] }
      written &+= 64
    } else {
      for slot in 0..<step {
        unsafe tail[written] = values[unchecked: index &+ slot]
        written &+= Int(bits & 1)
        bits &>>= 1
      }
    }
    index &+= step
  }
  unsafe output.advance(by: written)
}
