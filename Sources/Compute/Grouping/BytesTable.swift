import Base
import Columns

/// Distinct byte strings and the dense code of each, in order of first appearance. Owns its bytes.
struct BytesTable: ~Copyable {
  // Not private: 6.3 fails on noncopyable types that store a private one.
  struct Slot: BitwiseCopyable {
    var hash: UInt32
    /// `BytesTable.empty`, or the code.
    var code: UInt32
  }

  private static let empty = UInt32.max

  private var slots = BufferBuilder<Slot>()
  /// Code -> where its bytes end; they start where those of the code before end.
  private var ends = BufferBuilder<Int>()
  private var data = BufferBuilder<UInt8>()

  var count: Int { ends.count }
  var sizeBytes: Int { slots.count * 8 + ends.count * 8 + data.count }

  init() {
    slots.append(repeating: Slot(hash: 0, code: BytesTable.empty), count: 64)
  }

  /// The bytes of `code`.
  func range(of code: Int) -> Range<Int> { (code == 0 ? 0 : ends[code - 1])..<ends[code] }
  var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { data.span }
  }

  /// Multiplies and folds eight bytes a step; the length goes in too.
  // SAFETY: at most 7 bytes past the text are loaded; buffers are padded for that.
  @inline(__always)
  @unsafe
  static func hash(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
    var state = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
    var offset = 0
    while offset < count {
      var word = unsafe UInt64(littleEndian: loadWord(text + offset))
      let rest = count &- offset
      if rest < 8 { word = word &<< UInt64(truncatingIfNeeded: 64 &- rest &* 8) }
      let product = (state ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
      state = product.high ^ product.low &+ 0x9E37_79B9_7F4A_7C15
      offset &+= 8
    }
    state ^= state &>> 32
    return UInt32(truncatingIfNeeded: state &* 0x9E37_79B9_7F4A_7C15 &>> 32)
  }

  /// The code of the text, which is added if it is new.
  // SAFETY: the caller's text holds `count` bytes, and padding after them.
  @unsafe
  mutating func code(_ text: UnsafePointer<UInt8>, _ count: Int) throws(ComputeError) -> UInt32 {
    if self.count &* 2 >= slots.count { try grow() }
    let hash = unsafe BytesTable.hash(text, count)
    let index = unsafe find(text, count, hash)
    let found = slots[index].code
    if found != BytesTable.empty { return found }
    let code = UInt32(truncatingIfNeeded: self.count)
    slots[index] = Slot(hash: hash, code: code)
    data.append(contentsOf: unsafe Span(_unsafeStart: text, count: count))
    ends.append(data.count)
    return code
  }

  mutating func insert(_ text: Buffer<UInt8>) {
    // SAFETY: a buffer is padded, and lives through the closure.
    _ = unsafe text.withUnsafePointer { unsafe try? code($0, text.count) }
  }

  // SAFETY: the caller's text holds `count` bytes, and padding after them.
  @unsafe
  func contains(_ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let index = unsafe find(text, count, BytesTable.hash(text, count))
    return slots[index].code != BytesTable.empty
  }

  /// The slot that holds the text, or the empty one where it would go.
  // SAFETY: equal counts are compared, within the table's own bytes.
  @unsafe
  private func find(_ text: UnsafePointer<UInt8>, _ count: Int, _ hash: UInt32) -> Int {
    let mask = slots.count &- 1
    let table = slots.span
    let ends = ends.span
    let known = data.span
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = table[index]
      if slot.code == BytesTable.empty { return index }
      if slot.hash == hash {
        let code = Int(slot.code)
        let start = code == 0 ? 0 : ends[code &- 1]
        if ends[code] &- start == count {
          let isEqual = unsafe known.withUnsafeBufferPointer { known in
            guard let base = known.baseAddress else { return true }
            return unsafe bytesEqual(base + start, text, count)
          }
          if isEqual { return index }
        }
      }
      index = (index &+ 1) & mask
    }
  }

  private mutating func grow() throws(ComputeError) {
    guard count < Int(UInt32.max) / 2 else { throw tooManyGroups() }
    let newCount = slots.count * 4
    var grown = BufferBuilder<Slot>(capacity: newCount)
    grown.append(repeating: Slot(hash: 0, code: BytesTable.empty), count: newCount)
    for index in 0..<slots.count where slots[index].code != BytesTable.empty {
      var target = Int(slots[index].hash) & (newCount - 1)
      while grown[target].code != BytesTable.empty { target = (target + 1) & (newCount - 1) }
      grown[target] = slots[index]
    }
    slots = grown
  }
}
