// ALP, adaptive lossless floating-point. The format is drawn in ALP+Decode.swift.
//
//   1. Candidates: for a few values picked all over the page, every exponent and factor; for more
//      of them, the best of these. The five pairs that take the fewest bits stay. A. Afroozeh,
//      P. Boncz, "ALP", SIGMOD 2024, section 3.2.
//   2. A vector takes the candidate that is best for some of its values.
//   3. Every value is scaled, rounded and decoded again: what does not come back bit for bit is an
//      exception, and the first integer of the vector stands in its place.
package import Base

private let logVectorSize = 10
private let vectorSize = 1 << logVectorSize
private let candidateCount = 5
/// Pairs that are looked at again with more values.
private let promisingCount = 16
/// Values that candidates are chosen by, and that a vector chooses by.
private let pageSampleCount = 256
private let vectorSampleCount = 32

/// Appends `values`, PLAIN values of `valueBytes` bytes (4: FLOAT, 8: DOUBLE), as one page.
///
/// - Complexity: O(values), and a constant of some 10 000 steps.
package func appendALP(
  _ values: RawSpan, valueBytes: Int, to output: inout ByteWriter
) {
  precondition(valueBytes == 4 || valueBytes == 8)
  precondition(values.byteCount % valueBytes == 0)
  unsafe values.withUnsafeBytes { source in
    // SAFETY: whole values, read without regard to alignment.
    let count = source.count / valueBytes
    if valueBytes == 8 {
      unsafe appendPage(Values<Double>(base: source.baseAddress, count: count), to: &output)
    } else {
      unsafe appendPage(Values<Float>(base: source.baseAddress, count: count), to: &output)
    }
  }
}

/// PLAIN values wherever they lie.
// SAFETY: made and used within `appendALP`; indices are below `count`.
@safe
private struct Values<Value: ALPValue> {
  let base: UnsafeRawPointer?
  let count: Int

  @inline(__always)
  subscript(index: Int) -> Value {
    assert(index >= 0 && index < count)
    let offset = index &* MemoryLayout<Value>.size
    return unsafe base.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: Value.self)
  }
}

/// How the values of a vector become integers.
private struct Scale: Equatable {
  var exponent = 0
  var factor = 0
}

@inline(__always)
private func appendPage<Value: ALPValue>(_ values: Values<Value>, to output: inout ByteWriter) {
  let vectorCount = (values.count + vectorSize - 1) / vectorSize
  output.append(0 as UInt8)
  output.append(0 as UInt8)
  output.append(UInt8(logVectorSize))
  output.appendInteger(Int32(truncatingIfNeeded: values.count))
  let offsetsStart = output.count
  for _ in 0..<vectorCount { output.appendInteger(0 as UInt32) }
  let all = 0..<values.count
  let promising = bestScales(
    values, sampleCount: vectorSampleCount, range: all, among: allScales(Value.self),
    limit: promisingCount)
  let candidates = bestScales(
    values, sampleCount: pageSampleCount, range: all, among: promising, limit: candidateCount)
  var scratch = VectorScratch()
  for vector in 0..<vectorCount {
    let offset = UInt32(truncatingIfNeeded: output.count - offsetsStart)
    for byte in 0..<4 {
      output.buffer[offsetsStart + vector * 4 + byte] = UInt8(
        truncatingIfNeeded: offset >> UInt32(byte * 8))
    }
    let start = vector * vectorSize
    let range = start..<min(start + vectorSize, values.count)
    let scale =
      candidates.count == 1
      ? candidates[0]
      : bestScales(
        values, sampleCount: vectorSampleCount, range: range, among: candidates, limit: 1)[0]
    appendVector(values, range, scale, &scratch, to: &output)
  }
}

private func allScales<Value: ALPValue>(_ type: Value.Type) -> [Scale] {
  (0...Value.exponentMax).flatMap { exponent in
    (0...exponent).map { Scale(exponent: exponent, factor: $0) }
  }
}

/// Up to `limit` of `scales`, best first, by `sampleCount` values spread over `range`.
@inline(__always)
private func bestScales<Value: ALPValue>(
  _ values: Values<Value>, sampleCount: Int, range: Range<Int>, among scales: [Scale], limit: Int
) -> [Scale] {
  let count = min(sampleCount, range.count)
  let sample = (0..<count).map { values[range.lowerBound + $0 * range.count / count] }
  var best: [(scale: Scale, bits: Int)] = []
  for scale in scales {
    let bits = sampleBits(sample, scale)
    // Among equals the first stays: the smallest exponent, which every run chooses alike.
    let place = best.firstIndex { bits < $0.bits } ?? best.count
    if place < limit {
      best.insert((scale, bits), at: place)
      if best.count > limit { best.removeLast() }
    }
  }
  return best.map(\.scale)
}

/// Bits that `sample` would take: packed integers, and exceptions with their indices.
@inline(__always)
private func sampleBits<Value: ALPValue>(_ sample: [Value], _ scale: Scale) -> Int {
  let codec = Codec<Value>(scale)
  var (least, most) = (Value.Integer.max, Value.Integer.min)
  var exceptionCount = 0
  for value in sample {
    let integer = codec.integer(value)
    if codec.value(integer).pattern == value.pattern {
      least = min(least, integer)
      most = max(most, integer)
    } else {
      exceptionCount &+= 1
    }
  }
  let range = least <= most ? UInt64(truncatingIfNeeded: most &- least) : 0
  let width = Value.Integer.bitWidth == 32 ? range & 0xFFFF_FFFF : range
  return (64 - width.leadingZeroBitCount) * sample.count
    + exceptionCount * (16 + Value.Integer.bitWidth)
}

/// One scale with its powers of ten.
private struct Codec<Value: ALPValue> {
  private let up: Value
  private let down: Value
  private let factor: Value
  private let exponent: Value

  @inline(__always)
  init(_ scale: Scale) {
    up = Value.powers[scale.exponent]
    down = Value.inversePowers[scale.factor]
    factor = Value.powers[scale.factor]
    exponent = Value.inversePowers[scale.exponent]
  }

  @inline(__always)
  func integer(_ value: Value) -> Value.Integer { value.scaled(by: up, down) }

  @inline(__always)
  func value(_ integer: Value.Integer) -> Value {
    Value.decoded(integer, factor: factor, exponent: exponent)
  }
}

/// Memory for a vector, kept from one to the next.
private struct VectorScratch: ~Copyable {
  /// Integers, then what is packed of them.
  var words = BufferBuilder<UInt64>(capacity: vectorSize)
  var exceptions = BufferBuilder<UInt16>(capacity: vectorSize)
}

@inline(__always)
private func appendVector<Value: ALPValue>(
  _ values: Values<Value>, _ range: Range<Int>, _ scale: Scale,
  _ scratch: inout VectorScratch, to output: inout ByteWriter
) {
  let (least, most) = scaleVector(values, range, scale, &scratch)
  let spread = UInt64(truncatingIfNeeded: most &- least)
  let width =
    64 - (Value.Integer.bitWidth == 32 ? spread & 0xFFFF_FFFF : spread).leadingZeroBitCount
  output.append(UInt8(scale.exponent))
  output.append(UInt8(scale.factor))
  output.appendInteger(UInt16(scratch.exceptions.count))
  output.appendInteger(least)
  output.append(UInt8(width))
  if width > 0 {
    packWords(&scratch, count: range.count, least: least, bitWidth: width, to: &output)
  }
  for index in 0..<scratch.exceptions.count { output.appendInteger(scratch.exceptions[index]) }
  for index in 0..<scratch.exceptions.count {
    output.appendInteger(values[range.lowerBound + Int(scratch.exceptions[index])].pattern)
  }
}

/// Appends the vector's integers, less `least`.
@inline(__always)
private func packWords<Integer: FixedWidthInteger>(
  _ scratch: inout VectorScratch, count: Int, least: Integer, bitWidth width: Int,
  to output: inout ByteWriter
) {
  // SAFETY: a vector of words, zeros behind the last; the tail takes all 32s of them packed.
  let words = unsafe scratch.words.unsafeStart
  let base = UInt64(truncatingIfNeeded: least)
  let mask = UInt64.max &>> UInt64(64 &- Integer.bitWidth)
  for index in 0..<count { unsafe words[index] = (words[index] &- base) & mask }
  for index in count..<vectorSize { unsafe words[index] = 0 }
  let partCount = (count + 31) / 32
  let tail = unsafe output.buffer.unsafeTail(partCount * 4 * width)
  let level = KernelLevel.best
  for part in 0..<partCount {
    unsafe packMiniblock(
      words + part &* 32, bitWidth: width, to: tail + part &* 4 &* width, level: level)
  }
  unsafe output.buffer.advance(by: (count * width + 7) / 8)
}

/// Fills the scratch with the vector's integers and the indices of its exceptions. Returns the
/// least and the largest integer.
@inline(__always)
private func scaleVector<Value: ALPValue>(
  _ values: Values<Value>, _ range: Range<Int>, _ scale: Scale, _ scratch: inout VectorScratch
) -> (least: Value.Integer, most: Value.Integer) {
  // SAFETY: both scratch arrays have room for a vector, and `range` is one.
  let codec = Codec<Value>(scale)
  let words = unsafe scratch.words.unsafeStart
  scratch.exceptions.removeAll()
  let exceptions = unsafe scratch.exceptions.unsafeTail(vectorSize)
  var exceptionCount = 0
  for index in 0..<range.count {
    let value = values[range.lowerBound &+ index]
    let integer = codec.integer(value)
    unsafe words[index] = UInt64(truncatingIfNeeded: integer)
    // Stored whether needed or not: no branch a value.
    unsafe exceptions[exceptionCount] = UInt16(truncatingIfNeeded: index)
    exceptionCount &+= codec.value(integer).pattern == value.pattern ? 0 : 1
  }
  unsafe scratch.exceptions.advance(by: exceptionCount)
  var placeholder: UInt64 = 0
  for index in 0..<range.count
  where index >= exceptionCount || scratch.exceptions[index] != UInt16(index) {
    placeholder = unsafe words[index]
    break
  }
  for index in 0..<exceptionCount { unsafe words[Int(scratch.exceptions[index])] = placeholder }
  var (least, most) = (Value.Integer.max, Value.Integer.min)
  for index in 0..<range.count {
    let integer = unsafe Value.Integer(truncatingIfNeeded: words[index])
    least = min(least, integer)
    most = max(most, integer)
  }
  return (least, most)
}
