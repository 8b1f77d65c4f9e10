import Base
import Columns

/// Where the values of one place in the records are gathered: a column, a field of a struct, the
/// elements of an array, the keys or values of a map.
///
/// The walk appends one slot a row; conversion reads the slots afterwards, a node at a time.
// SAFETY: `JSONColumnTree` makes and frees what it points at.
@safe
struct JSONNode {
  enum Kind: UInt8 {
    case structure, list, map
    /// Text: a string's contents, anything else as it is written.
    case text
    case number, boolean
    /// Dates and time stamps, which are strings.
    case temporal
    /// Never seen a value; never seen a member.
    case void, emptyObject
    /// The column of what has no other place.
    case rescued
  }

  /// What is known of a column's type.
  enum Guess {
    case declared
    /// Any value may contradict it.
    case inferred
    /// Another number may; what is none is a misfit.
    case number
  }

  let kind: Kind
  let isNullable: Bool
  /// Whether a value that does not fit contradicts the type.
  let guess: Guess
  /// Of the schema; -1 for the root.
  let column: Int
  /// Column, field or element; the root's means nothing.
  let field: Field
  /// Of its columns.
  let storedType: DataType
  let parent: UnsafeMutablePointer<JSONNode>?
  /// Fields in order; an array's element; a map's keys and values.
  var children: UnsafeMutablePointer<JSONNode>
  var childCount = 0
  /// Rows so far.
  var count = 0
  /// One a row. `text`: a `ValueSlice`; with bit 63 where backslashes are no escapes, until these
  /// are replaced. `number`, `temporal`: offset before the value, offset behind it, so that
  /// `FieldColumn` reads them as the ends of two fields. `list`, `map`: a `ValueSlice` of the rows
  /// of the children. `boolean`: 0 or 1. `structure`: none.
  var slots: UnsafeMutablePointer<UInt64>
  var capacity = 0
  /// A bit a row, 1 for null; words up to that of the last null.
  var nulls: UnsafeMutablePointer<UInt64>
  var nullWordCapacity = 0
  var nullWordCount = 0
  /// `"name":` as compact JSON has it; empty for a name that JSON escapes.
  var pattern: UnsafeMutablePointer<UInt8>
  var patternCount = 0
  /// Row for which a member was taken whose name differs in case; -1: none. `-2 - row`: such a
  /// member came after another.
  var variantRow = -1
  /// Whether records that lack the column are noted, and are no misfits even if it allows no null.
  var notesAbsence = false
}

/// A node of a tree that outlives it.
// SAFETY: nodes are made by `JSONColumnTree`, which keeps them and all they point at.
@safe
struct JSONNodeRef {
  let base: UnsafeMutablePointer<JSONNode>

  var kind: JSONNode.Kind { unsafe base.pointee.kind }
  var field: Field { unsafe base.pointee.field }
  var storedType: DataType { unsafe base.pointee.storedType }
  var column: Int { unsafe base.pointee.column }
  var guess: JSONNode.Guess { unsafe base.pointee.guess }
  var isNullable: Bool { unsafe base.pointee.isNullable }
  var childCount: Int { unsafe base.pointee.childCount }
  var patternCount: Int { unsafe base.pointee.patternCount }
  var notesAbsence: Bool { unsafe base.pointee.notesAbsence }
  var hasNulls: Bool { unsafe base.pointee.nullWordCount > 0 }
  var parent: JSONNodeRef? { unsafe base.pointee.parent.map { unsafe JSONNodeRef(base: $0) } }

  var count: Int {
    @inline(__always) get { unsafe base.pointee.count }
    nonmutating set { unsafe base.pointee.count = newValue }
  }

  var variantRow: Int {
    get { unsafe base.pointee.variantRow }
    nonmutating set { unsafe base.pointee.variantRow = newValue }
  }

  /// - Precondition: `index` is at most `childCount`; the last is for comparing only.
  @inline(__always)
  func child(_ index: Int) -> JSONNodeRef {
    unsafe JSONNodeRef(base: base.pointee.children + index)
  }

  var next: JSONNodeRef {
    @inline(__always) get { unsafe JSONNodeRef(base: base + 1) }
  }

  @inline(__always)
  static func < (a: JSONNodeRef, b: JSONNodeRef) -> Bool { unsafe a.base < b.base }

  static func == (a: JSONNodeRef, b: JSONNodeRef) -> Bool { unsafe a.base == b.base }

  /// Position among its siblings.
  func index(in parent: JSONNodeRef) -> Int { unsafe base - parent.base.pointee.children }

  /// - Precondition: `row < count`.
  @inline(__always)
  func slot(_ row: Int) -> UInt64 { unsafe base.pointee.slots[row] }

  func slice(_ row: Int) -> ValueSlice {
    let slot = slot(row)
    return ValueSlice(
      offset: UInt32(truncatingIfNeeded: slot), count: UInt32(truncatingIfNeeded: slot &>> 32))
  }

  func setSlot(_ row: Int, _ slot: UInt64) { unsafe base.pointee.slots[row] = slot }

  func setSlice(_ row: Int, _ slice: ValueSlice) {
    unsafe base.pointee.slots[row] = UInt64(slice.offset) | UInt64(slice.count) &<< 32
  }

  /// The slots as offsets around fields.
  var ends: UnsafePointer<UInt32> {
    @unsafe get {
      unsafe UnsafeRawPointer(base.pointee.slots).assumingMemoryBound(to: UInt32.self)
    }
  }

  @inline(__always)
  func append(_ slot: UInt64) {
    let count = unsafe base.pointee.count
    if unsafe count == base.pointee.capacity { grow() }
    unsafe base.pointee.slots[count] = slot
    unsafe base.pointee.count = count &+ 1
  }

  @inline(__always)
  func append(_ offset: Int, _ count: Int) {
    append(UInt64(truncatingIfNeeded: offset) | UInt64(truncatingIfNeeded: count) &<< 32)
  }

  @inline(never)
  private func grow() {
    let capacity = unsafe max(1024, base.pointee.capacity * 2)
    let fresh = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
    let count = unsafe base.pointee.count
    unsafe fresh.update(from: base.pointee.slots, count: count)
    unsafe base.pointee.slots.deallocate()
    unsafe base.pointee.slots = fresh
    unsafe base.pointee.capacity = capacity
  }

  func isNull(_ row: Int) -> Bool {
    let word = row >> 6
    guard unsafe word < base.pointee.nullWordCount else { return false }
    return unsafe base.pointee.nulls[word] >> UInt64(row & 63) & 1 == 1
  }

  /// Marks `row`, which may be the next one.
  func setNull(_ row: Int) {
    let word = row >> 6
    if unsafe word >= base.pointee.nullWordCount { growNulls(word) }
    unsafe base.pointee.nulls[word] |= 1 << UInt64(row & 63)
  }

  private func growNulls(_ word: Int) {
    if unsafe word >= base.pointee.nullWordCapacity {
      let capacity = unsafe max(word + 1, base.pointee.nullWordCapacity * 2, 16)
      let fresh = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
      unsafe fresh.update(from: base.pointee.nulls, count: base.pointee.nullWordCount)
      unsafe base.pointee.nulls.deallocate()
      unsafe base.pointee.nulls = fresh
      unsafe base.pointee.nullWordCapacity = capacity
    }
    for index in unsafe base.pointee.nullWordCount...word {
      unsafe base.pointee.nulls[index] = 0
    }
    unsafe base.pointee.nullWordCount = word + 1
  }

  /// Validity of the rows; nil if none is null.
  func validity() -> Bitmap? {
    guard hasNulls else { return nil }
    let wordCount = (count + 63) / 64
    var words = BufferBuilder<UInt64>(capacity: wordCount)
    for word in 0..<wordCount {
      words.append(unsafe word < base.pointee.nullWordCount ? ~base.pointee.nulls[word] : .max)
    }
    if count & 63 != 0 { words[wordCount - 1] &= (1 << UInt64(count & 63)) - 1 }
    return Bitmap(words: words.take(), count: count)
  }

  /// Appends a null row, to all below a struct as well.
  func appendNull() {
    setNull(count)
    appendUnspecified()
  }

  /// Appends a row that means nothing, for a struct that is null.
  func appendUnspecified() {
    switch kind {
    case .structure:
      for index in 0..<childCount { child(index).appendUnspecified() }
      count += 1
    case .list, .map: append(child(0).count, 0)
    case .number, .temporal:
      setNull(count)  // There is no text to convert.
      append(0, 1)
    case .text, .emptyObject, .rescued: append(0, 0)
    case .boolean, .void: append(0)
    }
  }

  /// Forgets the rows from `newCount` on, and what is below them.
  func truncate(to newCount: Int) {
    if kind == .list || kind == .map {
      let last = newCount > 0 ? slice(newCount - 1).range.upperBound : 0
      for index in 0..<childCount { child(index).truncate(to: min(last, child(index).count)) }
    } else if kind == .structure {
      for index in 0..<childCount {
        child(index).truncate(to: min(newCount, child(index).count))
      }
    }
    count = newCount
    variantRow = -1
    let wordCount = (newCount + 63) >> 6
    if unsafe base.pointee.nullWordCount > wordCount {
      unsafe base.pointee.nullWordCount = wordCount
    }
    if unsafe newCount & 63 != 0 && base.pointee.nullWordCount == wordCount && wordCount > 0 {
      unsafe base.pointee.nulls[wordCount - 1] &= (1 << UInt64(newCount & 63)) - 1
    }
  }
}
