// Values are stored without the nulls between them; columns have a slot for every row.
//
//   dense     a b c . . .          (three values decoded to the front)
//   validity  1 0 0 1 0 1
//   spread    a 0 0 b 0 c          (in place, from the back)

/// Moves `valueCount` values at the front of `slots` to the rows whose bit is set and zeroes the
/// others. Bit `firstBit + i` of `words` is row `i`.
///
/// - Precondition: exactly `valueCount` of the `rowCount` bits are ones, and `slotSizeBytes` is 1,
///   4,
///   8 or 16.
@unsafe
package func spreadSlots(
  _ slots: UnsafeMutableRawPointer, slotSizeBytes: Int, valueCount: Int, rowCount: Int,
  validity words: UnsafePointer<UInt64>, firstBit: Int
) {
  // SAFETY: `slots` has room for `rowCount` slots, `words` for their bits.
  switch slotSizeBytes {
  case 1: unsafe spread(slots, UInt8.self, valueCount, rowCount, words, firstBit)
  case 4: unsafe spread(slots, UInt32.self, valueCount, rowCount, words, firstBit)
  case 8: unsafe spread(slots, UInt64.self, valueCount, rowCount, words, firstBit)
  case 16: unsafe spread(slots, UInt128.self, valueCount, rowCount, words, firstBit)
  default: preconditionFailure("no slot of \(slotSizeBytes) bytes")
  }
}

@inline(__always) @unsafe
private func spread<Slot: FixedWidthInteger & BitwiseCopyable>(
  _ raw: UnsafeMutableRawPointer, _ type: Slot.Type, _ valueCount: Int, _ rowCount: Int,
  _ words: UnsafePointer<UInt64>, _ firstBit: Int
) {
  let slots = unsafe raw.bindMemory(to: Slot.self, capacity: rowCount)
  var value = valueCount
  var row = rowCount
  // Once every row left has its value in place, the rest is done.
  while row > value {
    row &-= 1
    let bit = firstBit &+ row
    let isValid = unsafe (words[bit &>> 6] &>> UInt64(bit & 63)) & 1
    value &-= Int(truncatingIfNeeded: isValid)
    // SAFETY: `value` is in 0...row: below zero only if the bits were miscounted.
    let slot = unsafe slots[max(value, 0)]
    unsafe slots[row] = isValid == 1 ? slot : 0
  }
}
