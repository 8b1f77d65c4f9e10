// The dictionary of a column chunk of strings, binaries or wide decimals.
// Parquet format, Encodings.md, "Dictionary Encoding (RLE_DICTIONARY = 8)".
//
//   page     length value, length value, ...   the dictionary page as it is written
//   entries  [first, second, third, offset, count]   dense, by code; offset points into `page`
//   table    hash -> code; see CodeTable.swift
//
// A value of up to 24 bytes is its three words, cut off after its last byte: equal words and equal
// counts are equal values, and no bytes are compared. That is nearly every value that repeats. The
// others go one at a time through `slowCode`.
package import Base
package import Columns

/// A value of the dictionary. The compiler needs its symbol in every module that keeps a
/// dictionary.
package struct ByteDictionaryEntry: BitwiseCopyable {
  var first: UInt64
  var second: UInt64
  var third: UInt64
  var offset: UInt32
  var count: UInt32
}

package struct ByteDictionary: ~Copyable {
  /// Bytes of the length before each value: 4, or 0 where all values have one length.
  private let prefixBytes: Int
  private let limits: DictionaryLimits
  private var page = ByteWriter()
  private var entries = BufferBuilder<ByteDictionaryEntry>()
  private var table = CodeTable()
  /// Three words of ones, three of zeros: the masks of a value start `24 - count` bytes in.
  private let masks = Buffer<UInt64>([.max, .max, .max, 0, 0, 0])

  package init(isFixedLength: Bool, limits: DictionaryLimits) {
    prefixBytes = isFixedLength ? 0 : 4
    self.limits = limits
  }

  /// Number of distinct values.
  package var count: Int { entries.count }
  /// Bytes of the dictionary page.
  package var sizeBytes: Int { page.count }

  /// Appends the codes of the values at `slices` of `data`, adding those that are new, up to the
  /// first that does not fit the limits. Returns how many values have a code now.
  ///
  /// - Precondition: every slice lies within `data`.
  /// - Complexity: O(bytes); 2 ns a value of up to 24 bytes and few distinct values.
  package mutating func appendCodes(
    of slices: Span<ValueSlice>, in data: Buffer<UInt8>, to codes: inout BufferBuilder<UInt16>
  ) -> Int {
    // SAFETY: indices of the span; the tail of `codes` takes a code a value; `data` is padded.
    var longest: UInt32 = 0
    for index in slices.indices { longest = unsafe max(longest, slices[unchecked: index].count) }
    let output = unsafe codes.unsafeTail(slices.count)
    let done = unsafe data.withUnsafePointer { bytes in
      let base = unsafe UnsafeRawPointer(bytes)
      var done = 0
      while true {
        // Ends at the first value that is long or has no code; `insert` may move the tables.
        done =
          unsafe longest <= 8
          ? lookUp(WordKey.self, slices, from: done, base, output)
          : longest <= 16
            ? lookUp(PairKey.self, slices, from: done, base, output)
            : lookUp(ShortKey.self, slices, from: done, base, output)
        guard done < slices.count, let code = unsafe slowCode(slices[done], base) else { break }
        unsafe output[done] = code
        done += 1
      }
      return done
    }
    unsafe codes.advance(by: done)
    return done
  }

  /// Codes of known values that a `Key` holds, as far as there are such.
  @inline(__always) @unsafe
  private mutating func lookUp<Key: DictionaryKey>(
    _ type: Key.Type, _ slices: Span<ValueSlice>, from start: Int, _ data: UnsafeRawPointer,
    _ output: UnsafeMutablePointer<UInt16>
  ) -> Int {
    if entries.isEmpty { return start }
    let shift = table.hashShift
    let mask = table.slotCount &- 1
    // SAFETY: slot numbers are masked to the table; every code in it is below `count`, which is not
    // 0, so that there are an entry and a used byte wherever one is touched.
    let slots = unsafe table.unsafeSlots
    let entries = unsafe entries.unsafeStart
    let used = unsafe table.unsafeUsed
    let masks = unsafe UnsafeRawPointer(self.masks.base)
    var index = start
    scan: while index < slices.count {
      let slice = unsafe slices[unchecked: index]
      if slice.count > Key.sizeMaxBytes { break }
      let key = unsafe Key(data + Int(slice.offset), count: slice.count, masks: masks)
      var slot = Int(truncatingIfNeeded: key.hash &>> shift)
      var code = unsafe slots[slot]
      while unsafe !key.equals(entries + Int(code)) {
        if code == CodeTable.emptySlot { break scan }
        slot = (slot &+ 1) & mask
        code = unsafe slots[slot]
      }
      unsafe output[index] = code
      if unsafe used[Int(code)] == 0 { unsafe used[Int(code)] = 1 }
      index &+= 1
    }
    return index
  }

  /// The code of a value that `lookUp` did not find: a long one, or a new one, which is added. Nil
  /// where the limits end the dictionary.
  @inline(never) @unsafe
  private mutating func slowCode(_ slice: ValueSlice, _ data: UnsafeRawPointer) -> UInt16? {
    // SAFETY: the slice lies in the data, and 24 bytes may be read from wherever a value starts.
    let bytes = unsafe data + Int(slice.offset)
    let (entry, hash) = unsafe makeEntry(bytes, count: slice.count)
    if !entries.isEmpty {
      if let code = table.find(hash, { unsafe isValue($0, entry, bytes) }) {
        table.markUsed(code)
        return code
      }
    }
    return unsafe insert(entry, bytes, hash: hash)
  }

  @unsafe
  private func isValue(
    _ code: UInt16, _ entry: ByteDictionaryEntry, _ bytes: UnsafeRawPointer
  ) -> Bool {
    let known = entries[Int(code)]
    guard known.count == entry.count, known.first == entry.first, known.second == entry.second,
      known.third == entry.third
    else { return false }
    if entry.count <= 24 { return true }
    // SAFETY: `insert` stored `count` bytes at `offset` of the page.
    return unsafe equalBytes(page.buffer.unsafeStart + Int(known.offset), bytes, Int(entry.count))
  }

  @unsafe
  private mutating func insert(
    _ new: ByteDictionaryEntry, _ bytes: UnsafeRawPointer, hash: UInt64
  ) -> UInt16? {
    guard entries.count < limits.distinctCount,
      page.count + Int(new.count) + prefixBytes <= limits.sizeBytes
    else { return nil }
    if table.needsRoom(for: entries.count + 1) {
      table.removeAll(roomFor: entries.count * 3)
      restoreCodes()
    }
    let code = UInt16(entries.count)
    guard table.add(code, hash: hash) else { return nil }
    if prefixBytes > 0 { page.appendInteger(new.count) }
    var entry = new
    entry.offset = UInt32(page.count)
    entries.append(entry)
    // SAFETY: the caller's value is `count` readable bytes.
    unsafe page.append(RawSpan(_unsafeStart: bytes, byteCount: Int(new.count)))
    return code
  }

  /// The entry of a value, its offset left open, and its hash. `bytes` may be read for 24 bytes.
  @unsafe
  private func makeEntry(
    _ bytes: UnsafeRawPointer, count: UInt32
  ) -> (entry: ByteDictionaryEntry, hash: UInt64) {
    // SAFETY: the caller's bytes; the masks have 48 bytes, of which 24 are read from 24 - count on.
    let key = unsafe ShortKey(
      bytes, count: min(count, 24), masks: UnsafeRawPointer(masks.base))
    let entry = ByteDictionaryEntry(
      first: key.first, second: key.second, third: key.third, offset: 0, count: count)
    return unsafe (entry, count <= 24 ? key.hash : hashBytes(bytes, Int(count)))
  }

  /// Puts every code back into the table.
  private mutating func restoreCodes() {
    for code in 0..<entries.count {
      let entry = entries[code]
      // SAFETY: the page holds the value, and padding behind it.
      let bytes = unsafe UnsafeRawPointer(page.buffer.unsafeStart + Int(entry.offset))
      let hash = unsafe makeEntry(bytes, count: entry.count).hash
      table.restore(UInt16(code), hash: hash)
    }
  }

  // MARK: What the codes stand for

  /// By code: 1 if a value had it since `startPage`, else 0.
  package var usedCodes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { table.used }
  }

  /// From here on, no code has been used yet.
  package mutating func startPage() { table.startPage() }

  /// Calls `body` with the dictionary page, which the slices of `slice(_:)` point into. The padding
  /// of a buffer may be read after it.
  @unsafe
  package func withUnsafePage(_ body: (UnsafeRawPointer) -> Void) {
    // SAFETY: the page lives as long as the call; `body` keeps to its slices.
    unsafe page.buffer.span.withUnsafeBufferPointer { bytes in
      if let base = bytes.baseAddress { unsafe body(base) }
    }
  }

  /// Where the value of `code` lies in the dictionary page.
  package func slice(_ code: Int) -> ValueSlice {
    let entry = entries[code]
    return ValueSlice(offset: entry.offset, count: entry.count)
  }

  /// Appends the values in order of their codes: the dictionary page.
  package func appendPage(to output: inout ByteWriter) { output.append(page.bytes) }

  /// Appends the values of `codes` as PLAIN.
  package func appendPlain(_ codes: Span<UInt16>, to output: inout ByteWriter) {
    for index in codes.indices {
      let entry = entries[Int(codes[index])]
      let end = Int(entry.offset) + Int(entry.count)
      page.buffer.span.extracting(Int(entry.offset) - prefixBytes..<end).withBytes {
        output.append($0)
      }
    }
  }

  /// Appends the bytes of the values of `codes`, and their lengths to `lengths`.
  package func appendBytes(
    _ codes: Span<UInt16>, lengths: inout BufferBuilder<Int32>, to output: inout ByteWriter
  ) {
    for index in codes.indices {
      let entry = entries[Int(codes[index])]
      let start = Int(entry.offset)
      lengths.append(Int32(truncatingIfNeeded: entry.count))
      page.buffer.span.extracting(start..<start + Int(entry.count)).withBytes { output.append($0) }
    }
  }

  /// Forgets every value from code `newCount` on; the earlier ones keep their codes.
  package mutating func truncate(to newCount: Int) {
    guard newCount < entries.count else { return }
    page.buffer.truncate(to: Int(entries[newCount].offset) - prefixBytes)
    entries.truncate(to: newCount)
    table.truncate(to: newCount)
    restoreCodes()
  }

  /// Forgets everything and keeps the memory.
  package mutating func removeAll() { truncate(to: 0) }
}

/// A short value as words, zeros behind its last byte. Never a witness call: lookups are inlined
/// for each.
private protocol DictionaryKey {
  static var sizeMaxBytes: UInt32 { get }
  /// Reads whole words at `bytes`, whatever `count` is: the padding of every buffer allows it.
  @unsafe
  init(_ bytes: UnsafeRawPointer, count: UInt32, masks: UnsafeRawPointer)
  /// The upper bits number the slot. Equal for every kind of key that holds the value.
  var hash: UInt64 { get }
  @unsafe
  func equals(_ entry: UnsafePointer<ByteDictionaryEntry>) -> Bool
}

/// Up to 8 bytes.
private struct WordKey: DictionaryKey {
  static let sizeMaxBytes: UInt32 = 8
  let first: UInt64
  let count: UInt32

  @inline(__always) @unsafe
  init(_ bytes: UnsafeRawPointer, count: UInt32, masks: UnsafeRawPointer) {
    // SAFETY: `count` is at most 8, and the masks are 48 bytes, ones up to the 24th.
    let mask = unsafe (masks + (24 &- Int(count))).loadUnaligned(as: UInt64.self)
    first = unsafe bytes.loadUnaligned(as: UInt64.self) & mask
    self.count = count
  }

  @inline(__always) var hash: UInt64 { hashOfWord(first, count) }

  @inline(__always) @unsafe
  func equals(_ entry: UnsafePointer<ByteDictionaryEntry>) -> Bool {
    // SAFETY: the caller's entry.
    unsafe (first ^ entry.pointee.first) | UInt64(count ^ entry.pointee.count) == 0
  }
}

/// Up to 16 bytes.
private struct PairKey: DictionaryKey {
  static let sizeMaxBytes: UInt32 = 16
  let first: UInt64
  let second: UInt64
  let count: UInt32

  @inline(__always) @unsafe
  init(_ bytes: UnsafeRawPointer, count: UInt32, masks: UnsafeRawPointer) {
    // SAFETY: `count` is at most 16, and the masks are 48 bytes.
    let mask = unsafe masks + (24 &- Int(count))
    first = unsafe bytes.loadUnaligned(as: UInt64.self) & mask.loadUnaligned(as: UInt64.self)
    second =
      unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      & mask.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    self.count = count
  }

  @inline(__always) var hash: UInt64 { hashOfWords(first, second, count) }

  @inline(__always) @unsafe
  func equals(_ entry: UnsafePointer<ByteDictionaryEntry>) -> Bool {
    // SAFETY: the caller's entry.
    let words = unsafe (first ^ entry.pointee.first) | (second ^ entry.pointee.second)
    return unsafe words | UInt64(count ^ entry.pointee.count) == 0
  }
}

/// Up to 24 bytes.
private struct ShortKey: DictionaryKey {
  static let sizeMaxBytes: UInt32 = 24
  let first: UInt64
  let second: UInt64
  let third: UInt64
  let count: UInt32

  @inline(__always) @unsafe
  init(_ bytes: UnsafeRawPointer, count: UInt32, masks: UnsafeRawPointer) {
    // SAFETY: `count` is at most 24, and the masks are 48 bytes.
    let mask = unsafe masks + (24 &- Int(count))
    first = unsafe bytes.loadUnaligned(as: UInt64.self) & mask.loadUnaligned(as: UInt64.self)
    second =
      unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      & mask.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    third =
      unsafe bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
      & mask.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
    self.count = count
  }

  @inline(__always)
  var hash: UInt64 { hashOfWords(first, second ^ (third &<< 23 | third &>> 41), count) }

  @inline(__always) @unsafe
  func equals(_ entry: UnsafePointer<ByteDictionaryEntry>) -> Bool {
    // SAFETY: the caller's entry.
    let words = unsafe (first ^ entry.pointee.first) | (second ^ entry.pointee.second)
    let rest = unsafe (third ^ entry.pointee.third) | UInt64(count ^ entry.pointee.count)
    return words | rest == 0
  }
}

/// The hash of a value of up to eight bytes; of a longer one, what its first eight add to it.
@inline(__always)
private func hashOfWord(_ word: UInt64, _ count: UInt32) -> UInt64 {
  (word ^ UInt64(count)) &* hashFactor
}

/// The same of two words, the second of which is 0 for values of up to eight bytes.
@inline(__always)
private func hashOfWords(_ first: UInt64, _ second: UInt64, _ count: UInt32) -> UInt64 {
  hashOfWord(first, count) ^ (second &* 0xD6E8_FEB8_6659_FD93)
}

/// Spreads every bit over the upper half, which numbers the slots.
@inline(__always)
private func mix(_ word: UInt64) -> UInt64 { (word ^ (word &>> 32)) &* hashFactor }

/// Hash of all of `count` > 24 bytes, 16 a step, the last step overlapping the one before.
@inline(never) @unsafe
private func hashBytes(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
  // SAFETY: `count` > 24, so that the last step starts at or after the first.
  var hash = UInt64(count)
  var offset = 0
  while true {
    let low = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    let high = unsafe bytes.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self)
    hash = mix(hash ^ low &* hashFactor) ^ high &* 0xD6E8_FEB8_6659_FD93
    if offset &+ 16 == count { return mix(hash) }
    offset = min(offset &+ 16, count &- 16)
  }
}

/// Whether `count` > 24 bytes are equal.
@inline(__always) @unsafe
private func equalBytes(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Bool {
  // SAFETY: `count` > 24 bytes on both sides, so that the last step starts at or after the first.
  var offset = 0
  while true {
    let x = unsafe a.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
    let y = unsafe b.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
    if x != y { return false }
    if offset &+ 16 == count { return true }
    offset = min(offset &+ 16, count &- 16)
  }
}

extension Span where Element == UInt8 {
  // SAFETY: integers are all bytes.
  fileprivate func withBytes(_ body: (RawSpan) -> Void) { unsafe body(bytes) }
}
