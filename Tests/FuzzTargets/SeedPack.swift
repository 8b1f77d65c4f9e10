package import Base

// Many small inputs in one file:
//
//   pack := (size (u32, little endian), input)*

package func packed(_ inputs: [Buffer<UInt8>]) -> Buffer<UInt8> {
  var output = ByteWriter()
  for input in inputs {
    output.appendInteger(UInt32(input.count))
    output.append(input)
  }
  return output.freeze()
}

/// - Throws: `DecodingFault` when the file is cut short.
package func unpacked(_ pack: Buffer<UInt8>) throws(DecodingFault) -> [Buffer<UInt8>] {
  var reader = ByteReader(pack.bytes)
  var inputs: [Buffer<UInt8>] = []
  while !reader.isAtEnd {
    let count = Int(try reader.readInteger(UInt32.self))
    let start = reader.offset
    _ = try reader.readBytes(count)
    inputs.append(pack.slice(start..<start + count))
  }
  return inputs
}
