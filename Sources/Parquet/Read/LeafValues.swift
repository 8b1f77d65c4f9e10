import Base
import Columns
import Encodings

/// Decodes the values of one leaf's pages, nulls left out, into slots.
///
/// One dispatch a call on encoding, stored type and conversion; the loops are in `Encodings` and
/// LeafConversion+Kernels.swift.
final class LeafValues {
  let leaf: LeafColumn
  let mapping: LeafMapping
  let slotSizeBytes: Int
  /// Size of a PLAIN value; 0 for BOOLEAN and BYTE_ARRAY.
  let storedSizeBytes: Int
  /// Slots are byte slices.
  private let isBytes: Bool
  /// What numbers have to be within; nil: any that a slot holds.
  private let range: SlotRange?

  private enum Encoded {
    /// A page without values.
    case nothing
    /// Offset of the next value.
    case plain(Int)
    /// Index of the next bit.
    case booleans(Int)
    case dictionary(HybridDecoder)
    case booleanRuns(HybridDecoder)
    case delta(DeltaBinaryDecoder)
    case deltaLength(DeltaLengthDecoder)
    case deltaBytes(DeltaByteArrayDecoder)
    case alp(ALPDecoder)
    /// Index of the next value.
    case split(Int)
  }
  private var encoded = Encoded.nothing
  private var page = Buffer<UInt8>()
  private var pageIsASCII = false
  /// Of the page, the dictionary and other sources of slices.
  private var sourceID = 0
  private var nextSourceID = 1
  private var dictionary: (slots: Buffer<UInt8>, source: SliceSource, count: Int)?
  private var stored = BufferBuilder<UInt64>()
  /// Whether values failed to decode because shared prefixes made them too many bytes.
  private(set) var hasOutgrown = false
  /// Whether a value, of the dictionary or a page, had nanoseconds that its slot has not.
  private(set) var hasCutNanos = false

  /// - Throws: `ParquetError` (`unsupported`) for a type that has no column.
  init(leaf: LeafColumn, mapping: LeafMapping, place: ParquetPlace) throws(ParquetError) {
    guard let physical = mapping.type.physical else {
      throw .unsupported("Parquet type \(mapping.type)", at: place)
    }
    self.leaf = leaf
    self.mapping = mapping
    slotSizeBytes = physical.slotSizeBytes
    isBytes = physical == .bytes
    range = SlotRange(mapping, storedAs: leaf.element)
    storedSizeBytes =
      switch leaf.type {
      case .boolean, .byteArray: 0
      case .int32, .float: 4
      case .int64, .double: 8
      case .int96: 12
      case .fixedLengthByteArray: Int(leaf.element.typeLength ?? 0)
      }
  }

  // MARK: Pages

  func startDictionary(_ dictionaryPage: DictionaryPage) throws(DecodingFault) {
    guard leaf.type != .boolean else { throw .malformed(offset: 0) }
    let bytes = dictionaryPage.values
    // Every value has at least one byte in the page, so that the count cannot lie about memory.
    let least = leaf.type == .byteArray ? 4 : max(storedSizeBytes, 1)
    guard dictionaryPage.valueCount <= bytes.count / least else { throw .truncated(offset: 0) }
    startPlain(bytes)
    var output = SlotOutput(slotSizeBytes: slotSizeBytes, capacity: dictionaryPage.valueCount)
    try decode(dictionaryPage.valueCount, into: &output)
    let (slots, data) = output.take()
    let source = SliceSource(data: data, id: takeSourceID(), kind: .dictionary)
    dictionary = (slots, source, dictionaryPage.valueCount)
    encoded = .nothing
  }

  /// Lets the page go, but for what slices point into.
  func endPage() {
    page = Buffer()
    encoded = .nothing
  }

  /// What stays from one batch to the next: a page and the dictionary.
  var heldBytes: Int {
    page.count + (dictionary.map { $0.slots.count + $0.source.data.count } ?? 0)
  }

  /// Lets go of all of that. The chunk has to be read from its start again.
  func restart() {
    endPage()
    dictionary = nil
    stored = BufferBuilder()
  }

  private func startPlain(_ values: Buffer<UInt8>) {
    page = values
    sourceID = takeSourceID()
    pageIsASCII = mapping.type == .string && isASCII(values.bytes)
    encoded = leaf.type == .boolean ? .booleans(0) : .plain(0)
  }

  private func takeSourceID() -> Int {
    nextSourceID += 1
    return nextSourceID - 1
  }

  /// Whether pages of `encoding` can hold this leaf's type.
  func supports(_ encoding: PageEncoding) -> Bool {
    switch encoding {
    case .plain: true
    case .plainDictionary, .rleDictionary: leaf.type != .boolean
    case .rle: leaf.type == .boolean
    case .deltaBinaryPacked: leaf.type == .int32 || leaf.type == .int64
    case .deltaLengthByteArray: leaf.type == .byteArray
    case .deltaByteArray: leaf.type == .byteArray || leaf.type == .fixedLengthByteArray
    case .byteStreamSplit: storedSizeBytes > 0 && leaf.type != .int96
    case .alp: leaf.type == .float || leaf.type == .double
    default: false
    }
  }

  /// Makes `values` the page that `decode` reads from.
  ///
  /// - Precondition: `supports(encoding)`.
  func start(_ values: Buffer<UInt8>, encoding: PageEncoding) throws(DecodingFault) {
    startPlain(values)
    if values.count == 0 {
      // Values of no bytes, FIXED_LEN_BYTE_ARRAY(0), are the one kind that needs none.
      if !(leaf.type == .fixedLengthByteArray && storedSizeBytes == 0) { encoded = .nothing }
      return
    }
    switch encoding {
    case .plainDictionary, .rleDictionary:
      guard dictionary != nil else { throw .malformed(offset: 0) }
      encoded = .dictionary(
        try HybridDecoder(values.slice(1..<values.count), bitWidth: Int(values[0])))
    case .rle: encoded = .booleanRuns(try booleanRuns(values))
    case .deltaBinaryPacked: encoded = .delta(try DeltaBinaryDecoder(values))
    case .deltaLengthByteArray:
      let decoder = try DeltaLengthDecoder(values)
      // The packed lengths in front are not text.
      pageIsASCII =
        mapping.type == .string && isASCII(values.slice(decoder.offset..<values.count).bytes)
      encoded = .deltaLength(decoder)
    case .deltaByteArray: encoded = .deltaBytes(try DeltaByteArrayDecoder(values))
    case .byteStreamSplit:
      guard values.count % storedSizeBytes == 0 else { throw .malformed(offset: 0) }
      encoded = .split(0)
    case .alp: encoded = .alp(try ALPDecoder(values, valueBytes: storedSizeBytes))
    default: break
    }
  }

  /// RLE booleans: size (u32, little endian), then the hybrid stream of width 1.
  private func booleanRuns(_ values: Buffer<UInt8>) throws(DecodingFault) -> HybridDecoder {
    guard values.count >= 4 else { throw .truncated(offset: 0) }
    var sizeBytes = 0
    for index in 0..<4 { sizeBytes |= Int(values[index]) << (8 * index) }
    guard sizeBytes <= values.count - 4 else { throw .outOfRange(offset: 0) }
    return try HybridDecoder(values.slice(4..<4 + sizeBytes), bitWidth: 1)
  }

  // MARK: Values

  /// Appends the next `count` values of the page.
  ///
  /// - Throws: `DecodingFault` when the page has fewer, or one is not legal or not of the type.
  func decode(_ count: Int, into output: inout SlotOutput) throws(DecodingFault) {
    // SAFETY: the tail has room for `count` slots, the page was checked to have their bits.
    if count == 0 { return }
    if isBytes { return try decodeBytes(count, into: &output) }
    switch encoded {
    case .dictionary:
      guard let dictionary else { throw .malformed(offset: 0) }
      let target = unsafe output.tail(count)
      try unsafe gather(count, dictionary.slots, dictionary.count, into: target)
      output.commit(count)
    case .booleans(let index):
      guard count <= page.count * 8 - index else { throw .truncated(offset: page.count) }
      let target = unsafe output.tail(count).assumingMemoryBound(to: UInt8.self)
      unsafe page.withUnsafePointer {
        unsafe unpackBooleans($0, index: index, count: count, into: target)
      }
      encoded = .booleans(index + count)
      output.commit(count)
    case .booleanRuns(var decoder):
      let target = unsafe output.tail(count).assumingMemoryBound(to: UInt8.self)
      unsafe try decoder.decode(count: count, into: target)
      encoded = .booleanRuns(decoder)
      // A repeated value has a whole byte in the file.
      for index in 0..<count { unsafe target[index] &= 1 }
      output.commit(count)
    default: try decodeNumbers(count, into: &output)
    }
  }

  /// Numbers that are stored one after the other, whatever the encoding.
  private func decodeNumbers(
    _ count: Int, into output: inout SlotOutput
  ) throws(DecodingFault) {
    // SAFETY: the tail has room for `count` slots, the scratch for as many stored values.
    let target = unsafe output.tail(count)
    let isVariable =
      if case .deltaBytes = encoded { true } else { leaf.type == .byteArray }
    if isVariable {
      try unsafe decodeVariableNumbers(count, into: target)
    } else if mapping.conversion == .none {
      try unsafe decodeStored(count, into: target)
    } else {
      let sizeBytes = count * storedSizeBytes
      // The footer alone says how long a value is: no more memory than the page has bytes, but for
      // differences, which are 8 bytes at most.
      let isDelta = if case .delta = encoded { true } else { false }
      guard isDelta || sizeBytes <= page.count else { throw .truncated(offset: page.count) }
      let scratch = unsafe storedScratch(sizeBytes: sizeBytes)
      try unsafe decodeStored(count, into: scratch)
      let isCut = unsafe try convertStored(
        mapping.conversion, scratch, storedSizeBytes: storedSizeBytes, count: count,
        isWide: slotSizeBytes == 16, into: target)
      hasCutNanos = hasCutNanos || isCut
    }
    if let range, unsafe !range.holds(target, count: count) { throw .outsideType }
    output.commit(count)
  }

  /// Passes over the next `count` values of the page.
  func skip(_ count: Int) throws(DecodingFault) {
    if case .plain(let offset) = encoded, storedSizeBytes > 0 {
      guard count <= (page.count - offset) / storedSizeBytes else {
        throw .truncated(offset: offset)
      }
      encoded = .plain(offset + count * storedSizeBytes)
      return
    }
    var left = count
    // Shared prefixes multiply what is only to be dropped, too.
    let stepMax = if case .deltaBytes = encoded { 64 } else { 4096 }
    while left > 0 {
      let step = min(left, stepMax)
      var dropped = SlotOutput(slotSizeBytes: slotSizeBytes, capacity: step)
      try decode(step, into: &dropped)
      left -= step
    }
  }

  @unsafe
  private func storedScratch(sizeBytes: Int) -> UnsafeMutableRawPointer {
    // SAFETY: room for the bytes was reserved just now.
    unsafe UnsafeMutableRawPointer(stored.unsafeTail((sizeBytes + 7) / 8))
  }

  /// Reads indices and writes the slots they stand for.
  @unsafe
  private func gather(
    _ count: Int, _ slots: Buffer<UInt8>, _ slotCount: Int, into target: UnsafeMutableRawPointer
  ) throws(DecodingFault) {
    // SAFETY: the target has room for `count` slots.
    guard case .dictionary(var decoder) = encoded else { throw .malformed(offset: 0) }
    let slotSizeBytes = slotSizeBytes
    try unsafe slots.withUnsafePointer { base throws(DecodingFault) in
      try unsafe decoder.gatherSlots(
        base, dictionaryCount: slotCount, count: count, slotSizeBytes: slotSizeBytes, into: target)
    }
    encoded = .dictionary(decoder)
  }

  /// Writes the next `count` values as they are stored, `storedSizeBytes` each.
  @unsafe
  private func decodeStored(
    _ count: Int, into target: UnsafeMutableRawPointer
  ) throws(DecodingFault) {
    // SAFETY: the target has room for `count`; pages are checked to have them before they are
    // read.
    switch encoded {
    case .plain(let offset):
      let sizeBytes = count * storedSizeBytes
      guard sizeBytes <= page.count - offset else { throw .truncated(offset: offset) }
      unsafe page.withUnsafePointer {
        unsafe target.copyMemory(from: $0.advanced(by: offset), byteCount: sizeBytes)
      }
      encoded = .plain(offset + sizeBytes)
    case .split(let index):
      let valueCount = page.count / storedSizeBytes
      guard count <= valueCount - index else { throw .truncated(offset: page.count) }
      let sizeBytes = storedSizeBytes
      unsafe page.withUnsafePointer {
        unsafe joinByteStreams(
          $0, valueCount: valueCount, sizeBytes: sizeBytes, index: index, count: count,
          into: target)
      }
      encoded = .split(index + count)
    case .delta(var decoder):
      if storedSizeBytes == 8 {
        unsafe try decoder.decode(
          count: count, into: target.bindMemory(to: Int64.self, capacity: count))
      } else {
        unsafe try decoder.decode(
          count: count, into: target.bindMemory(to: Int32.self, capacity: count))
      }
      encoded = .delta(decoder)
    case .alp(var decoder):
      unsafe try decoder.decode(count: count, into: target)
      encoded = .alp(decoder)
    default: throw .truncated(offset: page.count)
    }
  }

  /// Decimals of varying size, and half floats in the encodings of byte arrays.
  @unsafe
  private func decodeVariableNumbers(
    _ count: Int, into target: UnsafeMutableRawPointer
  ) throws(DecodingFault) {
    // SAFETY: `decodeSlices` writes `count` slices that lie within their source.
    var slices = BufferBuilder<ValueSlice>(capacity: count)
    let slots = unsafe slices.unsafeTail(count)
    let (source, _) = try unsafe decodeSlices(
      count, into: slots, sizeMaxBytes: LeafValues.numbersMaxBytes)
    let isWide = slotSizeBytes == 16
    let isHalf = mapping.conversion == .float16
    try unsafe source.data.withUnsafePointer { base throws(DecodingFault) in
      for index in 0..<count {
        let slice = unsafe slots[index]
        let bytes = unsafe UnsafeRawBufferPointer(
          start: base.advanced(by: Int(slice.offset)), count: Int(slice.count))
        if isHalf {
          guard bytes.count == 2 else { throw .malformed(offset: Int(slice.offset)) }
          let half = unsafe UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self))
          unsafe target.storeBytes(of: floatFromHalf(half), toByteOffset: index * 4, as: Float.self)
        } else {
          unsafe try storeDecimal(bytes, index: index, isWide: isWide, into: target)
        }
      }
    }
  }

  // MARK: Strings and binaries

  private func decodeBytes(_ count: Int, into output: inout SlotOutput) throws(DecodingFault) {
    // SAFETY: the tail has room for `count` slices, which are written before they are read.
    let target = unsafe output.tail(count)
    if case .dictionary = encoded {
      guard let dictionary else { throw .malformed(offset: 0) }
      try unsafe gather(count, dictionary.slots, dictionary.count, into: target)
      try output.commitSlices(
        count, source: dictionary.source, region: 0..<dictionary.source.data.count)
      return
    }
    let slots = unsafe target.bindMemory(to: ValueSlice.self, capacity: count)
    let (source, region) = try unsafe decodeSlices(
      count, into: slots, sizeMaxBytes: output.dataSizeMaxBytes - output.dataSizeBytes)
    if mapping.type == .string && !(pageIsASCII && source.id == sourceID) {
      if let bad = unsafe firstInvalidUTF8(slots, count: count, in: source.data) {
        throw .notText(offset: unsafe Int(slots[bad].offset))
      }
    }
    try output.commitSlices(count, source: source, region: region)
  }

  /// Writes the places of the next `count` values. Returns what they point into and the part in
  /// use.
  ///
  /// - Parameter sizeMaxBytes: of the values, where their encoding multiplies them.
  @unsafe
  private func decodeSlices(
    _ count: Int, into slots: UnsafeMutablePointer<ValueSlice>, sizeMaxBytes: Int
  ) throws(DecodingFault) -> (SliceSource, Range<Int>) {
    // SAFETY: `slots` has room for `count`; offsets are checked by the decoders or right here.
    let pageSource = SliceSource(data: page, id: sourceID)
    switch encoded {
    case .plain(let offset) where leaf.type == .byteArray:
      let end = unsafe try scanByteArrays(page, at: offset, count: count, into: slots)
      encoded = .plain(end)
      return (pageSource, offset..<end)
    case .plain(let offset):
      let (sizeBytes, overflow) = count.multipliedReportingOverflow(by: storedSizeBytes)
      guard !overflow, sizeBytes <= page.count - offset, page.count <= Int(UInt32.max) else {
        throw .truncated(offset: offset)
      }
      unsafe fillFixed(slots, count: count, offset: offset)
      encoded = .plain(offset + sizeBytes)
      return (pageSource, offset..<offset + sizeBytes)
    case .deltaLength(var decoder):
      let start = decoder.offset
      unsafe try decoder.decode(count: count, into: slots)
      encoded = .deltaLength(decoder)
      return (pageSource, start..<decoder.offset)
    case .deltaBytes(var decoder):
      var data = BufferBuilder<UInt8>(capacity: page.count)
      do throws(DecodingFault) {
        unsafe try decoder.decode(
          count: count, into: slots, data: &data, sizeMaxBytes: sizeMaxBytes)
      } catch {
        hasOutgrown = decoder.hasOutgrown
        throw error
      }
      encoded = .deltaBytes(decoder)
      unsafe try checkLengths(slots, count: count)
      let size = data.count
      return (SliceSource(data: data.freeze(), id: takeSourceID(), kind: .made), 0..<size)
    case .split:
      guard count <= page.count / storedSizeBytes else { throw .truncated(offset: page.count) }
      let size = count * storedSizeBytes
      var data = BufferBuilder<UInt8>(capacity: size)
      try unsafe decodeStored(count, into: UnsafeMutableRawPointer(data.unsafeTail(size)))
      unsafe data.advance(by: size)
      unsafe fillFixed(slots, count: count, offset: 0)
      return (SliceSource(data: data.freeze(), id: takeSourceID(), kind: .made), 0..<size)
    default: throw .truncated(offset: page.count)
    }
  }

  @unsafe
  private func fillFixed(_ slots: UnsafeMutablePointer<ValueSlice>, count: Int, offset: Int) {
    // SAFETY: `slots` has room for `count`.
    let size = UInt32(truncatingIfNeeded: storedSizeBytes)
    var position = UInt32(truncatingIfNeeded: offset)
    for index in 0..<count {
      unsafe slots[index] = ValueSlice(offset: position, count: size)
      position &+= size
    }
  }

  /// Values of a fixed length are as long as the schema says, where the page could say otherwise.
  @unsafe
  private func checkLengths(
    _ slots: UnsafeMutablePointer<ValueSlice>, count: Int
  ) throws(DecodingFault) {
    // SAFETY: `slots` has `count`.
    guard leaf.type == .fixedLengthByteArray else { return }
    for index in 0..<count where unsafe Int(slots[index].count) != storedSizeBytes {
      throw .malformed(offset: 0)
    }
  }

  /// What the bytes of numbers may grow to when their encoding multiplies them.
  private static let numbersMaxBytes = 1 << 28
}
