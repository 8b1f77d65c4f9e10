import Base

// Order of values: numbers by value, NaN above all and equal to itself, the two zeros equal; bytes
// unsigned, a prefix before what it starts. `Scalar.compare` is the reference.

/// An integer that orders as the double does.
@inline(__always)
func sortable(_ value: Double) -> Int64 {
  // Adding zero turns -0 into +0; every NaN becomes the same one.
  let bits =
    value.isNaN ? Int64(0x7FF8_0000_0000_0000) : Int64(bitPattern: (value + 0.0).bitPattern)
  return bits >= 0 ? bits : bits ^ .max
}

/// Negative, zero or positive. Up to 7 bytes past either text are loaded and ignored; buffers are
/// padded for that.
// SAFETY: loads begin before the shorter text's end.
@inline(__always)
@unsafe
func compareBytes(
  _ a: UnsafePointer<UInt8>, _ aCount: Int, _ b: UnsafePointer<UInt8>, _ bCount: Int
) -> Int {
  let shared = min(aCount, bCount)
  var offset = 0
  while offset < shared {
    var x = unsafe loadWord(a + offset).bigEndian
    var y = unsafe loadWord(b + offset).bigEndian
    let rest = shared &- offset
    if rest < 8 {
      let shift = UInt64(truncatingIfNeeded: 64 &- rest &* 8)
      x = x &>> shift
      y = y &>> shift
    }
    if x != y { return x < y ? -1 : 1 }
    offset &+= 8
  }
  return aCount &- bCount
}

// SAFETY: loads begin before the texts' end.
@inline(__always)
@unsafe
func bytesEqual(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  var offset = 0
  while offset &+ 8 <= count {
    if unsafe loadWord(a + offset) != loadWord(b + offset) { return false }
    offset &+= 8
  }
  if offset == count { return true }
  let shift = UInt64(truncatingIfNeeded: 64 &- (count &- offset) &* 8)
  let difference = unsafe loadWord(a + offset) ^ loadWord(b + offset)
  return UInt64(littleEndian: difference) &<< shift == 0
}

// SAFETY: the caller has eight readable bytes there.
@inline(__always)
@unsafe
func loadWord(_ start: UnsafePointer<UInt8>) -> UInt64 {
  unsafe UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
}
