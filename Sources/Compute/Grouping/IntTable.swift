import Base

/// Distinct 64-bit words and the dense code of each, in order of first appearance.
///
/// Open addressing with linear probing, at most half full. A slot holds word and code side by side,
/// so that a lookup touches one cache line.
struct IntTable: ~Copyable {
  // Not private: 6.3 fails on noncopyable types that store a private one.
  struct Slot: BitwiseCopyable {
    var word: UInt64
    /// `IntTable.empty`, or the code.
    var code: UInt32
  }

  private static let empty = UInt32.max
  private static let initialBits = 6

  private var slots = BufferBuilder<Slot>()
  private var shift = UInt64(64 - IntTable.initialBits)
  /// Code -> word.
  private var words = BufferBuilder<UInt64>()

  var count: Int { words.count }
  var sizeBytes: Int { slots.count * MemoryLayout<Slot>.stride + words.count * 8 }

  init() {
    slots.append(repeating: Slot(word: 0, code: IntTable.empty), count: 1 << IntTable.initialBits)
  }

  /// Fibonacci hashing: the top bits of the product. The xor brings in the high bits, which are all
  /// that many doubles differ in.
  @inline(__always)
  private static func hash(_ word: UInt64) -> UInt64 {
    (word ^ (word &>> 32)) &* 0x9E37_79B9_7F4A_7C15
  }

  /// The code of each word; new words get the next codes.
  ///
  /// - Throws: `ComputeError` when 2^32 - 2 words are there.
  mutating func codes(of input: Buffer<UInt64>) throws(ComputeError) -> Buffer<UInt32> {
    var output = BufferBuilder<UInt32>(capacity: input.count)
    // SAFETY: the tail has room for every row of the input, and every row is written.
    let target = unsafe output.unsafeTail(input.count)
    var row = 0
    while row < input.count {
      if count &* 2 >= slots.count { try grow() }
      row = unsafe insertRun(input, from: row, into: target)
    }
    unsafe output.advance(by: input.count)
    return output.freeze()
  }

  /// Codes rows until the table is half full; returns the row to go on with.
  @unsafe
  private mutating func insertRun(
    _ input: Buffer<UInt64>, from first: Int, into target: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let end = input.count
    let room = min(slots.count / 2 &- count, end &- first)
    let mask = slots.count &- 1
    let shift = shift
    let known = UInt32(truncatingIfNeeded: count)
    // SAFETY: `index` is masked to the table; at most `room` new words are written.
    let table = unsafe slots.unsafeElements()
    let fresh = unsafe words.unsafeTail(room)
    var added = 0
    var row = first
    unsafe input.withUnsafePointer { input in
      while row < end && added < room {
        let word = unsafe input[row]
        var index = Int(truncatingIfNeeded: IntTable.hash(word) &>> shift)
        while true {
          let slot = unsafe table[index]
          if slot.code == IntTable.empty {
            let code = known &+ UInt32(truncatingIfNeeded: added)
            unsafe table[index] = Slot(word: word, code: code)
            unsafe fresh[added] = word
            unsafe target[row] = code
            added &+= 1
            break
          }
          if slot.word == word {
            unsafe target[row] = slot.code
            break
          }
          index = (index &+ 1) & mask
        }
        row &+= 1
      }
    }
    unsafe words.advance(by: added)
    return row
  }

  /// The word of a code.
  subscript(code: Int) -> UInt64 { words[code] }

  func words(of codes: Buffer<UInt32>) -> Buffer<UInt64> {
    var output = BufferBuilder<UInt64>(capacity: codes.count)
    let words = words.span
    for index in 0..<codes.count { output.append(words[Int(codes[index])]) }
    return output.freeze()
  }

  // SAFETY: `index` is masked to the grown table.
  private mutating func grow() throws(ComputeError) {
    guard count < Int(UInt32.max) / 2 else { throw tooManyGroups() }
    let newCount = slots.count * 4
    shift -= 2
    var grown = BufferBuilder<Slot>(capacity: newCount)
    grown.append(repeating: Slot(word: 0, code: IntTable.empty), count: newCount)
    let table = unsafe grown.unsafeElements()
    for code in 0..<words.count {
      let word = words[code]
      var index = Int(truncatingIfNeeded: IntTable.hash(word) &>> shift)
      while unsafe table[index].code != IntTable.empty { index = (index &+ 1) & (newCount &- 1) }
      unsafe table[index] = Slot(word: word, code: UInt32(truncatingIfNeeded: code))
    }
    slots = grown
  }
}

func tooManyGroups() -> ComputeError {
  ComputeError(.resourceLimit, "there are more than two thousand million groups")
}
