// Levels -> validity and slices, for one leaf. A level position stands for a value, a null or an
// empty list; which nodes above the leaf have a row there, the two levels say:
//
//   optional group tags (LIST)    rows   [a, null]  null  []  [b]
//     repeated group list         repetition  0 1    0    0   0      0: a new row of the column
//       optional binary element   definition  3 2    0    1   3
//
//   node      rows (slots) at                 not null from   tags      element
//   tags      repetition < 1                  definition 1    1 0 1 1
//   element   definition >= 2                 definition 3              1 0 1
//   slices    each slot of tags starts at the elements counted so far
//
// In general a node below r lists has its slots where the repetition is at most r and the
// definition at least that of the r-th repeated node. All of it is done 64 positions at a time, on
// masks: one bit a position.
import Base
import Columns
import Encodings

/// A nested node on the way to a leaf.
struct NestedNode {
  /// Number of lists above: positions up to this repetition level have a slot...
  let repetition: Int
  /// ... from this definition level on.
  let slotDefinition: Int
  /// Rows are null below; nil where they never are.
  let nullDefinition: Int?
  /// Definition level from which on a position has an element of this list; nil for structs.
  let elementDefinition: Int?
}

/// The rows of one nested node, as the levels of one leaf tell them.
final class NestedRows {
  let node: NestedNode
  private var validity = BitRows()
  private var slices = BufferBuilder<ValueSlice>()
  private var elementCount = 0
  /// Whether the last position was inside a list of this node.
  private var isInside: UInt64 = 0

  init(_ node: NestedNode) { self.node = node }

  /// What the rows take, in units of eight bytes. The slots of the outermost node are not among
  /// them: each of those is a row.
  var sizeWords: Int { (node.repetition > 0 ? slices.count : 0) + validity.count / 64 }

  /// `rowCount` slots, none of them null or a list.
  func append(present rowCount: Int) {
    if node.nullDefinition != nil { validity.append(repeating: true, count: rowCount) }
  }

  /// Takes the positions of `masks`.
  ///
  /// - Throws: `DecodingFault` when a position continues a list that is not open.
  func append(_ masks: inout LevelMasks) throws(DecodingFault) {
    // SAFETY: masks have `wordCount` words; room for the slots was reserved.
    if node.nullDefinition == nil && node.elementDefinition == nil { return }
    let (wordCount, tail) = (masks.wordCount, masks.tail)
    let repeats = unsafe masks.repetition(atLeast: node.repetition + 1)
    let slots = unsafe masks.definition(atLeast: node.slotDefinition)
    if let nullDefinition = node.nullDefinition {
      let valid = unsafe masks.definition(atLeast: nullDefinition)
      for index in 0..<wordCount {
        var mask = unsafe slots[index] & ~repeats[index]
        if index == wordCount - 1 { mask &= tail }
        unsafe appendCompressed(valid[index], by: mask, to: &validity)
      }
    }
    if let elementDefinition = node.elementDefinition {
      try appendSlices(&masks, elementDefinition: elementDefinition)
    }
  }

  private func appendSlices(
    _ masks: inout LevelMasks, elementDefinition: Int
  ) throws(DecodingFault) {
    // SAFETY: as in `append`.
    let (wordCount, tail) = (masks.wordCount, masks.tail)
    let repeats = unsafe masks.repetition(atLeast: node.repetition + 1)
    let slots = unsafe masks.definition(atLeast: node.slotDefinition)
    let elements = unsafe masks.definition(atLeast: elementDefinition)
    let deeper = unsafe masks.repetition(atLeast: node.repetition + 2)
    var fault: UInt64 = 0
    var slotCount = 0
    for index in 0..<wordCount {
      let valid = index == wordCount - 1 ? tail : .max
      slotCount &+= unsafe (slots[index] & ~repeats[index] & valid).nonzeroBitCount
    }
    let target = unsafe slices.unsafeTail(slotCount)
    var slot = 0
    for index in 0..<wordCount {
      let here = index == wordCount - 1 ? tail : .max
      let inside = unsafe elements[index] & here
      // Continuing takes an element here, and one of the same list at the position before.
      let continued = unsafe repeats[index] & ~deeper[index] & here
      fault |= continued & ~(inside & (inside &<< 1 | isInside))
      isInside = inside &>> 63
      // An element of this list starts at most once a position: deeper repeats are inside one.
      let starts = unsafe inside & ~deeper[index]
      var mask = unsafe slots[index] & ~repeats[index] & here
      while mask != 0 {  // Bounded by the slots that were counted above.
        let bit = UInt64(truncatingIfNeeded: mask.trailingZeroBitCount)
        let before = (starts & ((1 &<< bit) &- 1)).nonzeroBitCount
        unsafe target[slot] = ValueSlice(
          offset: UInt32(truncatingIfNeeded: elementCount &+ before), count: 0)
        slot &+= 1
        mask &= mask &- 1
      }
      elementCount &+= starts.nonzeroBitCount
    }
    if let last = masks.lastBit { isInside = unsafe (elements[wordCount - 1] &>> last) & 1 }
    unsafe slices.advance(by: slotCount)
    if fault != 0 { throw .malformed(offset: 0) }
  }

  struct Taken: Equatable {
    /// Nil when no row is null.
    let validity: Bitmap?
    /// Empty for structs.
    let slices: Buffer<ValueSlice>
    let elementCount: Int

    static func == (a: Taken, b: Taken) -> Bool {
      guard a.elementCount == b.elementCount, a.slices.count == b.slices.count,
        a.validity?.count == b.validity?.count
      else { return false }
      // Loops over concrete elements: the generic comparison of buffers is none.
      let (mine, other) = (a.slices, b.slices)
      let (left, right) = (mine.span, other.span)
      for index in left.indices
      where left[index].offset != right[index].offset || left[index].count != right[index].count {
        return false
      }
      guard let bits = a.validity?.words, let others = b.validity?.words else { return true }
      let (words, otherWords) = (bits.span, others.span)
      for index in words.indices where words[index] != otherWords[index] { return false }
      return true
    }
  }

  /// The rows so far; none are left.
  func take() -> Taken {
    // SAFETY: `slices` has `count` slots.
    let count = slices.count
    let slots = unsafe slices.unsafeElements()
    var end = UInt32(truncatingIfNeeded: elementCount)
    for index in stride(from: count - 1, through: 0, by: -1) {
      let start = unsafe slots[index].offset
      unsafe slots[index].count = end &- start
      end = start
    }
    defer { elementCount = 0 }
    return Taken(validity: validity.take(), slices: slices.take(), elementCount: elementCount)
  }
}

/// Appends the bits of `bits` that `mask` selects.
@inline(__always)
func appendCompressed(_ bits: UInt64, by mask: UInt64, to rows: inout BitRows) {
  if mask == .max { return rows.append(bits, count: 64) }
  let count = mask.nonzeroBitCount
  if bits & mask == mask {
    if count > 0 { rows.append(UInt64.max &>> UInt64(64 &- count), count: count) }
    return
  }
  var compressed: UInt64 = 0
  if mask & (mask &+ 1) == 0 {  // The selected bits lie together at the low end.
    compressed = bits & mask
  } else {
    var (rest, bit) = (mask, UInt64(0))
    while rest != 0 {
      let lowest = rest & (0 &- rest)
      compressed |= (bits & lowest == 0 ? 0 : 1) &<< bit
      bit &+= 1
      rest &= rest &- 1
    }
  }
  rows.append(compressed, count: count)
}
