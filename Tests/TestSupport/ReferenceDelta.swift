/// Decodes DELTA_BINARY_PACKED a bit at a time, straight from its grammar: what the encoder is
/// compared with. Nil where the bytes are not legal; else the values, in wrapping 64-bit
/// arithmetic, and how many bytes they took.
package func decodeDeltaReference(_ bytes: [UInt8]) -> (values: [Int64], sizeBytes: Int)? {
  var offset = 0
  func uleb() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.count, shift < 70 {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      shift += 7
      if byte < 0x80 { return value }
    }
    return nil
  }
  func zigzag() -> Int64? {
    uleb().map { Int64(bitPattern: ($0 >> 1) ^ (0 &- ($0 & 1))) }
  }
  guard let blockSize = uleb(), blockSize % 128 == 0, let miniblocks = uleb(), miniblocks > 0,
    let count = uleb(), let first = zigzag()
  else { return nil }
  let miniblockSize = Int(blockSize / miniblocks)
  guard miniblockSize % 32 == 0 else { return nil }
  var values: [Int64] = count == 0 ? [] : [first]
  while values.count < count {
    guard let minDelta = zigzag(), offset + Int(miniblocks) <= bytes.count else { return nil }
    let widths = bytes[offset..<offset + Int(miniblocks)]
    offset += Int(miniblocks)
    for width in widths where values.count < count {
      guard width <= 64, offset + miniblockSize * Int(width) / 8 <= bytes.count else { return nil }
      for index in 0..<miniblockSize where values.count < count {
        var delta: UInt64 = 0
        for bit in 0..<Int(width) {
          let position = index * Int(width) + bit
          delta |= UInt64(bytes[offset + position / 8] >> UInt8(position % 8) & 1) << UInt64(bit)
        }
        values.append(values[values.count - 1] &+ minDelta &+ Int64(bitPattern: delta))
      }
      offset += miniblockSize * Int(width) / 8
    }
  }
  return (values, offset)
}
