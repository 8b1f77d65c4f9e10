/// Decodes the RLE/bit-packed hybrid a bit at a time, straight from its grammar: what the encoders
/// are compared with. Nil where the bytes are not legal or do not hold `count` values; else the
/// values and how many bytes they took.
package func decodeHybridReference(
  _ bytes: [UInt8], bitWidth: Int, count: Int
) -> (values: [UInt32], sizeBytes: Int)? {
  var values: [UInt32] = []
  var offset = 0
  while values.count < count {
    var header = 0
    var shift = 0
    while true {
      guard offset < bytes.count, shift < 63 else { return nil }
      header |= Int(bytes[offset] & 0x7F) << shift
      shift += 7
      offset += 1
      if bytes[offset - 1] < 0x80 { break }
    }
    let runCount = header >> 1
    guard runCount > 0 else { return nil }
    if header & 1 == 0 {
      let valueBytes = (bitWidth + 7) / 8
      guard offset + valueBytes <= bytes.count else { return nil }
      var value: UInt32 = 0
      for byte in 0..<valueBytes { value |= UInt32(bytes[offset + byte]) << UInt32(byte * 8) }
      offset += valueBytes
      // A repeated run may not count past the values of the page.
      guard values.count + runCount <= count else { return nil }
      values += Array(repeating: value, count: runCount)
    } else {
      guard offset + runCount * bitWidth <= bytes.count else { return nil }
      // Only the last group may be filled up.
      guard values.count + runCount * 8 < count + 8 else { return nil }
      for index in 0..<runCount * 8 where values.count < count {
        var value: UInt32 = 0
        for bit in 0..<bitWidth {
          let position = index * bitWidth + bit
          let set = bytes[offset + position / 8] >> UInt8(position % 8) & 1
          value |= UInt32(set) << UInt32(bit)
        }
        values.append(value)
      }
      offset += runCount * bitWidth
    }
  }
  return (values, offset)
}
