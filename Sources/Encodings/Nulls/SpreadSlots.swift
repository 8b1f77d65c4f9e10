// Values are stored without the nulls between them; columns have a slot for every row.
//
//   dense     a b c . . .          (three values decoded to the front)
//   validity  1 0 0 1 0 1
//   spread    a 0 0 b 0 c          (in place, from the back)
//   compact   a b c                (the other way, into other memory)
//
// CKernels/slots.h has the vector kernels.
package import Base
import CKernels

/// Moves `valueCount` values at the front of `slots` to the rows whose bit is set and zeroes the
/// others. Bit `firstBit + i` of `words` is row `i`.
///
/// - Precondition: exactly `valueCount` of the `rowCount` bits are ones, `slotSizeBytes` is 1, 4, 8
///   or 16, and a word may be read behind the last.
@unsafe
package func spreadSlots(
  _ slots: UnsafeMutableRawPointer, slotSizeBytes: Int, valueCount: Int, rowCount: Int,
  validity words: UnsafePointer<UInt64>, firstBit: Int, level: KernelLevel = .best
) {
  // SAFETY: `slots` has room for `rowCount` slots, `words` for their bits.
  switch slotSizeBytes {
  case 1: unsafe spread(slots, UInt8.self, valueCount, rowCount, words, firstBit, level)
  case 4: unsafe spread(slots, UInt32.self, valueCount, rowCount, words, firstBit, level)
  case 8: unsafe spread(slots, UInt64.self, valueCount, rowCount, words, firstBit, level)
  case 16: unsafe spread(slots, UInt128.self, valueCount, rowCount, words, firstBit, level)
  default: preconditionFailure("no slot of \(slotSizeBytes) bytes")
  }
}

@inline(__always) @unsafe
private func spread<Slot: NullableSlot>(
  _ raw: UnsafeMutableRawPointer, _ type: Slot.Type, _ valueCount: Int, _ rowCount: Int,
  _ words: UnsafePointer<UInt64>, _ firstBit: Int, _ level: KernelLevel
) {
  // SAFETY: `value` is in 0...row: below zero only if the bits were miscounted.
  let slots = unsafe raw.bindMemory(to: Slot.self, capacity: rowCount)
  var value = valueCount
  var row = rowCount
  // Once every row left has its value in place, the rest is done.
  let blockCount = Slot.blockCount(level)
  let blockRows = blockCount == 0 ? 0 : rowCount / blockCount * blockCount
  while row > max(value, blockRows) {
    row &-= 1
    let bit = firstBit &+ row
    let isValid = unsafe (words[bit &>> 6] &>> UInt64(bit & 63)) & 1
    value &-= Int(truncatingIfNeeded: isValid)
    let slot = unsafe slots[max(value, 0)]
    unsafe slots[row] = isValid == 1 ? slot : 0
  }
  if row > value && row > 0 && value >= 0 {
    unsafe Slot.spreadBlocks(slots, value, row / blockCount, words, firstBit, level)
  }
}

/// Writes the slots of the rows whose bit is set, one after the other. Returns how many. Bit
/// `firstBit + i` of `words` is row `i`.
///
/// - Precondition: `slotSizeBytes` is 1, 4, 8 or 16; `output` has room for the values and
///   `bufferPaddingBytes` more; a word may be read behind the last.
@unsafe
package func compactSlots(
  _ slots: UnsafeRawPointer, slotSizeBytes: Int, rowCount: Int,
  validity words: UnsafePointer<UInt64>, firstBit: Int, into output: UnsafeMutableRawPointer,
  level: KernelLevel = .best
) -> Int {
  // SAFETY: `slots` has `rowCount` slots, `words` their bits.
  switch slotSizeBytes {
  case 1: unsafe compact(slots, UInt8.self, rowCount, words, firstBit, output, level)
  case 4: unsafe compact(slots, UInt32.self, rowCount, words, firstBit, output, level)
  case 8: unsafe compact(slots, UInt64.self, rowCount, words, firstBit, output, level)
  case 16: unsafe compact(slots, UInt128.self, rowCount, words, firstBit, output, level)
  default: preconditionFailure("no slot of \(slotSizeBytes) bytes")
  }
}

@inline(__always) @unsafe
private func compact<Slot: NullableSlot>(
  _ raw: UnsafeRawPointer, _ type: Slot.Type, _ rowCount: Int,
  _ words: UnsafePointer<UInt64>, _ firstBit: Int, _ output: UnsafeMutableRawPointer,
  _ level: KernelLevel
) -> Int {
  // SAFETY: values never outnumber the rows that were read.
  let slots = unsafe raw.assumingMemoryBound(to: Slot.self)
  let target = unsafe output.bindMemory(to: Slot.self, capacity: rowCount)
  var row = 0
  var count = 0
  let blockCount = Slot.blockCount(level)
  if blockCount > 0 {
    let blocks = rowCount / blockCount
    count = unsafe Slot.compactBlocks(slots, blocks, words, firstBit, target, level)
    row = blocks &* blockCount
  }
  while row < rowCount {
    let bit = firstBit &+ row
    unsafe target[count] = slots[row]
    count &+= unsafe Int(truncatingIfNeeded: (words[bit &>> 6] &>> UInt64(bit & 63)) & 1)
    row &+= 1
  }
  return count
}

/// What slots of one size differ in: their vector kernels. Never a witness call: `spread` and
/// `compact` are inlined for each.
private protocol NullableSlot: FixedWidthInteger, BitwiseCopyable {
  /// Slots of a block, 0 where the level has no kernels.
  static func blockCount(_ level: KernelLevel) -> Int
  @unsafe
  static func spreadBlocks(
    _ slots: UnsafeMutablePointer<Self>, _ valueCount: Int, _ blocks: Int,
    _ words: UnsafePointer<UInt64>, _ firstBit: Int, _ level: KernelLevel)
  @unsafe
  static func compactBlocks(
    _ slots: UnsafePointer<Self>, _ blocks: Int, _ words: UnsafePointer<UInt64>, _ firstBit: Int,
    _ output: UnsafeMutablePointer<Self>, _ level: KernelLevel
  ) -> Int
}

extension UInt8: NullableSlot {
  static func blockCount(_ level: KernelLevel) -> Int {
    level == .avx512 ? 64 : 0
  }

  // SAFETY: the caller's slots and bits, whole blocks of them.
  @unsafe
  static func spreadBlocks(
    _ slots: UnsafeMutablePointer<UInt8>, _ valueCount: Int, _ blocks: Int,
    _ words: UnsafePointer<UInt64>, _ firstBit: Int, _ level: KernelLevel
  ) {
    #if arch(x86_64)
      _ = unsafe grebe_spread_1_avx512(slots, valueCount, blocks, words, firstBit)
    #endif
  }

  // SAFETY: as above.
  @unsafe
  static func compactBlocks(
    _ slots: UnsafePointer<UInt8>, _ blocks: Int, _ words: UnsafePointer<UInt64>, _ firstBit: Int,
    _ output: UnsafeMutablePointer<UInt8>, _ level: KernelLevel
  ) -> Int {
    #if arch(x86_64)
      return unsafe grebe_compact_1_avx512(slots, blocks, words, firstBit, output)
    #else
      return 0
    #endif
  }
}

extension UInt32: NullableSlot {
  static func blockCount(_ level: KernelLevel) -> Int {
    level == .avx512 ? 16 : level == .avx2 ? 8 : 0
  }

  // SAFETY: the caller's slots and bits, whole blocks of them.
  @unsafe
  static func spreadBlocks(
    _ slots: UnsafeMutablePointer<UInt32>, _ valueCount: Int, _ blocks: Int,
    _ words: UnsafePointer<UInt64>, _ firstBit: Int, _ level: KernelLevel
  ) {
    #if arch(x86_64)
      _ =
        unsafe level == .avx512
        ? grebe_spread_4_avx512(slots, valueCount, blocks, words, firstBit)
        : grebe_spread_4_avx2(slots, valueCount, blocks, words, firstBit)
    #endif
  }

  // SAFETY: as above.
  @unsafe
  static func compactBlocks(
    _ slots: UnsafePointer<UInt32>, _ blocks: Int, _ words: UnsafePointer<UInt64>, _ firstBit: Int,
    _ output: UnsafeMutablePointer<UInt32>, _ level: KernelLevel
  ) -> Int {
    #if arch(x86_64)
      return unsafe level == .avx512
        ? grebe_compact_4_avx512(slots, blocks, words, firstBit, output)
        : grebe_compact_4_avx2(slots, blocks, words, firstBit, output)
    #else
      return 0
    #endif
  }
}

extension UInt64: NullableSlot {
  static func blockCount(_ level: KernelLevel) -> Int {
    level == .avx512 ? 8 : level == .avx2 ? 4 : 0
  }

  // SAFETY: the caller's slots and bits, whole blocks of them.
  @unsafe
  static func spreadBlocks(
    _ slots: UnsafeMutablePointer<UInt64>, _ valueCount: Int, _ blocks: Int,
    _ words: UnsafePointer<UInt64>, _ firstBit: Int, _ level: KernelLevel
  ) {
    #if arch(x86_64)
      _ =
        unsafe level == .avx512
        ? grebe_spread_8_avx512(slots, valueCount, blocks, words, firstBit)
        : grebe_spread_8_avx2(slots, valueCount, blocks, words, firstBit)
    #endif
  }

  // SAFETY: as above.
  @unsafe
  static func compactBlocks(
    _ slots: UnsafePointer<UInt64>, _ blocks: Int, _ words: UnsafePointer<UInt64>, _ firstBit: Int,
    _ output: UnsafeMutablePointer<UInt64>, _ level: KernelLevel
  ) -> Int {
    #if arch(x86_64)
      return unsafe level == .avx512
        ? grebe_compact_8_avx512(slots, blocks, words, firstBit, output)
        : grebe_compact_8_avx2(slots, blocks, words, firstBit, output)
    #else
      return 0
    #endif
  }
}

extension UInt128: NullableSlot {
  static func blockCount(_ level: KernelLevel) -> Int {
    level == .avx512 ? 4 : level == .avx2 ? 2 : 0
  }

  // SAFETY: the caller's slots and bits, whole blocks of them.
  @unsafe
  static func spreadBlocks(
    _ slots: UnsafeMutablePointer<UInt128>, _ valueCount: Int, _ blocks: Int,
    _ words: UnsafePointer<UInt64>, _ firstBit: Int, _ level: KernelLevel
  ) {
    #if arch(x86_64)
      _ =
        unsafe level == .avx512
        ? grebe_spread_16_avx512(slots, valueCount, blocks, words, firstBit)
        : grebe_spread_16_avx2(slots, valueCount, blocks, words, firstBit)
    #endif
  }

  // SAFETY: as above.
  @unsafe
  static func compactBlocks(
    _ slots: UnsafePointer<UInt128>, _ blocks: Int, _ words: UnsafePointer<UInt64>, _ firstBit: Int,
    _ output: UnsafeMutablePointer<UInt128>, _ level: KernelLevel
  ) -> Int {
    #if arch(x86_64)
      return unsafe level == .avx512
        ? grebe_compact_16_avx512(slots, blocks, words, firstBit, output)
        : grebe_compact_16_avx2(slots, blocks, words, firstBit, output)
    #else
      return 0
    #endif
  }
}
