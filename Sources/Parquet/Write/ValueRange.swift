// Smallest and largest value of a page: loops over values that are PLAIN in a page body, or over
// the dictionary entries that a page uses. Once a page, so they see what is in the cache already.
import Base
import Columns
import Encodings

/// How the bit patterns of a 4- or 8-byte column compare.
enum FixedOrder: Sendable {
  case int32, int64, float, double

  var isFloating: Bool { self == .float || self == .double }
}

/// How many of `bytes`, PLAIN values of a floating `order`, are NaN.
func nanCount(_ bytes: RawSpan, order: FixedOrder) -> Int {
  var count = 0
  let valueBytes = order == .float ? 4 : 8
  for offset in stride(from: 0, to: bytes.byteCount, by: valueBytes) {
    // SAFETY: whole values lie in the span.
    let isNaN =
      order == .float
      ? unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Float.self).isNaN
      : unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Double.self).isNaN
    if isNaN { count += 1 }
  }
  return count
}

/// Bounds of `bytes`, PLAIN values of `order`.
func fixedBounds(_ bytes: RawSpan, order: FixedOrder) -> ColumnBounds {
  if bytes.byteCount == 0 { return .empty }
  // SAFETY: whole values lie in the span; `count` numbers them.
  return unsafe bytes.withUnsafeBytes { buffer in
    let base = buffer.baseAddress!
    switch order {
    case .int32:
      let (min, max) = unsafe integerRange(base, count: buffer.count / 4, as: Int32.self)
      return .integers(min: Int64(min), max: Int64(max))
    case .int64:
      let (min, max) = unsafe integerRange(base, count: buffer.count / 8, as: Int64.self)
      return .integers(min: min, max: max)
    case .float:
      return unsafe floatRange(base, count: buffer.count / 4, as: Float.self)
        .map { doubleBounds(min: Double($0.min), max: Double($0.max)) } ?? .unknown
    case .double:
      return unsafe floatRange(base, count: buffer.count / 8, as: Double.self)
        .map { doubleBounds(min: $0.min, max: $0.max) } ?? .unknown
    }
  }
}

/// Bounds of the values whose `used` byte is not 0. Bit patterns of 4-byte values are
/// zero-extended.
func fixedBounds(
  _ values: Span<UInt64>, used: Span<UInt8>, order: FixedOrder
) -> ColumnBounds {
  // Moved together first: the loops over whole pages serve here too.
  var seen = ByteWriter()
  let valueBytes = order == .int32 || order == .float ? 4 : 8
  // SAFETY: the tail takes every value, and the padding the rest of the last store.
  let tail = unsafe UnsafeMutableRawPointer(seen.buffer.unsafeTail(values.count * valueBytes))
  var offset = 0
  for code in used.indices {
    // Bit patterns of four bytes are in the lower half of their word: stored whole, advanced by
    // four.
    unsafe tail.storeBytes(of: values[code].littleEndian, toByteOffset: offset, as: UInt64.self)
    offset &+= used[code] != 0 ? valueBytes : 0
  }
  unsafe seen.buffer.advance(by: offset)
  return fixedBounds(seen.bytes, order: order)
}

/// Four accumulators a side: the comparisons of one value do not wait for those of the last.
@inline(__always) @unsafe
private func integerRange<T: FixedWidthInteger & BitwiseCopyable>(
  _ base: UnsafeRawPointer, count: Int, as type: T.Type
) -> (min: T, max: T) {
  // SAFETY: the caller's `count` > 0 values.
  let first = unsafe base.loadUnaligned(as: T.self)
  var (min0, min1, min2, min3) = (first, first, first, first)
  var (max0, max1, max2, max3) = (first, first, first, first)
  let stride = MemoryLayout<T>.size
  var index = 0
  while index &+ 4 <= count {
    let at = unsafe base + index &* stride
    let a = unsafe at.loadUnaligned(as: T.self)
    let b = unsafe at.loadUnaligned(fromByteOffset: stride, as: T.self)
    let c = unsafe at.loadUnaligned(fromByteOffset: 2 &* stride, as: T.self)
    let d = unsafe at.loadUnaligned(fromByteOffset: 3 &* stride, as: T.self)
    (min0, max0) = (a < min0 ? a : min0, a > max0 ? a : max0)
    (min1, max1) = (b < min1 ? b : min1, b > max1 ? b : max1)
    (min2, max2) = (c < min2 ? c : min2, c > max2 ? c : max2)
    (min3, max3) = (d < min3 ? d : min3, d > max3 ? d : max3)
    index &+= 4
  }
  while index < count {
    let value = unsafe base.loadUnaligned(fromByteOffset: index &* stride, as: T.self)
    (min0, max0) = (value < min0 ? value : min0, value > max0 ? value : max0)
    index &+= 1
  }
  return (min(min(min0, min1), min(min2, min3)), max(max(max0, max1), max(max2, max3)))
}

/// Nil if a NaN is among the values: then no bounds are sound for every reader.
@inline(__always) @unsafe
private func floatRange<T: BinaryFloatingPoint & BitwiseCopyable>(
  _ base: UnsafeRawPointer, count: Int, as type: T.Type
) -> (min: T, max: T)? {
  // SAFETY: the caller's `count` > 0 values.
  let first = unsafe base.loadUnaligned(as: T.self)
  var (min0, min1) = (first, first)
  var (max0, max1) = (first, first)
  var isOrdered = true
  let stride = MemoryLayout<T>.size
  var index = 0
  while index &+ 2 <= count {
    let a = unsafe base.loadUnaligned(fromByteOffset: index &* stride, as: T.self)
    let b = unsafe base.loadUnaligned(fromByteOffset: (index &+ 1) &* stride, as: T.self)
    (min0, max0) = (a < min0 ? a : min0, a > max0 ? a : max0)
    (min1, max1) = (b < min1 ? b : min1, b > max1 ? b : max1)
    isOrdered = isOrdered && a == a && b == b
    index &+= 2
  }
  if index < count {
    let value = unsafe base.loadUnaligned(fromByteOffset: index &* stride, as: T.self)
    (min0, max0) = (value < min0 ? value : min0, value > max0 ? value : max0)
    isOrdered = isOrdered && value == value
  }
  guard isOrdered else { return nil }
  return (min0 < min1 ? min0 : min1, max0 > max1 ? max0 : max1)
}

// MARK: Strings and binaries

/// Follows the smallest and the largest of byte values.
struct ByteRange: ~Copyable {
  private var min = BufferBuilder<UInt8>()
  private var max = BufferBuilder<UInt8>()
  private(set) var isEmpty = true

  mutating func reset() {
    min.removeAll()
    max.removeAll()
    isEmpty = true
  }

  /// - Precondition: every slice lies within `data`.
  mutating func add(_ slices: Span<ValueSlice>, of data: Buffer<UInt8>) {
    // SAFETY: the slices lie in the data, which is readable past its end by the padding.
    unsafe data.withUnsafePointer { unsafe add(slices, at: UnsafeRawPointer($0)) }
  }

  /// - Precondition: the slices lie in readable bytes from `bytes` on, with seven more behind them.
  @unsafe
  mutating func add(_ slices: Span<ValueSlice>, at bytes: UnsafeRawPointer) {
    if slices.isEmpty { return }
    // SAFETY: what the caller promises; the bounds are whole in their builders, which are padded.
    let first = unsafe ByteExtremes.Value(slices[0], at: bytes)
    let (least, largest) = unsafe isEmpty ? (first, first) : (min.value(), max.value())
    var extremes = unsafe ByteExtremes(least: least, largest: largest)
    unsafe extremes.widen(slices, at: bytes)
    if unsafe isEmpty || extremes.least.start != least.start {
      unsafe min.replaceAll(with: extremes.least)
    }
    if unsafe isEmpty || extremes.largest.start != largest.start {
      unsafe max.replaceAll(with: extremes.largest)
    }
    isEmpty = false
  }

  func bounds(isText: Bool, cutTo sizeBytes: Int) -> ColumnBounds {
    if isEmpty { return .empty }
    return .bytes(
      min: min.span.prefixArray(sizeBytes + 1), max: max.span.prefixArray(sizeBytes + 1),
      isText: isText, cutTo: sizeBytes)
  }
}

extension BufferBuilder where Element == UInt8 {
  /// All of it.
  @unsafe
  fileprivate mutating func value() -> ByteExtremes.Value {
    // SAFETY: the tail begins where the bytes end.
    let count = count
    return unsafe ByteExtremes.Value(start: UnsafeRawPointer(unsafeTail(0)) - count, count: count)
  }

  @unsafe
  fileprivate mutating func replaceAll(with value: ByteExtremes.Value) {
    removeAll()
    // SAFETY: the tail has the value's count of bytes.
    let tail = unsafe UnsafeMutableRawPointer(unsafeTail(value.count))
    unsafe tail.copyMemory(from: value.start, byteCount: value.count)
    unsafe advance(by: value.count)
  }
}

extension Span where Element == UInt8 {
  /// The first `count` bytes, all of them if there are fewer.
  fileprivate func prefixArray(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<Swift.min(count, self.count) { bytes.append(self[index]) }
    return bytes
  }
}

/// The smallest and the largest of byte values, where they lie. Eight bytes decide nearly always:
/// the first ones, or those after what both start with, as addresses of one site do.
@unsafe
private struct ByteExtremes {
  @unsafe
  struct Value {
    var start: UnsafeRawPointer
    var count: Int
  }

  private(set) var least: Value
  private(set) var largest: Value
  /// How many bytes, whole words of them, both start with.
  private var sharedCount = 0
  /// The eight bytes after those.
  private var leastPrefix: UInt64 = 0
  private var largestPrefix: UInt64 = 0

  /// - Precondition: both have seven readable bytes behind them, as all that is added has.
  init(least: Value, largest: Value) {
    // SAFETY: only kept.
    unsafe (self.least, self.largest) = unsafe (least, largest)
    unsafe findShared()
  }

  mutating func widen(_ slices: Span<ValueSlice>, at bytes: UnsafeRawPointer) {
    // SAFETY: indices of the span, of values in `bytes`.
    for index in slices.indices {
      let value = unsafe Value(slices[unchecked: index], at: bytes)
      guard unsafe sharedCount == 0 || startsAsAll(value) else {
        unsafe consider(value)
        continue
      }
      let prefix = unsafe orderedPrefix(value.start + sharedCount, value.count &- sharedCount)
      if unsafe prefix > leastPrefix && prefix < largestPrefix { continue }
      if unsafe prefix > largestPrefix {
        unsafe (largest, largestPrefix) = unsafe (value, prefix)
      } else if unsafe prefix < leastPrefix {
        unsafe (least, leastPrefix) = unsafe (value, prefix)
      } else {
        unsafe consider(value)
      }
    }
  }

  /// Whether the value starts with what both extremes start with.
  @inline(__always)
  private func startsAsAll(_ value: Value) -> Bool {
    // SAFETY: `sharedCount` bytes of both are there.
    unsafe value.count >= sharedCount
      && sharedWords(value.start, least.start, countMax: sharedCount) == sharedCount
  }

  private mutating func consider(_ value: Value) {
    // SAFETY: values with padding.
    let isLeast = unsafe precedes(value, least)
    let isLargest = unsafe precedes(largest, value)
    if isLeast { unsafe least = unsafe value }
    if isLargest { unsafe largest = unsafe value }
    if isLeast || isLargest { unsafe findShared() }
  }

  private mutating func findShared() {
    // SAFETY: whole words of both, then what follows them or its padding.
    unsafe sharedCount = sharedWords(
      least.start, largest.start, countMax: Swift.min(least.count, largest.count))
    unsafe leastPrefix = orderedPrefix(least.start + sharedCount, least.count &- sharedCount)
    unsafe largestPrefix = orderedPrefix(largest.start + sharedCount, largest.count &- sharedCount)
  }
}

extension ByteExtremes.Value {
  // SAFETY: only an address.
  @inline(__always) @unsafe
  fileprivate init(_ slice: ValueSlice, at bytes: UnsafeRawPointer) {
    unsafe self.init(start: bytes + Int(slice.offset), count: Int(slice.count))
  }
}

/// How many bytes are the same at the front of both, in whole words within `countMax`.
@inline(__always) @unsafe
private func sharedWords(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, countMax: Int) -> Int {
  // SAFETY: the caller's `countMax` bytes.
  var offset = 0
  while offset &+ 8 <= countMax {
    let x = unsafe a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    let y = unsafe b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    if x != y { break }
    offset &+= 8
  }
  return offset
}

/// The first eight bytes in an order that compares like the bytes, zeros behind a shorter value.
@inline(__always) @unsafe
private func orderedPrefix(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
  // SAFETY: the caller's value and padding.
  let word = unsafe UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
  return count >= 8 ? word : word & ~(~0 >> UInt64(count &* 8))
}

/// Whether `a` comes before `b` in the order of unsigned bytes.
@unsafe
private func precedes(_ a: ByteExtremes.Value, _ b: ByteExtremes.Value) -> Bool {
  // SAFETY: offsets are below both counts; a word may be read from there.
  let common = unsafe Swift.min(a.count, b.count)
  var offset = 0
  while offset < common {
    let x = unsafe orderedPrefix(a.start + offset, a.count &- offset)
    let y = unsafe orderedPrefix(b.start + offset, b.count &- offset)
    if x != y { return x < y }
    offset &+= 8
  }
  return unsafe a.count < b.count
}
