// Hash -> code, and which codes a page used: what the dictionaries of the writer share.
//
//   slots   [code] x 2^n   open addressing, linear probing; see `slotCount(for:)`
//   marks   [0] [0 or 1]   nobody's, then by code: 1 if a value had it since `startPage`
//
// Code 0 is never stored: it is what an empty slot holds. A lookup compares its value with the one
// that has the code it finds, whatever it finds; where that is the first value by way of an empty
// slot, the answer is right all the same. So the common case takes one comparison.
import Base

/// What a dictionary may grow to before its column goes on without it.
package struct DictionaryLimits: Sendable, Hashable {
  /// Distinct values, at most 65 535: codes are 16 bits wide until they are packed.
  package var distinctCount: Int
  /// Bytes of the dictionary page before compression.
  package var sizeBytes: Int

  package init(distinctCount: Int = 65_535, sizeBytes: Int = 1 << 20) {
    self.distinctCount = min(max(distinctCount, 0), 65_535)
    self.sizeBytes = sizeBytes
  }
}

/// 2^64 / golden ratio, odd: spreads keys that differ in a few bits.
let hashFactor: UInt64 = 0x9E37_79B9_7F4A_7C15

/// Slots of a table of `count` entries: at most a quarter of them full while the table is small
/// against the second-level cache, because a lookup that has to probe is a branch guessed wrong; at
/// most half after.
func slotCount(for count: Int) -> Int {
  var slotCount = 1024
  while count * (slotCount <= 32_768 ? 4 : 2) > slotCount { slotCount *= 2 }
  return slotCount
}

struct CodeTable: ~Copyable {
  /// What a slot without code holds.
  static let emptySlot: UInt16 = 0
  /// Steps a lookup may take. Only keys made to collide need so many; then the dictionary counts
  /// as full.
  private static let probeLimit = 64

  private var slots = BufferBuilder<UInt16>()
  private var marks = BufferBuilder<UInt8>()
  /// 64 - log2(slots): the upper bits of a hash number its slot.
  private(set) var hashShift: UInt64 = 64

  init() {
    marks.append(0)
    resize(Encodings.slotCount(for: 0))
  }

  var slotCount: Int { slots.count }

  /// By code: 1 if a value had it since `startPage`, else 0.
  var used: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { marks.span.extracting(1..<marks.count) }
  }

  /// Whether a value of the page had each of the codes: then lookups have none to mark. False
  /// without a look where there are so many that a page hardly has them all.
  ///
  /// - Complexity: O(codes), a byte each.
  var areAllUsed: Bool {
    guard marks.count <= Self.countedCodesMax else { return false }
    let used = used
    var all: UInt8 = 1
    for code in used.indices { all &= used[code] }
    return all == 1
  }
  private static let countedCodesMax = 4096

  /// For the lookup loops. Valid until the table changes. Look before you write to `unsafeUsed`:
  /// most codes are marked already, and stores all over it wait for each other where loads do not.
  // SAFETY: hands out what it holds; marked `@unsafe`, since only the caller knows how long it is
  // used.
  @unsafe var unsafeSlots: UnsafeMutablePointer<UInt16> { unsafe slots.unsafeStart }
  // SAFETY: as above. Before the byte of code 0 there is one more, which stays 0.
  @unsafe var unsafeUsed: UnsafeMutablePointer<UInt8> { unsafe marks.unsafeStart + 1 }

  /// Whether the table must grow before it takes `count` codes.
  func needsRoom(for count: Int) -> Bool { Encodings.slotCount(for: count) > slots.count }

  /// Takes the next code, which is the number of codes so far, and marks it used. False where the
  /// keys collide.
  mutating func add(_ code: UInt16, hash: UInt64) -> Bool {
    guard code == 0 || put(code, hash: hash) else { return false }
    addUsed()
    return true
  }

  /// Marks the next code used, wherever it is found.
  mutating func addUsed() { marks.append(1) }

  /// Puts a code back that `removeAll` or `truncate` took out of the slots.
  mutating func restore(_ code: UInt16, hash: UInt64) {
    // What was placed once has a place in a table as large; a code that comes out of a window may
    // have none. Then it is not found any more, and its value gets another.
    if code > 0 { _ = put(code, hash: hash) }
  }

  private mutating func put(_ code: UInt16, hash: UInt64) -> Bool {
    var slot = Int(truncatingIfNeeded: hash &>> hashShift)
    for _ in 0..<Self.probeLimit {
      if slots[slot] == Self.emptySlot {
        slots[slot] = code
        return true
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return false
  }

  /// The code of the value that `isValue` knows; nil if no code on its way does.
  @inline(__always)
  func find(_ hash: UInt64, _ isValue: (UInt16) -> Bool) -> UInt16? {
    var slot = Int(truncatingIfNeeded: hash &>> hashShift)
    for _ in 0..<Self.probeLimit {
      let code = slots[slot]
      if isValue(code) { return code }
      if code == Self.emptySlot { return nil }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  mutating func markUsed(_ code: UInt16) { marks[Int(code) + 1] = 1 }

  /// From here on, no code has been used yet.
  mutating func startPage() {
    let count = marks.count
    marks.removeAll()
    marks.append(repeating: 0, count: count)
  }

  /// Empties the slots, with room for `count` codes; what was used stays known.
  mutating func removeAll(roomFor count: Int) { resize(Encodings.slotCount(for: count)) }

  /// Forgets which codes from `count` on were used, and empties the slots.
  mutating func truncate(to count: Int) {
    marks.truncate(to: count + 1)
    resize(Encodings.slotCount(for: count))
  }

  private mutating func resize(_ slotCount: Int) {
    slots.removeAll()
    slots.append(repeating: Self.emptySlot, count: slotCount)
    hashShift = UInt64(64 - slotCount.trailingZeroBitCount)
  }
}
