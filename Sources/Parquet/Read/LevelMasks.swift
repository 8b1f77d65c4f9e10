import Base
import Encodings

/// Positions of a block of levels as masks, each made when it is first asked for.
// SAFETY: `memory` has a mask of `stride` words for every level of either kind; levels are read
// within the block that `reset` was told.
@safe
struct LevelMasks: ~Copyable {
  private let stride: Int
  private let maxRepetition: Int
  private let maxDefinition: Int
  private var memory: BufferBuilder<UInt64>
  private var isMade: [Bool]
  /// Nil before the first block, and where the maximum level is 0.
  private var repetition: UnsafePointer<UInt8>?
  private var definition: UnsafePointer<UInt8>?
  private var isWhole = false
  /// Bits past the last of these positions mean nothing.
  private(set) var count = 0

  init(maxRepetition: Int, maxDefinition: Int, blockCount: Int) {
    self.maxRepetition = maxRepetition
    self.maxDefinition = maxDefinition
    stride = (blockCount + 63) / 64
    let maskCount = maxRepetition + maxDefinition + 3
    memory = BufferBuilder(capacity: maskCount * stride)
    memory.append(repeating: 0, count: maskCount * stride)
    isMade = Array(repeating: false, count: maskCount)
    unsafe repetition = nil
    unsafe definition = nil
  }

  /// Starts over with `count` positions.
  ///
  /// - Parameter isWhole: every definition level is the maximum; `definition` is not looked at.
  @unsafe
  mutating func reset(
    repetition: UnsafePointer<UInt8>?, definition: UnsafePointer<UInt8>?, count: Int,
    isWhole: Bool
  ) {
    unsafe self.repetition = repetition
    unsafe self.definition = definition
    self.count = count
    self.isWhole = isWhole
    for index in isMade.indices { isMade[index] = false }
  }

  var wordCount: Int { (count + 63) / 64 }
  /// Bits of the last word that are positions.
  var tail: UInt64 { .max &>> UInt64((64 &- count) & 63) }
  /// Of the last position, in its word; nil without positions.
  var lastBit: UInt64? { count == 0 ? nil : UInt64((count - 1) & 63) }

  /// Keeps the positions before row start number `startMax`, counted from 0. Returns how many row
  /// starts they have.
  mutating func limit(rowStarts startMax: Int) -> Int {
    // SAFETY: the mask has `wordCount` words.
    if maxRepetition == 0 {
      count = min(count, startMax)
      return count
    }
    let continued = unsafe repetition(atLeast: 1)
    var startCount = 0
    for index in 0..<wordCount {
      var starts = unsafe ~continued[index]
      if index == wordCount - 1 { starts &= tail }
      let more = starts.nonzeroBitCount
      if startCount + more <= startMax {
        startCount += more
        continue
      }
      for _ in startCount..<startMax { starts &= starts &- 1 }
      count = index * 64 + starts.trailingZeroBitCount
      return startMax
    }
    return startCount
  }

  /// Positions that have a value.
  mutating func valueCount() -> Int {
    // SAFETY: as above.
    let values = unsafe definition(atLeast: maxDefinition)
    var total = 0
    for index in 0..<wordCount {
      total += unsafe (values[index] & (index == wordCount - 1 ? tail : .max)).nonzeroBitCount
    }
    return total
  }

  /// Positions whose repetition level is at least `level`.
  @unsafe
  mutating func repetition(atLeast level: Int) -> UnsafePointer<UInt64> {
    let slot = min(level, maxRepetition + 1)
    let mask = unsafe start(slot)
    if isMade[slot] { return unsafe UnsafePointer(mask) }
    isMade[slot] = true
    unsafe mask.update(repeating: level == 0 ? .max : 0, count: wordCount)
    if level > 0 && level <= maxRepetition, let levels = unsafe repetition {
      _ = unsafe setBits(
        of: levels, count: count, atLeast: UInt8(level), into: mask, firstBit: 0)
    }
    return unsafe UnsafePointer(mask)
  }

  /// Positions whose definition level is at least `level`.
  @unsafe
  mutating func definition(atLeast level: Int) -> UnsafePointer<UInt64> {
    let slot = maxRepetition + 2 + level
    let mask = unsafe start(slot)
    if isMade[slot] { return unsafe UnsafePointer(mask) }
    isMade[slot] = true
    let isFull = level == 0 || isWhole
    unsafe mask.update(repeating: isFull ? .max : 0, count: wordCount)
    if !isFull, let levels = unsafe definition {
      _ = unsafe setBits(
        of: levels, count: count, atLeast: UInt8(level), into: mask, firstBit: 0)
    }
    return unsafe UnsafePointer(mask)
  }

  @unsafe
  private mutating func start(_ slot: Int) -> UnsafeMutablePointer<UInt64> {
    unsafe memory.unsafeElements() + slot * stride
  }
}
