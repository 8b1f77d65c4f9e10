// RLE / bit-packed hybrid, the encoding of levels and dictionary indices.
// Parquet format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
//
//   output  := run*                      run := header payload
//   header  := ULEB128; its low bit picks the payload, the rest counts it:
//     0     repeated:   one value, ceil(bitWidth / 8) little-endian bytes
//     1     bit-packed: `header >> 1` groups of 8 values, LSB first; zeros fill the last group
//
// Control plane: `appendHybrid` cuts the values into repeated and packed stretches of whole groups.
// Data plane:    `nextEqualGroup`, `equalGroupCount`, `appendPacked`.
package import Base
import CKernels

/// Bits that hold every value up to `max`; 0 for 0.
package func bitWidth(ofMax max: UInt32) -> Int { 32 - max.leadingZeroBitCount }

/// Appends `values` at `bitWidth` bits, 0...16. O(values), about 0.2 ns a value.
///
/// - Precondition: every value is below `1 << bitWidth`.
package func appendRLEBitPacked(
  _ values: Span<UInt16>, bitWidth: Int, to output: inout ByteWriter
) {
  appendHybrid(values, bitWidth: bitWidth, to: &output)
}

/// As above, for widths of 0...32.
package func appendRLEBitPacked(
  _ values: Span<UInt32>, bitWidth: Int, to output: inout ByteWriter
) {
  appendHybrid(values, bitWidth: bitWidth, to: &output)
}

/// As above, for widths of 0...8: repetition and definition levels of nested columns.
package func appendRLEBitPacked(
  _ values: Span<UInt8>, bitWidth: Int, to output: inout ByteWriter
) {
  appendHybrid(values, bitWidth: bitWidth, to: &output)
}

/// Appends booleans, 0 or 1 each, as a page of encoding RLE holds them: the size of the hybrid
/// stream in four bytes, then the stream, of width 1.
package func appendRLEBooleans(_ values: Span<UInt8>, to output: inout ByteWriter) {
  let start = output.count
  output.appendInteger(0 as UInt32)
  appendHybrid(values, bitWidth: 1, to: &output)
  let sizeBytes = UInt32(output.count - start - 4)
  for byte in 0..<4 {
    output.buffer[start + byte] = UInt8(truncatingIfNeeded: sizeBytes >> UInt32(byte * 8))
  }
}

/// The most bytes that `appendRLEBitPacked` writes for `count` values.
package func maxRLEBitPackedBytes(count: Int, bitWidth: Int) -> Int {
  // All packed, the last group filled up; a repeated run is never larger than its groups packed
  // (`repeatThreshold`). Headers take up to five bytes each: of the first packed run, of a repeated
  // one at the end, of the tail.
  (count + 7) / 8 * bitWidth + 24
}

/// Appends one repeated run; nothing for no values.
package func appendRepeated(
  _ value: UInt32, count: Int, bitWidth: Int, to output: inout ByteWriter
) {
  guard count > 0 else { return }
  output.appendULEB128(UInt64(count) << 1)
  for byte in 0..<(bitWidth + 7) / 8 {
    output.append(UInt8(truncatingIfNeeded: value >> UInt32(byte * 8)))
  }
}

/// Equal groups from which on a repeated run is the smaller choice: it costs its header and value,
/// and a second header for the packed run that it splits.
func repeatThreshold(bitWidth: Int) -> Int {
  1 + (4 + (bitWidth + 7) / 8) / max(bitWidth, 1)
}

// MARK: Control plane

/// What the two entries differ in. Never a witness call: `appendHybrid` is inlined into both.
protocol PackedValue: FixedWidthInteger, UnsignedInteger, BitwiseCopyable {
  static func appendGroups(
    _ values: Span<Self>, from start: Int, count: Int, bitWidth: Int, to output: inout ByteWriter)
  /// The first group from `group` on, below `end`, whose values are all equal; `end` if none.
  /// Needs `KernelLevel.avx2`.
  @unsafe
  static func nextEqualGroup(_ values: UnsafePointer<Self>, _ group: Int, _ end: Int) -> Int
}

extension UInt8: PackedValue {
  static func appendGroups(
    _ values: Span<UInt8>, from start: Int, count: Int, bitWidth: Int, to output: inout ByteWriter
  ) {
    appendPacked(values, from: start, groupCount: count, bitWidth: bitWidth, to: &output)
  }

  @unsafe
  static func nextEqualGroup(_ values: UnsafePointer<UInt8>, _ group: Int, _ end: Int) -> Int {
    #if arch(x86_64)
      // SAFETY: the caller's groups.
      unsafe grebe_equal_group_u8_avx2(values, group, end)
    #else
      group
    #endif
  }
}

extension UInt16: PackedValue {
  static func appendGroups(
    _ values: Span<UInt16>, from start: Int, count: Int, bitWidth: Int, to output: inout ByteWriter
  ) {
    appendPacked(values, from: start, groupCount: count, bitWidth: bitWidth, to: &output)
  }

  @unsafe
  static func nextEqualGroup(_ values: UnsafePointer<UInt16>, _ group: Int, _ end: Int) -> Int {
    #if arch(x86_64)
      // SAFETY: the caller's groups.
      unsafe grebe_equal_group_u16_avx2(values, group, end)
    #else
      group
    #endif
  }
}

extension UInt32: PackedValue {
  static func appendGroups(
    _ values: Span<UInt32>, from start: Int, count: Int, bitWidth: Int, to output: inout ByteWriter
  ) {
    appendPacked(values, from: start, groupCount: count, bitWidth: bitWidth, to: &output)
  }

  @unsafe
  static func nextEqualGroup(_ values: UnsafePointer<UInt32>, _ group: Int, _ end: Int) -> Int {
    #if arch(x86_64)
      // SAFETY: the caller's groups.
      unsafe grebe_equal_group_u32_avx2(values, group, end)
    #else
      group
    #endif
  }
}

@inline(__always)
private func appendHybrid<Value: PackedValue>(
  _ values: Span<Value>, bitWidth: Int, to output: inout ByteWriter
) {
  let groupCount = values.count / 8
  let threshold = repeatThreshold(bitWidth: bitWidth)
  var start = 0  // The first group that is not written yet.
  var group = 0
  let isVector = KernelLevel.best >= .avx2
  while group < groupCount {
    if isVector {
      group = nextEqualGroup(values, from: group, end: groupCount)
      if group == groupCount { break }
    }
    let equal = equalGroupCount(values, from: group, end: groupCount)
    if equal < threshold {
      group += max(equal, 1)
      continue
    }
    appendPackedRun(values, groups: start..<group, bitWidth: bitWidth, to: &output)
    var count = equal * 8
    group += equal
    start = group
    // Only the last, incomplete group may end a repeated run between groups.
    if group == groupCount && isEqual(values, from: group * 8, to: values[group * 8 - 1]) {
      count = values.count - (group - equal) * 8
      start = groupCount + 1
    }
    appendRepeated(
      UInt32(truncatingIfNeeded: values[group * 8 - 1]), count: count, bitWidth: bitWidth,
      to: &output)
  }
  if start <= groupCount {
    appendTail(values, fromGroup: start, bitWidth: bitWidth, to: &output)
  }
}

@inline(__always)
private func appendPackedRun<Value: PackedValue>(
  _ values: Span<Value>, groups: Range<Int>, bitWidth: Int, to output: inout ByteWriter
) {
  guard !groups.isEmpty else { return }
  output.appendULEB128(UInt64(groups.count) << 1 | 1)
  Value.appendGroups(
    values, from: groups.lowerBound * 8, count: groups.count, bitWidth: bitWidth, to: &output)
}

/// The groups from `first` to the end and the incomplete one after them, in one packed run.
@inline(__always)
private func appendTail<Value: PackedValue>(
  _ values: Span<Value>, fromGroup first: Int, bitWidth: Int, to output: inout ByteWriter
) {
  let whole = values.count / 8
  let rest = values.count % 8
  if rest > 0 && first == whole && isEqual(values, from: whole * 8, to: values[whole * 8]) {
    // Never larger than a packed group, and nothing to fill up.
    return appendRepeated(
      UInt32(truncatingIfNeeded: values[whole * 8]), count: rest, bitWidth: bitWidth, to: &output)
  }
  let groupCount = whole - first + (rest > 0 ? 1 : 0)
  guard groupCount > 0 else { return }
  output.appendULEB128(UInt64(groupCount) << 1 | 1)
  Value.appendGroups(
    values, from: first * 8, count: whole - first, bitWidth: bitWidth, to: &output)
  guard rest > 0 else { return }
  var filled = [Value](repeating: 0, count: 8)
  for index in 0..<rest { filled[index] = values[whole * 8 + index] }
  Value.appendGroups(filled.span, from: 0, count: 1, bitWidth: bitWidth, to: &output)
}

@inline(__always)
private func isEqual<Value: PackedValue>(
  _ values: Span<Value>, from start: Int, to value: Value
) -> Bool {
  for index in start..<values.count where values[index] != value { return false }
  return true
}

// MARK: Data plane

/// The first group from `group` on whose values are all equal; `end` if there is none.
@inline(__always)
private func nextEqualGroup<Value: PackedValue>(
  _ values: Span<Value>, from group: Int, end: Int
) -> Int {
  unsafe values.withUnsafeBufferPointer { source in
    // SAFETY: `end` counts whole groups of `values`, and is not 0.
    unsafe Value.nextEqualGroup(source.baseAddress.unsafelyUnwrapped, group, end)
  }
}

/// How many groups from `group` on hold nothing but the first value of `group`.
@inline(__always)
private func equalGroupCount<Value: PackedValue>(
  _ values: Span<Value>, from group: Int, end: Int
) -> Int {
  // Eight values are as many words as a value has bytes.
  let wordCount = MemoryLayout<Value>.size
  let pattern = UInt64(truncatingIfNeeded: values[group &* 8]) &* repeatFactor(wordCount)
  return unsafe values.withUnsafeBufferPointer { source in
    // SAFETY: `end` counts whole groups of `values`.
    let base = unsafe UnsafeRawPointer(source.baseAddress.unsafelyUnwrapped)
    var next = group
    while next < end {
      var difference: UInt64 = 0
      for word in 0..<wordCount {
        let offset = (next &* wordCount &+ word) &* 8
        difference |= unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ pattern
      }
      if difference != 0 { break }
      next &+= 1
    }
    return next &- group
  }
}

/// What a value of `sizeBytes` bytes is multiplied with to fill a word with copies of it.
@inline(__always)
private func repeatFactor(_ sizeBytes: Int) -> UInt64 {
  switch sizeBytes {
  case 1: 0x0101_0101_0101_0101
  case 2: 0x0001_0001_0001_0001
  default: 0x0000_0001_0000_0001
  }
}
