// Levels as bits: what is valid at one depth of nesting is what has at least its level.
package import Base
import CKernels

/// Sets the bits from `firstBit` on in `words` whose level is at least `least`. The words are zero
/// where the bits go. Returns how many of them are ones. O(count).
///
/// - Precondition: `levels` may be read for `bufferPaddingBytes` past the last.
@unsafe
package func setBits(
  of levels: UnsafePointer<UInt8>, count: Int, atLeast least: UInt8,
  into words: UnsafeMutablePointer<UInt64>, firstBit: Int, level: KernelLevel = .best
) -> Int {
  // SAFETY: there are `count` levels and padding, and words for `firstBit + count` bits.
  var oneCount = 0
  var done = 0
  while done < count {
    let step = min(64, count &- done)
    let block = unsafe levels.advanced(by: done)
    let bits =
      unsafe levelBits(block, atLeast: least, level: level) & (.max &>> UInt64(64 &- step))
    let bit = firstBit &+ done
    let inWord = UInt64(bit & 63)
    unsafe words[bit &>> 6] |= bits &<< inWord
    if Int(inWord) &+ step > 64 { unsafe words[bit &>> 6 &+ 1] |= bits &>> (64 &- inWord) }
    oneCount &+= bits.nonzeroBitCount
    done &+= step
  }
  return oneCount
}

/// A bit for each of 64 levels, the first in the lowest place.
@inline(__always) @unsafe
private func levelBits(
  _ levels: UnsafePointer<UInt8>, atLeast least: UInt8, level: KernelLevel
) -> UInt64 {
  // SAFETY: 64 levels, or fewer and padding.
  #if arch(x86_64)
    if level > .scalar { return unsafe grebe_levels_at_least_sse2(levels, least) }
  #endif
  var bits: UInt64 = 0
  for index in 0..<64 {
    bits |= (unsafe levels[index] >= least ? 1 : 0) &<< UInt64(index)
  }
  return bits
}

/// How many of `count` levels are at least `least`. O(count), vectorised.
@unsafe
package func countLevels(
  _ levels: UnsafePointer<UInt8>, count: Int, atLeast least: UInt8
) -> Int {
  // SAFETY: there are `count` levels.
  var total = 0
  var index = 0
  while index < count {
    // A byte counts to 255 without a carry: sums of bytes are what vector units have.
    let end = min(index &+ 255 &* 16, count)
    var partial: UInt32 = 0
    while index < end {
      partial &+= unsafe levels[index] >= least ? 1 : 0
      index &+= 1
    }
    total &+= Int(partial)
  }
  return total
}

/// How many of `count` levels are `level`.
@unsafe
package func countLevels(
  _ levels: UnsafePointer<UInt8>, count: Int, equalTo level: UInt8
) -> Int {
  // SAFETY: there are `count` levels.
  var total: UInt32 = 0
  for index in 0..<count { total &+= unsafe levels[index] == level ? 1 : 0 }
  return Int(total)
}
