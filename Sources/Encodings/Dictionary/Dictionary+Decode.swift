// Dictionary encoding: a page of distinct values, and data pages of indices into it.
// parquet-format, Encodings.md, "Dictionary Encoding".
//
//   values := bitWidth (one byte, 0 to 32)  indices (RLE / bit-packed hybrid)
package import Base

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
private func largest(_ indices: UnsafePointer<UInt32>, _ count: Int) -> UInt32 {
  // SAFETY: there are `count` indices.
  // Indices are below 2^31 in every legal page, so that signed comparison, which the baseline
  // vector unit has, orders them; the sign bit is checked apart.
  var most: Int32 = 0
  var all: UInt32 = 0
  for index in 0..<count {
    let value = unsafe indices[index]
    all |= value
    let signed = Int32(bitPattern: value)
    most = signed > most ? signed : most
  }
  return all > UInt32(Int32.max) ? .max : UInt32(bitPattern: most)
}

@inline(__always) @unsafe
private func gather<Slot: BitwiseCopyable>(
  _ dictionary: UnsafeRawPointer, _ type: Slot.Type, _ indices: UnsafePointer<UInt32>,
  _ count: Int, _ output: UnsafeMutableRawPointer
) {
  // SAFETY: as in `gatherSlots`.
  let source = unsafe dictionary.assumingMemoryBound(to: Slot.self)
  let slots = unsafe output.bindMemory(to: Slot.self, capacity: count)
  for index in 0..<count {
    unsafe slots[index] = source[Int(indices[index])]
  }
}
