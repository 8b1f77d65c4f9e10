import Base
import Columns

@testable import Encodings

/// `values` of `width` bits, least significant bit first: the reference for every unpacking kernel.
func packBits(_ values: [UInt64], width: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: (values.count * width + 7) / 8)
  for (index, value) in values.enumerated() {
    for bit in 0..<width where (value >> UInt64(bit)) & 1 == 1 {
      let position = index * width + bit
      bytes[position / 8] |= 1 << UInt8(position % 8)
    }
  }
  return bytes
}

func uleb(_ value: Int) -> [UInt8] {
  var writer = ByteWriter()
  writer.appendULEB128(UInt64(value))
  return Array(writer.freeze())
}

func zigzag(_ value: Int64) -> [UInt8] {
  var writer = ByteWriter()
  writer.appendZigZag(value)
  return Array(writer.freeze())
}

/// Decodes `count` values in steps of at most `step`.
func decodeHybrid(
  _ bytes: [UInt8], bitWidth: Int, count: Int, step: Int = .max
) throws(DecodingFault) -> [UInt32] {
  var decoder = try HybridDecoder(Buffer(bytes), bitWidth: bitWidth)
  var output: [UInt32] = []
  while output.count < count {
    let size = min(step, count - output.count)
    var slots = BufferBuilder<UInt32>(capacity: size)
    let tail = unsafe slots.unsafeTail(size)
    unsafe try decoder.decode(count: size, into: tail)
    unsafe slots.advance(by: size)
    output += Array(slots.freeze())
  }
  return output
}

func decodeDeltas(
  _ bytes: [UInt8], count: Int, step: Int = .max
) throws(DecodingFault) -> [Int64] {
  var decoder = try DeltaBinaryDecoder(Buffer(bytes))
  var output: [Int64] = []
  while output.count < count {
    let size = min(step, count - output.count)
    var slots = BufferBuilder<Int64>(capacity: size)
    let tail = unsafe slots.unsafeTail(size)
    unsafe try decoder.decode(count: size, into: tail)
    unsafe slots.advance(by: size)
    output += Array(slots.freeze())
  }
  return output
}

/// A DELTA_BINARY_PACKED page as the specification describes it, width by width.
func packDeltas(_ values: [Int64], blockSize: Int = 128, miniblockCount: Int = 4) -> [UInt8] {
  var bytes =
    uleb(blockSize) + uleb(miniblockCount) + uleb(values.count) + zigzag(values.first ?? 0)
  let deltas = zip(values.dropFirst(), values).map { $0 &- $1 }
  let size = blockSize / miniblockCount
  for start in stride(from: 0, to: deltas.count, by: blockSize) {
    let block = Array(deltas[start..<min(start + blockSize, deltas.count)])
    let least = block.min()!
    bytes += zigzag(least)
    var widths: [UInt8] = []
    var packed: [UInt8] = []
    for mini in 0..<miniblockCount {
      let part = block.dropFirst(mini * size).prefix(size)
        .map { UInt64(bitPattern: $0 &- least) }
      let width = 64 - (part.max() ?? 0).leadingZeroBitCount
      widths.append(UInt8(width))
      if !part.isEmpty {
        packed += packBits(part + [UInt64](repeating: 0, count: size - part.count), width: width)
      }
    }
    bytes += widths + packed
  }
  return bytes
}

func slices(_ slots: Buffer<ValueSlice>, in data: Buffer<UInt8>) -> [[UInt8]] {
  (0..<slots.count).map { Array(data.slice(slots[$0].range)) }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
