import Base
import Testing

@testable import Encodings

@Suite("Dictionary indices to slots in one go") struct GatherRunsTests {
  @Test(arguments: [1, 4, 8, 16], [1, 3, 8, 13, 20])
  func `runs of every kind give the dictionary's slots`(_ sizeBytes: Int, _ width: Int) throws {
    var random = SeededGenerator(UInt64(width))
    let distinct = min(1 << width, 5000)
    let dictionary = (0..<distinct * sizeBytes).map { _ in UInt8(truncatingIfNeeded: random.next())
    }
    var indices: [UInt32] = []
    while indices.count < 9000 {
      let index = UInt32(random.next() % UInt64(distinct))
      indices += [UInt32](repeating: index, count: random.next() % 9 == 0 ? 100 : 1)
    }
    var writer = ByteWriter()
    appendRLEBitPacked(indices.span, bitWidth: width, to: &writer)
    let bytes = writer.take()
    let source = Buffer(dictionary)
    for step in [1, 1000, 9000] {
      var decoder = try HybridDecoder(bytes, bitWidth: width)
      var done = 0
      while done < min(indices.count, step * 20) {
        let size = min(step, indices.count - done)
        var output = BufferBuilder<UInt128>(capacity: size)
        // SAFETY: the tail takes a step of the widest slots.
        let tail = unsafe output.unsafeTail(size)
        try unsafe source.withUnsafePointer {
          try unsafe decoder.gatherSlots(
            $0, dictionaryCount: distinct, count: size, slotSizeBytes: sizeBytes, into: tail)
        }
        unsafe output.advance(by: size)
        let got = Array(output.freeze().asBytes()).prefix(size * sizeBytes)
        let expected = indices[done..<done + size].flatMap {
          dictionary[Int($0) * sizeBytes..<(Int($0) + 1) * sizeBytes]
        }
        #expect(Array(got) == expected)
        done += size
      }
    }
  }

  @Test(arguments: [[100, 0, 0, 0], [0, 0, 100, 0, 1, 2, 3, 4]] as [[UInt32]])
  func `an index outside the dictionary throws`(_ indices: [UInt32]) throws {
    var writer = ByteWriter()
    appendRLEBitPacked(indices.span, bitWidth: 7, to: &writer)
    var decoder = try HybridDecoder(writer.take(), bitWidth: 7)
    let dictionary = Buffer<UInt64>(repeating: 1, count: 100)
    var output = BufferBuilder<UInt64>(capacity: 8)
    // SAFETY: the tail takes eight slots.
    let tail = unsafe output.unsafeTail(8)
    #expect(throws: DecodingFault.outOfRange(offset: 0)) {
      try unsafe dictionary.withUnsafePointer { base throws(DecodingFault) in
        try unsafe decoder.gatherSlots(
          base, dictionaryCount: 100, count: indices.count, slotSizeBytes: 8, into: tail)
      }
    }
  }
}
