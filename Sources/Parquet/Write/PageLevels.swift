// The levels of the page at hand. A flat column has a bit a row (LevelBits); a nested one has a
// byte a slot and level, and as long as all are the same, only their number.
import Base
import Encodings

/// Levels of one kind.
struct LevelStore: ~Copyable {
  let maxLevel: Int
  private var levels = BufferBuilder<UInt8>()
  /// What every level is while none is stored.
  private var repeated: UInt8 = 0
  private(set) var count = 0

  init(maxLevel: Int) { self.maxLevel = maxLevel }

  private var isStored: Bool { !levels.isEmpty }

  mutating func append(repeating level: UInt8, count added: Int) {
    guard added > 0 else { return }
    if count == 0 { repeated = level }
    if !isStored && level != repeated { levels.append(repeating: repeated, count: count) }
    if isStored { levels.append(repeating: level, count: added) }
    count += added
  }

  mutating func append(_ added: Buffer<UInt8>) {
    guard added.count > 0 else { return }
    if !isStored && count > 0 { levels.append(repeating: repeated, count: count) }
    levels.append(contentsOf: added.span)
    count += added.count
  }

  /// How many of the levels are `level`.
  func count(of level: Int) -> Int {
    guard isStored else { return level == Int(repeated) ? count : 0 }
    // SAFETY: there are `count` levels from the start on.
    return unsafe countLevels(levels.unsafeStart, count: levels.count, equalTo: UInt8(level))
  }

  /// How often each level is there.
  var histogram: [Int64] { (0...maxLevel).map { Int64(count(of: $0)) } }

  /// The level that all have, however they came.
  private var uniform: UInt8? {
    guard isStored else { return repeated }
    let span = levels.span
    for index in span.indices where span[index] != span[0] { return nil }
    return span[0]
  }

  /// Appends the levels, without their length.
  func encode(to output: inout ByteWriter) {
    let width = bitWidth(ofMax: UInt32(maxLevel))
    if let uniform {
      appendRepeated(UInt32(uniform), count: count, bitWidth: width, to: &output)
    } else {
      appendRLEBitPacked(levels.span, bitWidth: width, to: &output)
    }
  }

  mutating func removeAll() {
    levels.removeAll()
    count = 0
  }
}

/// Repetition and definition levels of a page of one leaf.
struct PageLevels: ~Copyable {
  private let isNested: Bool
  private let maxDefinition: Int
  private let maxRepetition: Int
  private var bits = LevelBits()
  private var definition: LevelStore
  private var repetition: LevelStore
  private(set) var rowCount = 0
  private(set) var slotCount = 0
  private(set) var nullCount = 0

  init(_ leaf: LeafColumn) {
    isNested = leaf.path.count > 1
    maxDefinition = leaf.maxDefinition
    maxRepetition = leaf.maxRepetition
    definition = LevelStore(maxLevel: maxDefinition)
    repetition = LevelStore(maxLevel: maxRepetition)
  }

  // MARK: Flat columns

  /// Adds rows that all have a value.
  mutating func appendValues(_ count: Int) {
    bits.appendValues(count)
    rowCount += count
    slotCount += count
  }

  /// Adds `rows` of `validity`, `nullCount` of which are null.
  mutating func append(_ validity: Bitmap, rows: Range<Int>, nullCount: Int) {
    bits.append(validity, rows: rows, nullCount: nullCount)
    rowCount += rows.count
    slotCount += rows.count
    self.nullCount += nullCount
  }

  // MARK: Nested columns

  /// Adds `range` of `slots`, which are whole rows and have `valueCount` values.
  mutating func append(_ slots: Slots, _ range: Range<Int>, rowCount: Int, valueCount: Int) {
    if let levels = slots.repetition {
      repetition.append(levels.slice(range))
    } else {
      repetition.append(repeating: 0, count: range.count)
    }
    if let levels = slots.definition {
      definition.append(levels.slice(range))
    } else {
      definition.append(repeating: slots.depth, count: range.count)
    }
    self.rowCount += rowCount
    slotCount += range.count
    nullCount += range.count - valueCount
  }

  // MARK: Pages

  /// Sizes of what `encode` appended.
  struct Sizes {
    var repetitionBytes = 0
    var definitionBytes = 0
  }

  /// Appends the levels of a page. Those of a V1 page stand behind their size.
  func encode(isV1: Bool, to page: inout ByteWriter) -> Sizes {
    var sizes = Sizes()
    if maxRepetition > 0 {
      sizes.repetitionBytes = append(isV1: isV1, to: &page) { repetition.encode(to: &$0) }
    }
    if maxDefinition > 0 {
      sizes.definitionBytes = append(isV1: isV1, to: &page) {
        if isNested { definition.encode(to: &$0) } else { bits.encode(to: &$0) }
      }
    }
    return sizes
  }

  private func append(
    isV1: Bool, to page: inout ByteWriter, _ encode: (inout ByteWriter) -> Void
  ) -> Int {
    let start = page.count
    if isV1 { page.appendInteger(UInt32(0)) }
    encode(&page)
    let sizeBytes = page.count - start
    if isV1 {
      let length = UInt32(sizeBytes - 4)
      for byte in 0..<4 {
        page.buffer[start + byte] = UInt8(truncatingIfNeeded: length >> (8 * byte))
      }
    }
    return sizeBytes
  }

  /// How often each level is there; nil where the number of nulls says the same.
  var definitionHistogram: [Int64]? { maxDefinition > 1 ? definition.histogram : nil }
  var repetitionHistogram: [Int64]? { maxRepetition > 0 ? repetition.histogram : nil }

  mutating func removeAll() {
    bits.removeAll()
    definition.removeAll()
    repetition.removeAll()
    rowCount = 0
    slotCount = 0
    nullCount = 0
  }
}
