import Base
import Columns
import Encodings

/// input := encoding, width, step, count (u12), bytes
///
/// Decoders: steps of any size give what one step gives. Encoders: what is written is read back.
func fuzzEncodings(_ input: inout FuzzInput) {
  let encoding = input.byte() % 15
  let width = input.byte()
  let step = input.byte() + 1
  let count = input.short() & 0xFFF
  let bytes = input.rest
  switch encoding {
  case 0: precondition(decodeDeltas(bytes, count, .max) == decodeDeltas(bytes, count, step))
  case 1: precondition(decodeLengths(bytes, count, .max) == decodeLengths(bytes, count, step))
  case 2: precondition(decodePrefixes(bytes, count, .max) == decodePrefixes(bytes, count, step))
  case 3: precondition(scanPlain(bytes, count, .max) == scanPlain(bytes, count, step))
  case 4: fuzzBooleans(bytes, index: width, count: count)
  case 5: fuzzByteStreams(bytes, valueBytes: width % 20 + 1, step: step)
  case 6: fuzzGather(bytes, width: width, count: count)
  case 7: fuzzText(bytes)
  case 8: checkDeltaRoundTrip(bytes, is64: width & 1 == 1)
  case 9: checkBooleanRoundTrip(bytes)
  case 10: checkBytesRoundTrip(bytes, width: width)
  case 11: checkHybridRoundTrip(bytes, width: width % 32 + 1)
  case 12: fuzzALP(bytes, valueBytes: width & 1 == 0 ? 4 : 8, count: count, step: step)
  case 13: checkALPRoundTrip(bytes, valueBytes: width & 1 == 0 ? 4 : 8, isRound: width & 2 == 0)
  default: checkNarrowDeltas(bytes, count, step)
  }
}

// MARK: Differences

private func decodeDeltas(_ bytes: Buffer<UInt8>, _ count: Int, _ step: Int) -> [Int64]? {
  guard var decoder = try? DeltaBinaryDecoder(bytes) else { return nil }
  // SAFETY: the output has room for what is asked for.
  return unsafe try? decodeInSteps(count, step: step) { count, output throws(DecodingFault) in
    try unsafe decoder.decode(count: count, into: output)
  }
}

private func decodeLengths(_ bytes: Buffer<UInt8>, _ count: Int, _ step: Int) -> [ValueSlice]? {
  guard var decoder = try? DeltaLengthDecoder(bytes) else { return nil }
  // SAFETY: the output has room for what is asked for.
  let slices = unsafe try? decodeInSteps(count, step: step) {
    count, output throws(DecodingFault) in
    try unsafe decoder.decode(count: count, into: output)
  }
  precondition(slices?.allSatisfy { $0.range.upperBound <= bytes.count } ?? true)
  return slices
}

private let prefixDataMaxBytes = 1 << 22

private func decodePrefixes(_ bytes: Buffer<UInt8>, _ count: Int, _ step: Int) -> [[UInt8]]? {
  // Every value may be as long as all the page: what steps of one size refuse, others may not.
  guard count * bytes.count < prefixDataMaxBytes,
    var decoder = try? DeltaByteArrayDecoder(bytes)
  else { return nil }
  var values: [[UInt8]] = []
  while values.count < count {
    var data = BufferBuilder<UInt8>()
    let next = min(step, count - values.count)
    // SAFETY: the output has room for what is asked for.
    let slices = unsafe try? decodeInSteps(next, step: .max) {
      count, output throws(DecodingFault) in
      try unsafe decoder.decode(
        count: count, into: output, data: &data, sizeMaxBytes: prefixDataMaxBytes)
    }
    guard let slices else { return nil }
    let all = data.freeze()
    values += slices.map { Array(all.slice($0.range)) }
  }
  return values
}

// MARK: PLAIN and the rest

private func scanPlain(_ bytes: Buffer<UInt8>, _ count: Int, _ step: Int) -> [ValueSlice]? {
  var offset = 0
  // SAFETY: the output has room for what is asked for.
  let slices = unsafe try? decodeInSteps(count, step: step) {
    count, output throws(DecodingFault) in
    offset = try unsafe scanByteArrays(bytes, at: offset, count: count, into: output)
  }
  precondition(offset <= bytes.count)
  precondition(slices?.allSatisfy { $0.range.upperBound <= bytes.count } ?? true)
  return slices
}

private func fuzzBooleans(_ bytes: Buffer<UInt8>, index: Int, count: Int) {
  let count = min(count, bytes.count * 8 - index)
  guard count > 0 else { return }
  let room = ExactRoom<UInt8>(count)
  // SAFETY: bits up to `index + count` are there.
  unsafe bytes.withUnsafePointer {
    unsafe unpackBooleans($0, index: index, count: count, into: room.tail(0))
  }
  for (offset, value) in room.elements(count).enumerated() {
    let bit = index + offset
    precondition(value == bytes[bit / 8] >> UInt8(bit % 8) & 1)
  }
}

private func fuzzByteStreams(_ bytes: Buffer<UInt8>, valueBytes: Int, step: Int) {
  let count = bytes.count / valueBytes
  let room = ExactRoom<UInt8>(count * valueBytes)
  var done = 0
  while done < count {
    let next = min(step, count - done)
    // SAFETY: every stream has `count` bytes.
    unsafe bytes.withUnsafePointer {
      unsafe joinByteStreams(
        $0, valueCount: count, sizeBytes: valueBytes, index: done, count: next,
        into: UnsafeMutableRawPointer(room.tail(done * valueBytes)))
    }
    done += next
  }
  let values = room.elements(count * valueBytes)
  for index in 0..<count {
    for byte in 0..<valueBytes {
      precondition(values[index * valueBytes + byte] == bytes[byte * count + index])
    }
  }
  guard valueBytes == 4 || valueBytes == 8 else { return }
  var output = ByteWriter()
  appendByteStreams(Buffer(values).bytes, valueBytes: valueBytes, to: &output)
  let page = output.freeze()
  precondition(page == bytes.slice(0..<count * valueBytes))
}

/// The bytes are a dictionary at first and indices then.
private func fuzzGather(_ bytes: Buffer<UInt8>, width: Int, count: Int) {
  let slotSizeBytes = [1, 4, 8, 16][width & 3]
  let dictionaryCount = min(width >> 2, bytes.count / slotSizeBytes)
  let dictionary = bytes.slice(0..<dictionaryCount * slotSizeBytes)
  let encoded = bytes.slice(dictionary.count..<bytes.count)
  let indexWidth = 1 + (width >> 2) % 9
  guard let indices = decodeHybrid(encoded, width: indexWidth, count: count) else {
    return
  }
  // The dictionary of a chunk is aligned and padded, as every buffer is.
  let aligned = Buffer(Array(dictionary))
  let room = ExactRoom<UInt128>((count * slotSizeBytes + 15) / 16)
  let isLegal = indices.allSatisfy { $0 < UInt32(dictionaryCount) }
  // SAFETY: the dictionary has `dictionaryCount` slots, the room has `count`; both are aligned.
  let result: Void? = unsafe try? aligned.withUnsafePointer { base throws(DecodingFault) in
    try unsafe Buffer(indices).withUnsafePointer { indices throws(DecodingFault) in
      try unsafe gatherSlots(
        base, dictionaryCount: dictionaryCount, indices: indices, count: count,
        slotSizeBytes: slotSizeBytes, into: UnsafeMutableRawPointer(room.tail(0)))
    }
  }
  precondition((result != nil) == isLegal)
  guard isLegal else { return }
  let slots = unsafe Array(
    UnsafeRawBufferPointer(start: room.tail(0), count: count * slotSizeBytes))
  for (row, index) in indices.enumerated() {
    let start = Int(index) * slotSizeBytes
    precondition(
      Array(slots[row * slotSizeBytes..<(row + 1) * slotSizeBytes])
        == Array(aligned.slice(start..<start + slotSizeBytes)))
  }
}

private func fuzzText(_ bytes: Buffer<UInt8>) {
  let array = Array(bytes)
  let isLegal = String(validating: array, as: UTF8.self) != nil
  precondition(isUTF8(bytes.bytes) == isLegal)
  precondition(isASCII(bytes.bytes) == array.allSatisfy { $0 < 128 })
  let half = bytes.count / 2
  let slices = [
    ValueSlice(offset: 0, count: UInt32(half)),
    ValueSlice(offset: UInt32(half), count: UInt32(bytes.count - half)),
  ]
  let halves = [array[..<half], array[half...]].map { String(validating: $0, as: UTF8.self) != nil }
  // SAFETY: the slices lie within the bytes.
  let bad = unsafe slices.withUnsafeBufferPointer {
    unsafe firstInvalidUTF8($0.baseAddress!, count: 2, in: bytes)
  }
  precondition(bad == halves.firstIndex(of: false))
}

// MARK: Both ways

private func integers<T: FixedWidthInteger & BitwiseCopyable>(
  _ bytes: Buffer<UInt8>, _ type: T.Type
) -> Buffer<T> {
  let size = MemoryLayout<T>.size
  return Buffer(
    (0..<bytes.count / size).map { index in
      (0..<size).reduce(T(0)) { $0 | T(truncatingIfNeeded: bytes[index * size + $1]) << (8 * $1) }
    })
}

private func checkDeltaRoundTrip(_ bytes: Buffer<UInt8>, is64: Bool) {
  var output = ByteWriter()
  if is64 {
    let values = integers(bytes, Int64.self)
    appendDeltaBinaryPacked(values.span, to: &output)
    let back = decodeDeltas(output.freeze(), values.count, 31)
    precondition(back == Array(values))
  } else {
    let values = integers(bytes, Int32.self)
    appendDeltaBinaryPacked(values.span, to: &output)
    let back = decodeDeltas(output.freeze(), values.count, 31)
    precondition(back?.map { Int32(truncatingIfNeeded: $0) } == Array(values))
  }
}

private func checkBooleanRoundTrip(_ bytes: Buffer<UInt8>) {
  let values = Buffer((0..<bytes.count).map { bytes[$0] & 1 })
  var output = ByteWriter()
  appendPlainBooleans(values.span, to: &output)
  let packed = output.freeze()
  let room = ExactRoom<UInt8>(values.count)
  // SAFETY: a bit a value was written.
  unsafe packed.withUnsafePointer {
    unsafe unpackBooleans($0, index: 0, count: values.count, into: room.tail(0))
  }
  precondition(room.elements(values.count) == Array(values))
}

/// Cuts the bytes into values and writes them as PLAIN and as DELTA_LENGTH_BYTE_ARRAY.
private func checkBytesRoundTrip(_ bytes: Buffer<UInt8>, width: Int) {
  var slices: [ValueSlice] = []
  var offset = 0
  while offset < bytes.count {
    let count = min(Int(bytes[offset]) % (width + 1) + 1, bytes.count - offset)
    slices.append(ValueSlice(offset: UInt32(offset), count: UInt32(count)))
    offset += count
  }
  let values = Buffer(slices)
  let expected = slices.map { Array(bytes.slice($0.range)) }
  var plain = ByteWriter()
  appendPlainBytes(values.span, of: bytes, to: &plain)
  let page = plain.freeze()
  let scanned = scanPlain(page, slices.count, .max)
  precondition(scanned?.map { Array(page.slice($0.range)) } == expected)
  let lengths = slices.map { Int32($0.count) }
  var copy = ByteWriter()
  copy.append(bytes.bytes)
  var byLength = ByteWriter()
  appendDeltaLengthByteArray(lengths.span, of: copy, to: &byLength)
  let lengthPage = byLength.freeze()
  let placed = decodeLengths(lengthPage, slices.count, 50)
  precondition(placed?.map { Array(lengthPage.slice($0.range)) } == expected)
  guard bytes.count < 2000 else { return }
  var prefixes = ByteWriter()
  appendDeltaByteArray(lengths.span, of: copy, to: &prefixes)
  let prefixPage = prefixes.freeze()
  if slices.count * prefixPage.count < prefixDataMaxBytes {
    precondition(decodePrefixes(prefixPage, slices.count, 50) == expected)
  }
}

/// INT32 differences are the low halves of the INT64 ones.
private func checkNarrowDeltas(_ bytes: Buffer<UInt8>, _ count: Int, _ step: Int) {
  guard var decoder = try? DeltaBinaryDecoder(bytes) else { return }
  // SAFETY: the output has room for what is asked for.
  let narrow: [Int32]? = unsafe try? decodeInSteps(count, step: step) {
    count, output throws(DecodingFault) in
    try unsafe decoder.decode(count: count, into: output)
  }
  let wide = decodeDeltas(bytes, count, .max)
  precondition(narrow == wide?.map { Int32(truncatingIfNeeded: $0) })
}

// MARK: ALP

private func decodeALP(
  _ bytes: Buffer<UInt8>, valueBytes: Int, _ count: Int, _ step: Int
) -> [UInt8]? {
  guard var decoder = try? ALPDecoder(bytes, valueBytes: valueBytes) else { return nil }
  let room = ExactRoom<UInt64>((count * valueBytes + 7) / 8)
  // SAFETY: the room has `next` more values, aligned for them.
  let base = unsafe UnsafeMutableRawPointer(room.tail(0))
  var done = 0
  while done < count {
    let next = min(step, count - done)
    guard unsafe (try? decoder.decode(count: next, into: base + done * valueBytes)) != nil
    else { return nil }
    done += next
  }
  return unsafe Array(UnsafeRawBufferPointer(start: base, count: count * valueBytes))
}

private func fuzzALP(_ bytes: Buffer<UInt8>, valueBytes: Int, count: Int, step: Int) {
  let whole = decodeALP(bytes, valueBytes: valueBytes, count, .max)
  precondition(whole == decodeALP(bytes, valueBytes: valueBytes, count, step))
}

/// Decimals of a few digits, which ALP packs, or any bits at all.
private func checkALPRoundTrip(_ bytes: Buffer<UInt8>, valueBytes: Int, isRound: Bool) {
  var values = ByteWriter()
  if isRound {
    for index in 0..<bytes.count {
      let value = Double(bytes[index]) * 0.01
      if valueBytes == 8 {
        values.appendInteger(value.bitPattern)
      } else {
        values.appendInteger(Float(value).bitPattern)
      }
    }
  } else {
    values.append(bytes.slice(0..<bytes.count / valueBytes * valueBytes))
  }
  let plain = values.freeze()
  var output = ByteWriter()
  appendALP(plain.bytes, valueBytes: valueBytes, to: &output)
  let count = plain.count / valueBytes
  let back = decodeALP(output.freeze(), valueBytes: valueBytes, count, 100)
  precondition(back == Array(plain))
}

private func checkHybridRoundTrip(_ bytes: Buffer<UInt8>, width: Int) {
  let mask = UInt32.max >> UInt32(32 - width)
  // Runs as well as noise: every byte is a value, repeated as often as it says.
  let values = Buffer(
    (0..<bytes.count).flatMap { index in
      let value = UInt32(bytes[index]) &* 0x9E37_79B9 & mask
      return [UInt32](repeating: value, count: Int(bytes[index]) % 19)
    }.prefix(1 << 16))
  var output = ByteWriter()
  appendRLEBitPacked(values.span, bitWidth: width, to: &output)
  let back = decodeHybrid(output.freeze(), width: width, count: values.count, step: 101)
  precondition(back == Array(values))
}
