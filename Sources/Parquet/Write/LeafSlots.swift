// What a page stores of a nested column: slots. A slot is a value, or the place where the path to
// one ends early. Dremel's levels, as README.md ("Nested Encoding") of the format has them:
//
//   optional list of optional string       [a, null]      null      []      [b]
//     repetition   0: a row begins          0   1          0         0       0
//     definition   0: the list is null,     3   2          0         1       3
//                  1: empty, 2: the element
//                  is null, 3: a value
//     values                                a                                b
//
// The levels of a node are made from those of the node above, a column at a time: what its children
// share is computed once, and what is the same for every slot is not stored.
import Base
import Columns

/// Rows of a column, in order.
enum RowList {
  case range(Range<Int>)
  case rows(Buffer<UInt32>)

  var count: Int {
    switch self {
    case .range(let range): range.count
    case .rows(let rows): rows.count
    }
  }
}

/// The slots of a node of a nested column, over some rows of the batch.
struct Slots {
  let count: Int
  /// Nil where every slot begins a row.
  let repetition: Buffer<UInt8>?
  /// Nil where every slot is live.
  let definition: Buffer<UInt8>?
  /// The definition level of the live slots: those where the node is there. Others are below it.
  let depth: UInt8
  /// Lists above the node.
  let listDepth: UInt8
  /// One a live slot: its row in the node's column.
  let rows: RowList

  /// The slots of a root: its rows.
  init(rows: Range<Int>) {
    count = rows.count
    repetition = nil
    definition = nil
    depth = 0
    listDepth = 0
    self.rows = .range(rows)
  }

  private init(
    count: Int, repetition: Buffer<UInt8>?, definition: Buffer<UInt8>?, depth: UInt8,
    listDepth: UInt8, rows: RowList
  ) {
    self.count = count
    self.repetition = repetition
    self.definition = definition
    self.depth = depth
    self.listDepth = listDepth
    self.rows = rows
  }

  // MARK: Optional nodes

  /// Whether a live slot is null by `validity`.
  func hasNulls(_ validity: Bitmap?) -> Bool {
    guard let validity else { return false }
    switch rows {
    case .range(let range): return validity.zeroCount(in: range) > 0
    case .rows(let rows):
      for index in 0..<rows.count where !validity[Int(rows[index])] { return true }
      return false
    }
  }

  /// The slots one definition level deeper: those that are null by `validity` end here.
  func entering(_ validity: Bitmap?) -> Slots {
    guard let validity, hasNulls(validity) else { return entered() }
    switch rows {
    case .range(let range):
      let first = range.lowerBound
      return narrowed(validity) { UInt32(truncatingIfNeeded: first &+ $0) }
    case .rows(let rows):
      return narrowed(validity) { rows[$0] }
    }
  }

  /// Every live slot is there.
  private func entered() -> Slots {
    Slots(
      count: count, repetition: repetition,
      definition: definition.map { raised($0, from: depth) }, depth: depth + 1,
      listDepth: listDepth, rows: rows)
  }

  @inline(__always)
  private func narrowed(_ validity: Bitmap, row: (Int) -> UInt32) -> Slots {
    var levels = BufferBuilder<UInt8>(capacity: count)
    var valid = BufferBuilder<UInt32>(capacity: rows.count)
    let levelTail = unsafe levels.unsafeTail(count)
    let validTail = unsafe valid.unsafeTail(rows.count)
    let words = validity.words
    var live = 0
    var written = 0
    // SAFETY: as many slots as were reserved; rows lie in the column that the bits are of. No more
    // rows are written than there are live slots.
    for slot in 0..<count {
      if let definition, definition[slot] != depth {
        unsafe levelTail[slot] = definition[slot]
        continue
      }
      let row = row(live)
      let bit = (words[Int(row &>> 6)] &>> UInt64(row & 63)) & 1
      unsafe levelTail[slot] = depth &+ UInt8(truncatingIfNeeded: bit)
      unsafe validTail[written] = row
      written &+= Int(bit)
      live &+= 1
    }
    unsafe levels.advance(by: count)
    unsafe valid.advance(by: written)
    return Slots(
      count: count, repetition: repetition, definition: levels.take(), depth: depth + 1,
      listDepth: listDepth, rows: .rows(valid.take()))
  }

  // MARK: Lists

  /// The slots of the elements of the lists `slices`: one an element, and one a list without any.
  /// Nil when they would be more than `limit`.
  func expanding(_ slices: Buffer<ValueSlice>, limit: Int) -> Slots? {
    let lists = ListShape(slices, rows)
    let deadCount = count - rows.count
    let (slotCount, overflow) = lists.elementCount.addingReportingOverflow(
      lists.emptyCount + deadCount)
    guard !overflow, slotCount <= limit else { return nil }
    var output = ListOutput(
      slotCount: slotCount, storesDefinition: lists.emptyCount + deadCount > 0,
      storesRows: lists.range == nil, elementCount: lists.elementCount)
    var live = 0
    for slot in 0..<count {
      let begin = repetition?[slot] ?? 0
      if let definition, definition[slot] != depth {
        output.appendDead(repetition: begin, definition: definition[slot])
        continue
      }
      let slice = slices[rows.row(live)]
      live += 1
      if slice.count == 0 {
        output.appendDead(repetition: begin, definition: depth)
      } else {
        output.append(slice, repetition: begin, inner: listDepth + 1, definition: depth + 1)
      }
    }
    let (repetitions, definitions, elements) = output.take()
    return Slots(
      count: slotCount, repetition: repetitions, definition: definitions, depth: depth + 1,
      listDepth: listDepth + 1, rows: lists.range.map { .range($0) } ?? .rows(elements))
  }
}

extension RowList {
  @inline(__always)
  fileprivate func row(_ index: Int) -> Int {
    switch self {
    case .range(let range): range.lowerBound + index
    case .rows(let rows): Int(rows[index])
    }
  }
}

/// `from` becomes the next level up; the levels below it stay.
private func raised(_ levels: Buffer<UInt8>, from level: UInt8) -> Buffer<UInt8> {
  var output = BufferBuilder<UInt8>(capacity: levels.count)
  let source = levels.span
  output.append(count: levels.count) { output in
    for index in source.indices {
      let value = source[index]
      output.append(value &+ (value == level ? 1 : 0))
    }
  }
  return output.take()
}

/// What is known about some lists before their elements are looked at.
private struct ListShape {
  var elementCount = 0
  var emptyCount = 0
  /// The elements of all lists in order, where they follow each other without gap.
  var range: Range<Int>?

  init(_ slices: Buffer<ValueSlice>, _ rows: RowList) {
    var next: Int?
    var first = 0
    var follows = true
    for index in 0..<rows.count {
      let slice = slices[rows.row(index)]
      if slice.count == 0 {
        emptyCount += 1
        continue
      }
      if let next, next != Int(slice.offset) { follows = false }
      if next == nil { first = Int(slice.offset) }
      next = slice.range.upperBound
      elementCount += Int(slice.count)
    }
    range = follows ? first..<first + elementCount : nil
  }
}

/// Levels and rows of elements, as they are put together.
private struct ListOutput: ~Copyable {
  private var repetitions: BufferBuilder<UInt8>
  private var definitions: BufferBuilder<UInt8>
  private var elements: BufferBuilder<UInt32>
  private let storesDefinition: Bool
  private let storesRows: Bool

  init(slotCount: Int, storesDefinition: Bool, storesRows: Bool, elementCount: Int) {
    repetitions = BufferBuilder(capacity: slotCount)
    definitions = BufferBuilder(capacity: storesDefinition ? slotCount : 0)
    elements = BufferBuilder(capacity: storesRows ? elementCount : 0)
    self.storesDefinition = storesDefinition
    self.storesRows = storesRows
  }

  mutating func appendDead(repetition: UInt8, definition: UInt8) {
    repetitions.append(repetition)
    definitions.append(definition)
  }

  mutating func append(
    _ slice: ValueSlice, repetition: UInt8, inner: UInt8, definition: UInt8
  ) {
    repetitions.append(repetition)
    repetitions.append(repeating: inner, count: Int(slice.count) - 1)
    if storesDefinition { definitions.append(repeating: definition, count: Int(slice.count)) }
    if storesRows { for row in slice.range { elements.append(UInt32(row)) } }
  }

  consuming func take() -> (
    repetitions: Buffer<UInt8>, definitions: Buffer<UInt8>?, elements: Buffer<UInt32>
  ) {
    (
      repetitions.take(), storesDefinition ? definitions.take() : nil, elements.take()
    )
  }
}

/// The slots of a leaf, and its values without nulls.
struct LeafSlots {
  let slots: Slots
  /// One a live slot.
  let values: Column

  /// - Parameter values: one a live slot.
  init(_ slots: Slots, values: Column) {
    self.slots = slots
    self.values = values
  }

  /// - Parameter slots: of the leaf itself, nulls taken out.
  init(_ slots: Slots, of column: Column) {
    self.slots = slots
    let bare = Column(type: column.type, values: column.values)
    values =
      switch slots.rows {
      case .range(let range): range.count == bare.count ? bare : bare.slice(range)
      case .rows(let rows): bare.gathering(rows)
      }
  }
}
