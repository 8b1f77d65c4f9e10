// Value - base -> code, while the values of a dictionary lie close together, as dates, quantities
// and surrogate keys do: one load finds a code, and nothing is hashed or compared.
//
//   slots   [code + 1] x 2^n, 0   by value - base; 0 for a value without code, and at the end for
//                                 every value beyond
//
// The window grows to both sides until it would pass its limit; then it closes, and its owner goes
// on with a hash table.
import Base

struct CodeWindow: ~Copyable {
  private static let leastSlotCount = 1024

  private let valueBytes: Int
  private let slotLimit: Int
  private var slots = BufferBuilder<UInt16>()
  /// The value of the first slot.
  private(set) var base: UInt64 = 0
  /// Whether the codes are here: false once the values lie too far apart.
  private(set) var isOpen = true

  /// - Parameter codeLimit: how many codes there may be. The slots take at most eight bytes a code.
  init(valueBytes: Int, codeLimit: Int) {
    let mostSlots = min(max(4 * codeLimit, Self.leastSlotCount), 1 << 16)
    slotLimit = 1 << (Int.bitWidth - 1 - mostSlots.leadingZeroBitCount)
    self.valueBytes = valueBytes
  }

  /// Without the one at the end.
  var slotCount: Int { max(slots.count - 1, 0) }

  // SAFETY: hands out what it holds, valid until the window changes; marked `@unsafe`, since only
  // the caller knows how long it is used.
  @unsafe var unsafeSlots: UnsafeMutablePointer<UInt16> { unsafe slots.unsafeStart }

  /// Gives the value `key`, which has none, the next code, moving the window where it must.
  ///
  /// - Parameter keys: by code, the values that have one.
  /// - Returns: false if the window has closed; what it held is forgotten.
  mutating func add(_ key: UInt64, to keys: borrowing BufferBuilder<UInt64>) -> Bool {
    guard isOpen else { return false }
    if !(0..<slotCount).contains(distance(to: key)), !move(toHold: key, and: keys) {
      isOpen = false
      slots = BufferBuilder()
      return false
    }
    slots[distance(to: key)] = UInt16(keys.count + 1)
    return true
  }

  /// Forgets all values but `keys`.
  mutating func reset(to keys: borrowing BufferBuilder<UInt64>) {
    if keys.isEmpty {
      isOpen = true
      slots.removeAll()
    } else if isOpen {
      place(slotCount, keys)
    }
  }

  /// Of a value that the window holds, the number of its slot.
  private func distance(to key: UInt64) -> Int {
    let distance = key &- base
    return valueBytes == 8
      ? Int(truncatingIfNeeded: distance) : Int(Int32(truncatingIfNeeded: distance))
  }

  /// Makes room for `key` beside `keys`, and as much on either side as there may be: so that values
  /// that go up, down or both ways move the window a few dozen times at most.
  private mutating func move(
    toHold key: UInt64, and keys: borrowing BufferBuilder<UInt64>
  ) -> Bool {
    if keys.isEmpty { base = key }
    var low = distance(to: key)
    var high = low
    for code in 0..<keys.count {
      let known = distance(to: keys[code])
      low = min(low, known)
      high = max(high, known)
    }
    let (span, isTooFar) = high.subtractingReportingOverflow(low)
    guard !isTooFar, span < slotLimit else { return false }
    var slotCount = Self.leastSlotCount
    while slotCount < min(2 * span, slotLimit) { slotCount *= 2 }
    base &+= UInt64(bitPattern: Int64(low - (slotCount - span) / 2))
    place(slotCount, keys)
    return true
  }

  private mutating func place(_ slotCount: Int, _ keys: borrowing BufferBuilder<UInt64>) {
    slots.removeAll()
    slots.append(repeating: 0, count: slotCount + 1)
    for code in 0..<keys.count { slots[distance(to: keys[code])] = UInt16(code + 1) }
  }
}
