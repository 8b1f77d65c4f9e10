// Dictionary encoding: a page of distinct values, and data pages of indices into it.
// parquet-format, Encodings.md, "Dictionary Encoding".
//
//   values := bitWidth (one byte, 0 to 32)  indices (RLE / bit-packed hybrid)
package import Base
import CKernels

/// Indices unpacked at a time: their scratch stays in the first-level cache.
private let indexBatchCount = 2048

extension HybridDecoder {
  /// Reads the next `count` indices and writes `dictionary[index]` for each: a value once where a
  /// run repeats it. O(count).
  ///
  /// - Throws: `DecodingFault` when the input ends early or an index is not below
  ///   `dictionaryCount`; slots are unspecified then.
  /// - Precondition: `slotSizeBytes` is 1, 4, 8 or 16.
  @unsafe
  package mutating func gatherSlots(
    _ dictionary: UnsafeRawPointer, dictionaryCount: Int, count: Int, slotSizeBytes: Int,
    into output: UnsafeMutableRawPointer
  ) throws(DecodingFault) {
    // SAFETY: `output` has room for `count` slots of `slotSizeBytes`.
    switch slotSizeBytes {
    case 1: try unsafe gatherRuns(dictionary, UInt8.self, dictionaryCount, count, output)
    case 4: try unsafe gatherRuns(dictionary, UInt32.self, dictionaryCount, count, output)
    case 8: try unsafe gatherRuns(dictionary, UInt64.self, dictionaryCount, count, output)
    case 16: try unsafe gatherRuns(dictionary, UInt128.self, dictionaryCount, count, output)
    default: preconditionFailure("no slot of \(slotSizeBytes) bytes")
    }
  }

  @inline(__always) @unsafe
  private mutating func gatherRuns<Slot: BitwiseCopyable>(
    _ dictionary: UnsafeRawPointer, _ type: Slot.Type, _ dictionaryCount: Int, _ count: Int,
    _ output: UnsafeMutableRawPointer
  ) throws(DecodingFault) {
    // SAFETY: indices are compared with the dictionary's count before they are followed; scratch
    // takes a batch, `output` every part of a run.
    let source = unsafe dictionary.assumingMemoryBound(to: Slot.self)
    let slots = unsafe output.bindMemory(to: Slot.self, capacity: count)
    let width = bitWidth
    var scratch = BufferBuilder<UInt32>()
    try unsafe forEachRun(count) { run, done, step throws(DecodingFault) in
      switch run {
      case .repeated(let index):
        guard Int(index) < dictionaryCount else { throw .outOfRange(offset: 0) }
        unsafe slots.advanced(by: done).update(repeating: source[Int(index)], count: step)
      case .packed(let start, let first):
        let indices = unsafe scratch.unsafeTail(indexBatchCount)
        var part = 0
        while part < step {
          let size = min(step &- part, indexBatchCount)
          unsafe unpackBits(
            start, width: width, index: first &+ part, count: size, into: indices)
          guard unsafe Int(largest(indices, size)) < dictionaryCount else {
            throw .outOfRange(offset: 0)
          }
          unsafe gather(source, indices, size, slots + (done &+ part))
          part &+= size
        }
      }
    }
  }
}

/// Writes `dictionary[indices[i]]` to slot `i` for every index.
///
/// - Throws: `DecodingFault` when an index is not below `dictionaryCount`; slots are unspecified
///   then.
/// - Precondition: `slotSizeBytes` is 1, 4, 8 or 16.
@unsafe
package func gatherSlots(
  _ dictionary: UnsafeRawPointer, dictionaryCount: Int, indices: UnsafePointer<UInt32>, count: Int,
  slotSizeBytes: Int, into output: UnsafeMutableRawPointer
) throws(DecodingFault) {
  // SAFETY: the largest index was compared with the dictionary's count; `output` has room for
  // `count` slots.
  // One pass to check, one to gather: both without a branch a value.
  guard unsafe count == 0 || Int(largest(indices, count)) < dictionaryCount else {
    throw .outOfRange(offset: 0)
  }
  switch slotSizeBytes {
  case 1: unsafe gather(dictionary, UInt8.self, indices, count, output)
  case 4: unsafe gather(dictionary, UInt32.self, indices, count, output)
  case 8: unsafe gather(dictionary, UInt64.self, indices, count, output)
  case 16: unsafe gather(dictionary, UInt128.self, indices, count, output)
  default: preconditionFailure("no slot of \(slotSizeBytes) bytes")
  }
}

@unsafe
func largest(
  _ indices: UnsafePointer<UInt32>, _ count: Int, level: KernelLevel = .best
) -> UInt32 {
  // SAFETY: there are `count` indices.
  #if arch(x86_64)
    if level >= .avx2 && count >= 16 { return unsafe grebe_largest_u32_avx2(indices, count) }
  #endif
  var most: UInt32 = 0
  for index in 0..<count { most = unsafe max(most, indices[index]) }
  return most
}

@inline(__always) @unsafe
private func gather<Slot: BitwiseCopyable>(
  _ dictionary: UnsafeRawPointer, _ type: Slot.Type, _ indices: UnsafePointer<UInt32>,
  _ count: Int, _ output: UnsafeMutableRawPointer
) {
  // SAFETY: as in `gatherSlots`.
  unsafe gather(
    dictionary.assumingMemoryBound(to: Slot.self), indices, count,
    output.bindMemory(to: Slot.self, capacity: count))
}

@inline(__always) @unsafe
private func gather<Slot: BitwiseCopyable>(
  _ source: UnsafePointer<Slot>, _ indices: UnsafePointer<UInt32>, _ count: Int,
  _ slots: UnsafeMutablePointer<Slot>
) {
  // SAFETY: every index is below the dictionary's count. Four a turn: loads do not wait for stores.
  var index = 0
  while index &+ 4 <= count {
    let a = unsafe source[Int(indices[index])]
    let b = unsafe source[Int(indices[index &+ 1])]
    let c = unsafe source[Int(indices[index &+ 2])]
    let d = unsafe source[Int(indices[index &+ 3])]
    unsafe slots[index] = a
    unsafe slots[index &+ 1] = b
    unsafe slots[index &+ 2] = c
    unsafe slots[index &+ 3] = d
    index &+= 4
  }
  while index < count {
    unsafe slots[index] = source[Int(indices[index])]
    index &+= 1
  }
}
