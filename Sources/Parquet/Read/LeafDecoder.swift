// The rows of one leaf, over as many pages as they take:
//
//   page -> levels, a block at a time -> masks -> validity and slices of every nested node
//        \-> values, as many as the levels said -> slots, spread over the rows
//
// A row of a nested leaf ends where the next one starts, which may be on another page. A leaf that
// is not nested has one level a row at most, and goes without blocks.
import Base
import Columns
import Encodings

/// The rows of a leaf, and of every nested node above it, outermost first.
struct LeafRows {
  let column: Column
  let nested: [NestedRows.Taken]
}

/// Decodes rows of one leaf of a row group, in order.
final class LeafDecoder {
  private static let blockCount = 4096
  /// Values that wait for more levels before they are decoded.
  private static let openValuesMax = 1 << 14

  let leaf: LeafColumn
  /// See `LeafValues.hasCutNanos`.
  var hasCutNanos: Bool { values.hasCutNanos }
  private let pages: PageReader
  private let values: LeafValues
  private let nested: [NestedRows]
  /// Slots are where the definition is at least this: inside the lists above.
  private let slotDefinition: Int
  private let isFlat: Bool
  private let isVoid: Bool
  private let rowCount: Int
  private let batchDataMaxBytes: Int
  /// Of the rows that were asked for.
  private var dataMaxBytes = 0

  /// Row ranges to be decoded.
  private var wanted: ArraySlice<Range<Int>> = []
  /// Rows that were started.
  private var row = 0
  private var output: SlotOutput
  private var batchLevels = 0
  /// What the batch may still take; `charged` is what this leaf has taken of it.
  private var budget = BatchBudget(levels: 0, dataBytes: 0)
  private var charged = (levels: 0, dataBytes: 0)

  /// Every page of the chunk is read.
  private let isWhole: Bool
  /// Levels of the chunk that are on pages to come; nil when not all of it is read.
  private var chunkLevels: Int64?
  private let chunkLevelsAtStart: Int64?
  /// Levels of the page that were not decoded.
  private var pageLevels = 0
  private var repetition: LevelDecoder?
  private var definition: LevelDecoder?
  private var mustStartRow = true
  /// A page that must start a row continues one.
  private var continuesRow = false
  /// The rows are complete, and what they were decoded from is gone.
  private var isReleased = false

  /// Levels that were decoded and not looked at: `blockLevels` from `blockStart` on.
  private var blockRepetition = BufferBuilder<UInt8>()
  private var blockDefinition = BufferBuilder<UInt8>()
  private var blockStart = 0
  private var blockLevels = 0
  /// Every definition level of the block is the maximum; they were not written out.
  private var blockIsWhole = false
  private var masks: LevelMasks

  /// - Parameters:
  ///   - nested: the nodes above the leaf that are part of its column.
  ///   - chunkLevels: of the whole chunk; nil when only parts of it are read.
  init(
    pages: PageReader, values: LeafValues, nested: [NestedNode], rowCount: Int,
    options: ReadOptions, chunkLevels: Int64?
  ) throws(ParquetError) {
    leaf = values.leaf
    self.pages = pages
    self.values = values
    self.nested = nested.map { NestedRows($0) }
    self.rowCount = rowCount
    batchDataMaxBytes = options.batchDataMaxBytes
    self.chunkLevels = chunkLevels
    chunkLevelsAtStart = chunkLevels
    isWhole = chunkLevels != nil
    slotDefinition = nested.last { $0.elementDefinition != nil }?.elementDefinition ?? 0
    isFlat = nested.isEmpty
    if !isFlat {
      blockRepetition.append(repeating: 0, count: LeafDecoder.blockCount)
      blockDefinition.append(repeating: 0, count: LeafDecoder.blockCount)
    }
    isVoid = values.mapping.conversion == .null
    output = SlotOutput(slotSizeBytes: values.slotSizeBytes, capacity: 0)
    masks = LevelMasks(
      maxRepetition: leaf.maxRepetition, maxDefinition: leaf.maxDefinition,
      blockCount: isFlat ? 0 : LeafDecoder.blockCount)
    if let chunkLevels, leaf.maxRepetition == 0, chunkLevels != Int64(rowCount) {
      throw .corrupt(
        "the chunk has \(chunkLevels) values, the row group \(rowCount) rows", at: pages.place)
    }
  }

  // MARK: Requests

  /// Asks for the rows of `ranges`, which come after all asked for before. Follow with `advance`
  /// until it needs nothing, then `take`.
  func start(_ ranges: [Range<Int>], within budget: BatchBudget) {
    wanted = ranges[...]
    batchLevels = 0
    isReleased = false
    self.budget = budget
    charged = (0, 0)
    let rowCount = ranges.reduce(0) { $0 + $1.count }
    // One row cannot be cut: it may have what is left, as far as a slice can address it.
    dataMaxBytes = rowCount == 1 ? Int(UInt32.max) : batchDataMaxBytes
    output = SlotOutput(
      slotSizeBytes: values.slotSizeBytes, capacity: leaf.maxRepetition == 0 ? rowCount : 0)
  }

  /// Takes from the budget what the rows have grown by. False when there is not so much left.
  private func charge() -> Bool {
    // Rows outside of lists are counted before they are asked for.
    let levels = leaf.maxRepetition > 0 ? nested.reduce(batchLevels) { $0 + $1.sizeWords } : 0
    let dataBytes = output.dataSizeBytes
    defer { charged = (levels, dataBytes) }
    return budget.take(levels: levels - charged.levels, dataBytes: dataBytes - charged.dataBytes)
  }

  /// Other leaves may have taken from the budget since.
  private func limitData() {
    output.dataSizeMaxBytes = min(dataMaxBytes, output.dataSizeBytes + budget.dataBytesLeft)
  }

  enum Progress {
    case complete
    /// `supply` these bytes of the file, then call again.
    case needs(Range<Int64>)
    /// The rows are too many levels or bytes for one batch. Nothing more comes of this decoder.
    case overfull
    /// A page that was read for itself continues a row of the one before, which the offset index
    /// does not tell: the chunk has to be read whole. Nothing more comes of this decoder.
    case continuesRow
  }

  /// Decodes until the rows are complete.
  func advance() throws(ParquetError) -> Progress {
    if isReleased { return .complete }
    do throws(ParquetError) { return try decodeWanted() } catch {
      if continuesRow { return .continuesRow }
      if output.hasOutgrown || values.hasOutgrown { return .overfull }
      throw error
    }
  }

  private func decodeWanted() throws(ParquetError) -> Progress {
    limitData()
    while let range = wanted.first {
      if blockLevels == 0 && pageLevels == 0 {
        let isComplete = leaf.maxRepetition == 0 && row == range.upperBound
        if !isComplete {
          switch try startPage(range) {
          case .page: break
          case .needs(let bytes): return .needs(bytes)
          case .end:
            guard row >= range.upperBound else { throw endsEarly() }
            wanted.removeFirst()
            continue
          }
        }
      }
      do throws(DecodingFault) {
        if try decode(range) { wanted.removeFirst() }
      } catch {
        throw pages.corrupt(error)
      }
      guard charge() else { return .overfull }
      limitData()
    }
    do { try decodeOpenValues() } catch { throw pages.corrupt(error) }
    return charge() ? .complete : .overfull
  }

  func supply(_ bytes: Buffer<UInt8>) throws(ParquetError) { try pages.supply(bytes) }

  /// The rows that were asked for.
  func take() -> LeafRows {
    var rows = SlotOutput(slotSizeBytes: values.slotSizeBytes, capacity: 0)
    swap(&rows, &output)
    return LeafRows(
      column: rows.finish(values.mapping.type), nested: nested.map { $0.take() })
  }

  var place: ParquetPlace { pages.place }

  // MARK: Memory

  /// What stays until the next rows are asked for: the page, the dictionary, bytes of the chunk.
  var heldBytes: Int { isReleased ? 0 : pages.heldBytes + values.heldBytes }

  /// Lets go of what the rows were decoded from, as soon as they are complete. The next ones are
  /// found from the start of the chunk again: pages before theirs are passed over.
  ///
  /// - Parameter compacts: rows that keep a page or a dictionary alive for a few of its bytes get
  ///   these for themselves.
  func release(compacts: Bool) {
    if compacts { output.compact() }
    isReleased = true
    pages.restart()
    values.restart()
    row = 0
    chunkLevels = chunkLevelsAtStart
    pageLevels = 0
    (repetition, definition) = (nil, nil)
    mustStartRow = true
    blockStart = 0
    blockLevels = 0
  }

  // MARK: Pages

  private enum PageStart {
    case page
    case needs(Range<Int64>)
    case end
  }

  /// Starts the next page that has levels.
  private func startPage(_ range: Range<Int>) throws(ParquetError) -> PageStart {
    do { try decodeOpenValues() } catch { throw pages.corrupt(error) }
    // The page is not kept until the next one is there.
    values.endPage()
    (repetition, definition) = (nil, nil)
    while true {  // Bounded: every page takes bytes of the chunk.
      if chunkLevels == 0 { return .end }
      let dropping = leaf.maxRepetition == 0 ? max(range.lowerBound - row, 0) : 0
      switch try pages.next(passing: dropping) {
      case .needs(let bytes): return .needs(bytes)
      case .end: return .end
      case .passed(let levelCount):
        row += levelCount
        try countLevels(levelCount)
      case .row(let next):
        guard next == row || next > row && (next <= range.lowerBound || row >= range.upperBound)
        else {
          throw .corrupt("the offset index does not lead to row \(range.lowerBound)", at: place)
        }
        row = next
        mustStartRow = true
        if row >= range.upperBound { return .end }
      case .dictionary(let page):
        if isVoid { continue }
        do { try values.startDictionary(page) } catch { throw pages.corrupt(error) }
      case .data(let page):
        try start(page)
        return .page
      }
    }
  }

  private func countLevels(_ count: Int) throws(ParquetError) {
    guard let left = chunkLevels else { return }
    guard count <= left else {
      throw .corrupt("the page has \(count) of the \(left) levels that are left", at: place)
    }
    chunkLevels = left - Int64(count)
  }

  private func start(_ page: DataPage) throws(ParquetError) {
    guard values.supports(page.encoding) || isVoid else {
      throw .unsupported("\(page.encoding) for \(leaf.type.name)", at: place)
    }
    try countLevels(page.levelCount)
    do throws(DecodingFault) {
      if !isVoid { try values.start(page.values, encoding: page.encoding) }
      repetition = try levels(page.repetition, maxLevel: leaf.maxRepetition)
      definition = try levels(page.definition, maxLevel: leaf.maxDefinition)
    } catch {
      throw pages.corrupt(error)
    }
    pageLevels = page.levelCount
  }

  private func levels(_ page: LevelBytes, maxLevel: Int) throws(DecodingFault) -> LevelDecoder? {
    if maxLevel == 0 { return nil }
    return try LevelDecoder(page.bytes, maxLevel: maxLevel, encoding: page.encoding)
  }

  private func endsEarly() -> ParquetError {
    .corrupt("the chunk ends after \(row) of its \(rowCount) rows or soon after", at: place)
  }

  // MARK: Rows

  /// Decodes what the page has of `range`. True when that is all of it.
  private func decode(_ range: Range<Int>) throws(DecodingFault) -> Bool {
    if isFlat { return try decodeFlat(range) }
    if blockLevels == 0 {
      // Without lists a level is a row: no more of them than are wanted.
      let rows =
        leaf.maxRepetition > 0
        ? Int.max : (row < range.lowerBound ? range.lowerBound : range.upperBound) - row
      try decodeBlock(min(rows, pageLevels, LeafDecoder.blockCount))
    }
    if mustStartRow && blockLevels > 0 && leaf.maxRepetition > 0 {
      guard blockRepetition[blockStart] == 0 else {
        continuesRow = !isWhole
        throw .malformed(offset: 0)
      }
      mustStartRow = false
    }
    if row < range.lowerBound || (row == range.lowerBound && leaf.maxRepetition > 0) {
      startMasks()
      row += masks.limit(rowStarts: range.lowerBound - row)
      try skipValues(masks.valueCount())
      endMasks()
      if blockLevels == 0 { return false }
    }
    startMasks()
    row += masks.limit(rowStarts: range.upperBound - row)
    batchLevels += masks.count
    try appendMasks()
    endMasks()
    if output.openValueCount >= LeafDecoder.openValuesMax { try decodeOpenValues() }
    guard leaf.maxRepetition > 0 else { return row == range.upperBound }
    if blockLevels == 0 { return false }
    // What is left starts another row; the last row of the row group has none after it.
    if row >= rowCount { throw .malformed(offset: 0) }
    return true
  }

  /// One definition level a row, if any.
  private func decodeFlat(_ range: Range<Int>) throws(DecodingFault) -> Bool {
    // SAFETY: `appendValidity` made the words for `count` bits.
    let isDropping = row < range.lowerBound
    // Rows to be dropped are not more at a time than are ever kept: a run can claim billions.
    let rows = isDropping ? min(range.lowerBound - row, 1 << 16) : range.upperBound - row
    let count = min(rows, pageLevels)
    row += count
    pageLevels -= count
    if isDropping {
      var valueCount = count
      if definition != nil {
        var bits = BitRows()
        valueCount = unsafe try bits.append(count: count) {
          words, firstBit throws(DecodingFault) in
          unsafe try definition!.decodeBits(count: count, into: words, firstBit: firstBit)
        }
      }
      try skipValues(valueCount)
      return false
    }
    if isVoid {
      output.appendValidity(repeating: false, count: count)
      output.finishRows()
    } else if var levels = definition {
      let valueCount = try unsafe output.appendValidity(count) {
        words, firstBit throws(DecodingFault) in
        unsafe try levels.decodeBits(count: count, into: words, firstBit: firstBit)
      }
      definition = levels
      try values.decode(valueCount, into: &output)
      output.finishRows()
    } else {
      try values.decode(count, into: &output)
      output.finishRows(count)
    }
    return row == range.upperBound
  }

  private func skipValues(_ count: Int) throws(DecodingFault) {
    try decodeOpenValues()
    if !isVoid { try values.skip(count) }
  }

  private func decodeOpenValues() throws(DecodingFault) {
    if output.openRowCount == 0 { return }
    try values.decode(output.openValueCount, into: &output)
    output.finishRows()
  }

  // MARK: Blocks

  private func decodeBlock(_ count: Int) throws(DecodingFault) {
    // SAFETY: both builders have room for a block.
    blockStart = 0
    if repetition != nil {
      _ = unsafe try repetition!.decode(count: count, into: blockRepetition.unsafeElements())
    }
    let whole = try definition?.takeRepeated(leaf.maxDefinition, limit: count) ?? count
    blockIsWhole = whole == count
    if !blockIsWhole && definition != nil {
      let levels = unsafe blockDefinition.unsafeElements()
      unsafe levels.update(repeating: UInt8(leaf.maxDefinition), count: whole)
      let values = unsafe try definition!.decode(count: count - whole, into: levels + whole)
      blockIsWhole = values == count - whole
    }
    pageLevels -= count
    blockLevels = count
  }

  private func startMasks() {
    // SAFETY: the block has `blockLevels` levels from `blockStart` on.
    unsafe masks.reset(
      repetition: blockRepetition.unsafeElements() + blockStart,
      definition: blockDefinition.unsafeElements() + blockStart, count: blockLevels,
      isWhole: blockIsWhole)
  }

  private func endMasks() {
    blockStart += masks.count
    blockLevels -= masks.count
  }

  private func appendMasks() throws(DecodingFault) {
    // SAFETY: masks have `wordCount` words.
    let count = masks.count
    if blockIsWhole && leaf.maxRepetition == 0 {
      for rows in nested { rows.append(present: count) }
      output.appendValidity(repeating: !isVoid, count: count)
      return
    }
    for rows in nested { try rows.append(&masks) }
    let slots = unsafe masks.definition(atLeast: slotDefinition)
    let valid = unsafe masks.definition(atLeast: leaf.maxDefinition)
    let none: UInt64 = isVoid ? 0 : .max
    for index in 0..<masks.wordCount {
      let here = index == masks.wordCount - 1 ? masks.tail : .max
      unsafe output.appendValidity(valid[index] & none, by: slots[index] & here)
    }
  }
}
