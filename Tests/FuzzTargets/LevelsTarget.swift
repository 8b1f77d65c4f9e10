import Base
import Encodings

/// input := mode, width or maximum, step, count (u12), bytes
func fuzzLevels(_ input: inout FuzzInput) {
  let mode = input.byte() % 4
  let width = input.byte()
  let step = input.byte() + 1
  let count = input.short() & 0xFFF
  let bytes = input.rest
  switch mode {
  case 0: checkSteps(bytes, width: width % 33, count: count, step: step)
  case 1: checkValidity(bytes, count: count, step: step, slotSizeBytes: [1, 4, 8, 16][width & 3])
  case 2: checkEncodedLevels(bytes, max: width % 64)
  default: checkLevels(bytes, max: width, count: count, step: step)
  }
}

/// The values of a hybrid stream, or nil where it ends early or is damaged.
func decodeHybrid(_ bytes: Buffer<UInt8>, width: Int, count: Int, step: Int = .max) -> [UInt32]? {
  guard var decoder = try? HybridDecoder(bytes, bitWidth: width) else { return nil }
  // SAFETY: the output has room for what is asked for.
  return unsafe try? decodeInSteps(count, step: step) { count, output throws(DecodingFault) in
    try unsafe decoder.decode(count: count, into: output)
  }
}

/// Steps of any size give what one step gives.
private func checkSteps(_ bytes: Buffer<UInt8>, width: Int, count: Int, step: Int) {
  let whole = decodeHybrid(bytes, width: width, count: count)
  let stepped = decodeHybrid(bytes, width: width, count: count, step: step)
  precondition(whole == stepped)
}

/// Validity bits are what the levels of width 1 say, and values spread over the rows they mark.
private func checkValidity(_ bytes: Buffer<UInt8>, count: Int, step: Int, slotSizeBytes: Int) {
  guard var decoder = try? HybridDecoder(bytes, bitWidth: 1) else { return }
  let firstBit = step % 64
  let wordCount = (firstBit + count + 63) / 64
  let words = ExactRoom<UInt64>(wordCount)
  // SAFETY: words and slots have room for `count` bits and slots behind `firstBit`.
  unsafe words.tail(0).update(repeating: 0, count: wordCount)
  var oneCount = 0
  var done = 0
  while done < count {
    let next = min(step, count - done)
    guard
      let ones = unsafe try? decoder.decodeBits(
        count: next, into: words.tail(0), firstBit: firstBit + done)
    else { return }  // More is refused than by `decode`: a repeated level has to be 0 or 1.
    oneCount += ones
    done += next
  }
  let levels = decodeHybrid(bytes, width: 1, count: count)
  let bits = words.elements(wordCount)
  let valid = (0..<count).map { row in
    UInt32(truncatingIfNeeded: bits[(firstBit + row) / 64] >> UInt64((firstBit + row) % 64) & 1)
  }
  precondition(levels == valid)
  precondition(oneCount == valid.count { $0 == 1 })

  let slots = ExactRoom<UInt8>(count * slotSizeBytes)
  let base = unsafe UnsafeMutableRawPointer(slots.tail(0))
  for index in 0..<oneCount * slotSizeBytes {
    unsafe slots.tail(0)[index] = UInt8(index & 0x7F) | 128
  }
  unsafe spreadSlots(
    base, slotSizeBytes: slotSizeBytes, valueCount: oneCount, rowCount: count,
    validity: words.tail(0), firstBit: firstBit)
  let spread = slots.elements(slots.count)
  var value = 0
  for row in 0..<count {
    let isValid = valid[row] == 1
    for byte in 0..<slotSizeBytes {
      let expected = isValid ? UInt8((value * slotSizeBytes + byte) & 0x7F) | 128 : 0
      precondition(spread[row * slotSizeBytes + byte] == expected)
    }
    if isValid { value += 1 }
  }
}

/// Levels that are written are read back.
private func checkEncodedLevels(_ bytes: Buffer<UInt8>, max: Int) {
  let levels = Buffer((0..<bytes.count).map { UInt32(bytes[$0]) % UInt32(max + 1) })
  let width = bitWidth(ofMax: UInt32(max))
  var output = ByteWriter()
  appendRLEBitPacked(levels.span, bitWidth: width, to: &output)
  let back = decodeHybrid(output.freeze(), width: width, count: levels.count, step: 97)
  precondition(back == Array(levels))
}

/// Levels of any maximum, in both encodings: steps give what one step gives, bits mark the highest,
/// and runs that are taken are runs.
private func checkLevels(_ bytes: Buffer<UInt8>, max: Int, count: Int, step: Int) {
  for encoding in [LevelEncoding.rle, .bitPacked] {
    let count =
      encoding == .rle
      ? count : min(count, bytes.count * 8 / Swift.max(bitWidth(ofMax: UInt32(max)), 1))
    guard let decoder = try? LevelDecoder(bytes, maxLevel: max, encoding: encoding) else { return }
    let whole = decodeLevels(decoder, count: count, step: .max)
    precondition(whole == decodeLevels(decoder, count: count, step: step))
    guard let whole else { continue }
    precondition(whole.allSatisfy { $0 <= max })

    let wordCount = (step + count + 63) / 64
    let words = ExactRoom<UInt64>(wordCount)
    // SAFETY: there are words for `step + count` bits.
    unsafe words.tail(0).update(repeating: 0, count: wordCount)
    var marking = decoder
    let ones = unsafe try? marking.decodeBits(count: count, into: words.tail(0), firstBit: step)
    precondition(ones == whole.count { $0 == max })
    let bits = words.elements(wordCount)
    for (index, level) in whole.enumerated() {
      let bit = bits[(step + index) / 64] >> UInt64((step + index) % 64) & 1
      precondition((bit == 1) == (level == max))
    }

    var taking = decoder
    let taken = (try? taking.takeRepeated(max, limit: count)) ?? 0
    precondition(taken <= count && whole.prefix(taken).allSatisfy { $0 == max })
  }
}

private func decodeLevels(_ decoder: LevelDecoder, count: Int, step: Int) -> [UInt8]? {
  var decoder = decoder
  var mostCount = 0
  // SAFETY: the output has room for what is asked for.
  let levels = unsafe try? decodeInSteps(count, step: step) {
    count, output throws(DecodingFault) in
    mostCount += try unsafe decoder.decode(count: count, into: output)
  }
  precondition(levels.map { $0.count { $0 == decoder.maxLevel } == mostCount } ?? true)
  return levels
}
