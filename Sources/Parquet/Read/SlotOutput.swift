import Base
import Columns
import Encodings

/// Bytes that slices point into, with an identity, so that neighbours of one source share it.
struct SliceSource {
  enum Kind { case page, dictionary, made }

  let data: Buffer<UInt8>
  /// Different for every allocation that a column decodes from.
  let id: Int
  /// `made` is what lies in neither a page nor a dictionary: it takes memory of its own.
  var kind = Kind.page
}

/// Where a column's slots are collected, over as many pages as its rows take.
///
/// Byte slices point into the page or dictionary they came from while one source has them all. When
/// a second comes in, the regions in use are copied together and the slices move along: eight
/// bytes a value and one copy a region, never one a value.
struct SlotOutput: ~Copyable {
  let slotSizeBytes: Int
  var slots: BufferBuilder<UInt8>
  private var validity = BitRows()
  /// Rows that were finished.
  private(set) var rowCount = 0
  private var valueCount = 0
  private var shared: SliceSource?
  /// Part of the shared source that slices point into.
  private var sharedRegion = 0..<0
  private var copied: BufferBuilder<UInt8>
  private var isCopied = false
  /// How slices into the dictionary have to move once it was copied: it is only once.
  private var dictionaryShift: UInt32?
  /// What the bytes that had to be copied or made may grow to; at most what a slice can address.
  var dataSizeMaxBytes = Int(UInt32.max)
  /// Whether they did not fit: a failure of these rows together, not of the file.
  private(set) var hasOutgrown = false

  init(slotSizeBytes: Int, capacity: Int) {
    self.slotSizeBytes = slotSizeBytes
    slots = BufferBuilder(capacity: max(capacity, 1) * slotSizeBytes)
    copied = BufferBuilder()
  }

  /// What the bytes take that had to be copied or made.
  var dataSizeBytes: Int {
    isCopied ? copied.count : shared?.kind == .made ? sharedRegion.count : 0
  }

  /// Room for `count` more slots; follow with `commit` or `commitSlices`.
  @unsafe
  mutating func tail(_ count: Int) -> UnsafeMutableRawPointer {
    // SAFETY: room for the bytes was reserved just now.
    unsafe UnsafeMutableRawPointer(slots.unsafeTail(count * slotSizeBytes))
  }

  /// Counts `count` slots that were written at the tail.
  // SAFETY: the caller wrote these slots at the tail.
  mutating func commit(_ count: Int) { unsafe slots.advance(by: count * slotSizeBytes) }

  /// Counts `count` slices that were written at the tail and point into `region` of `source`.
  ///
  /// - Throws: `DecodingFault` when the copied bytes outgrow `dataSizeMaxBytes`.
  mutating func commitSlices(
    _ count: Int, source: SliceSource, region: Range<Int>
  ) throws(DecodingFault) {
    // SAFETY: `slots` holds the slots before the tail, and `count` more that the caller wrote.
    defer { commit(count) }
    if !isCopied {
      guard let shared else {
        self.shared = source
        sharedRegion = region
        return
      }
      if shared.id == source.id {
        sharedRegion =
          min(
            sharedRegion.lowerBound, region.lowerBound)..<max(
            sharedRegion.upperBound, region.upperBound)
        return
      }
      let before = slots.count / slotSizeBytes
      try unsafe copyRegion(
        shared, sharedRegion, slots: slots.unsafeTail(0) - slots.count, count: before)
      isCopied = true
      self.shared = nil
    }
    try unsafe copyRegion(source, region, slots: slots.unsafeTail(0), count: count)
  }

  /// Copies a region, but for a dictionary that was copied before, and moves the slices into it
  /// along.
  @unsafe
  private mutating func copyRegion(
    _ source: SliceSource, _ region: Range<Int>, slots: UnsafeMutablePointer<UInt8>, count: Int
  ) throws(DecodingFault) {
    // SAFETY: the caller has `count` slices at `slots`; a builder is aligned to 64 bytes.
    let shift: UInt32
    if source.kind == .dictionary, let dictionaryShift {
      shift = dictionaryShift
    } else {
      guard region.count <= dataSizeMaxBytes - copied.count else {
        hasOutgrown = true
        throw .outOfRange(offset: region.lowerBound)
      }
      shift = UInt32(copied.count) &- UInt32(region.lowerBound)
      copied.append(contentsOf: source.data.span.extracting(region))
      if source.kind == .dictionary { dictionaryShift = shift }
    }
    let slices = unsafe UnsafeMutableRawPointer(slots)
      .bindMemory(to: ValueSlice.self, capacity: count)
    for index in 0..<count {
      let slice = unsafe slices[index]
      // Empty slices, which nulls have, may lie anywhere: at 0 they stay legal.
      unsafe slices[index].offset = slice.count == 0 ? 0 : slice.offset &+ shift
    }
  }

  /// Writes the validity of `count` rows through `body`, which gets the words and the first bit and
  /// returns the number of ones.
  @unsafe
  mutating func appendValidity(
    _ count: Int,
    _ body: (UnsafeMutablePointer<UInt64>, Int) throws(DecodingFault) -> Int
  ) throws(DecodingFault) -> Int {
    // SAFETY: `body` is the caller's, and gets what `append` says.
    unsafe try validity.append(count: count, body)
  }

  /// `count` rows that are all there, or all null.
  mutating func appendValidity(repeating bit: Bool, count: Int) {
    validity.append(repeating: bit, count: count)
  }

  /// The rows of `valid` that `mask` selects, one a word.
  @inline(__always)
  mutating func appendValidity(_ valid: UInt64, by mask: UInt64) {
    appendCompressed(valid, by: mask, to: &validity)
  }

  /// Rows whose validity was written and whose values were not.
  var openRowCount: Int { validity.count - rowCount }
  var openValueCount: Int { validity.oneCount - valueCount }

  /// Spreads the last `openValueCount` slots over the rows whose validity was appended.
  mutating func finishRows() {
    // SAFETY: the values end the builder, and room for the nulls was reserved after them.
    let (rows, values) = (openRowCount, openValueCount)
    let nulls = rows - values
    if nulls > 0 {
      let end = unsafe tail(nulls)
      let (first, size) = (rowCount, slotSizeBytes)
      unsafe validity.withWords { words in
        unsafe spreadSlots(
          end - values * size, slotSizeBytes: size, valueCount: values, rowCount: rows,
          validity: words, firstBit: first)
      }
      commit(nulls)
    }
    rowCount += rows
    valueCount += values
  }

  /// Counts `count` rows without nulls when the column has no validity to read.
  mutating func finishRows(_ count: Int) { rowCount += count }

  /// The source of all slices so far, and the slots.
  mutating func take() -> (slots: Buffer<UInt8>, data: Buffer<UInt8>) {
    let data = isCopied ? copied.take() : shared?.data ?? Buffer()
    return (slots.take(), data)
  }

  /// Copies the values out of what they share with others where they are less than half of it.
  mutating func compact() {
    // SAFETY: every slot is a slice that lies within the source; a builder is aligned to 64 bytes.
    guard !isCopied, let source = shared?.data else { return }
    let count = slots.count / slotSizeBytes
    let slices = unsafe UnsafeMutableRawPointer(slots.unsafeElements())
      .bindMemory(to: ValueSlice.self, capacity: count)
    var sizeBytes = 0
    for index in 0..<count { unsafe sizeBytes += Int(slices[index].count) }
    guard sizeBytes < source.count / 2 else { return }
    copied.reserve(sizeBytes)
    for index in 0..<count {
      let range = unsafe slices[index].range
      unsafe slices[index].offset = UInt32(copied.count)
      if !range.isEmpty { copied.append(contentsOf: source.span.extracting(range)) }
    }
    isCopied = true
    shared = nil
  }

  /// The rows as a column.
  ///
  /// - Precondition: `type` has slots of `slotSizeBytes`.
  consuming func finish(_ type: DataType) -> Column {
    let bits = validity.take()
    let (slots, data) = take()
    return Column(
      type: type, validity: bits, values: columnValues(type, slots: slots, data: data))
  }
}

/// Raw slots as the values of a column of `type`, which is not nested.
func columnValues(
  _ type: DataType, slots: Buffer<UInt8>, data: Buffer<UInt8>
) -> ColumnValues {
  switch type.physical {
  case .boolean: .boolean(slots)
  case .int32: .int32(slots.rebound(to: Int32.self))
  case .int64: .int64(slots.rebound(to: Int64.self))
  case .int128: .int128(slots.rebound(to: Int128.self))
  case .float: .float(slots.rebound(to: Float.self))
  case .double: .double(slots.rebound(to: Double.self))
  case .bytes: .bytes(slots.rebound(to: ValueSlice.self), data: data)
  case nil: preconditionFailure("no slots for \(type)")
  }
}

extension PhysicalType {
  var slotSizeBytes: Int {
    switch self {
    case .boolean: 1
    case .int32, .float: 4
    case .int64, .double, .bytes: 8
    case .int128: 16
    }
  }
}
