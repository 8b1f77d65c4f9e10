/// How often `byte` occurs in `bytes`. O(n), 32 bytes a step.
package func count(of byte: UInt8, in bytes: Buffer<UInt8>) -> Int {
  unsafe bytes.withUnsafePointer { start in
    let wanted = SIMD32<UInt8>(repeating: byte)
    let wholeCount = bytes.count / 32
    var total = 0
    var step = 0
    while step < wholeCount {
      // A lane counts to 255 before it is added up.
      let end = min(step + 255, wholeCount)
      var lanes = SIMD32<UInt8>()
      while step < end {
        // SAFETY: step < count / 32, so the 32 bytes lie within the buffer.
        let block = unsafe UnsafeRawPointer(start + step * 32).loadUnaligned(
          as: SIMD32<UInt8>.self)
        let hits: SIMDMask<SIMD32<Int8>> = block .== wanted
        lanes &-= unsafe unsafeBitCast(hits, to: SIMD32<UInt8>.self)
        step &+= 1
      }
      for lane in 0..<32 { total &+= Int(lanes[lane]) }
    }
    for offset in wholeCount * 32..<bytes.count where unsafe start[offset] == byte { total &+= 1 }
    return total
  }
}
