import Base
import Testing

@Suite("Buffer and its builder") struct BufferTests {
  @Test func `an empty buffer has padding on both sides too`() {
    var taken = BufferBuilder<UInt64>(capacity: 8)
    _ = taken.take()
    for buffer in [Buffer<UInt64>(), taken.take()] {
      unsafe buffer.withUnsafePointer { start in
        let bytes = unsafe UnsafeRawPointer(start)
        for offset in -bufferPaddingBytes..<bufferPaddingBytes {
          #expect(unsafe bytes.load(fromByteOffset: offset, as: UInt8.self) == 0)
        }
      }
    }
  }

  @Test func `a builder gives back what was appended, across growth`() {
    var builder = BufferBuilder<Int32>()
    for value in 0..<1000 { builder.append(Int32(value)) }
    let buffer = builder.freeze()
    #expect(buffer.count == 1000)
    #expect(Array(buffer) == (0..<1000).map(Int32.init))
  }

  @Test func `a slice shares storage and keeps its own bounds`() {
    let slice = Buffer<Int64>([10, 20, 30, 40]).slice(1..<3)
    #expect(Array(slice) == [20, 30])
    #expect(slice.slice(1..<2)[0] == 30)
  }

  @Test func `taking empties the builder and leaves the buffer alone`() {
    var builder = BufferBuilder<UInt8>(capacity: 4)
    builder.append(repeating: 7, count: 3)
    let first = builder.take()
    builder.append(9)
    #expect(Array(first) == [7, 7, 7])
    #expect(Array(builder.take()) == [9])
  }

  @Test func `an output span counts only what was written`() {
    var builder = BufferBuilder<UInt8>()
    builder.append(count: 10) { output in
      output.append(1)
      output.append(2)
    }
    #expect(Array(builder.freeze()) == [1, 2])
  }

  @Test func `empty buffers compare equal and have an empty span`() {
    #expect(Buffer<Double>() == Buffer<Double>([]))
    let isEmpty = Buffer<Double>().span.isEmpty
    #expect(isEmpty)
  }

  @Test func `a builder grows to a limit exactly, and on from there as ever`() {
    var builder = BufferBuilder<UInt8>()
    for _ in 0..<1000 {
      builder.reserve(1, aheadTo: 1000)
      builder.append(1)
    }
    #expect(builder.capacity == 1000)
    builder.reserve(1, aheadTo: 1000)
    #expect(builder.capacity == 2000)
    builder.reserve(5000, aheadTo: 1000)
    #expect(builder.capacity == 6000)
  }

  @Test func `an index past the end is a bug and traps`() async {
    await #expect(processExitsWith: .failure) { _ = Buffer<Int32>([1])[1] }
  }
}

@Suite("Bitmap and its builder") struct BitmapTests {
  @Test(arguments: [0, 1, 63, 64, 65, 127, 128, 1000])
  func `bits come back in order and are counted, for`(_ count: Int) {
    let bits = (0..<count).map { $0 % 3 == 0 || $0 % 7 == 2 }
    let bitmap = Bitmap(bits)
    #expect(bitmap.count == count)
    #expect((0..<count).map { bitmap[$0] } == bits)
    #expect(bitmap.oneCount == bits.filter(\.self).count)
  }

  @Test(arguments: [0, 1, 60, 64, 70], [0, 1, 63, 64, 130])
  func `appending runs and bitmaps equals appending bits, after and of`(_ before: Int, _ run: Int) {
    let tail = (0..<run).map { $0 % 5 == 1 }
    var built = BitmapBuilder()
    built.append(repeating: true, count: before)
    built.append(contentsOf: Bitmap(tail))
    built.append(repeating: false, count: run)
    let expected =
      [Bool](repeating: true, count: before) + tail + [Bool](repeating: false, count: run)
    let bitmap = built.freeze()
    #expect((0..<bitmap.count).map { bitmap[$0] } == expected)
  }
}
