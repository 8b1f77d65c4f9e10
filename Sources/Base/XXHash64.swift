// xxHash, 64 bits: the hash of Parquet's bloom filters.
// github.com/Cyan4973/xxHash, doc/xxhash_spec.md, "XXH64 Algorithm Description".
//
//   1  four accumulators from the seed; below 32 bytes one, and step 2 falls away
//   2  stripes of 32 bytes: a lane of 8 for each accumulator
//   3  the accumulators become one
//   4  the length is added
//   5  what is left: 8 bytes, then 4, then 1 at a time
//   6  avalanche

private let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
private let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
private let prime3: UInt64 = 0x1656_67B1_9E37_79F9
private let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
private let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

/// XXH64 of `bytes`. O(n), about eight bytes a cycle on long input.
package func xxHash64(_ bytes: RawSpan, seed: UInt64 = 0) -> UInt64 {
  var reader = HashInput(bytes)
  var hash: UInt64
  if bytes.byteCount >= 32 {
    hash = hashStripes(&reader, seed: seed)
  } else {
    hash = seed &+ prime5
  }
  hash &+= UInt64(bytes.byteCount)
  while reader.remaining >= 8 {
    hash ^= round(0, reader.next(UInt64.self))
    hash = rotate(hash, 27) &* prime1 &+ prime4
  }
  if reader.remaining >= 4 {
    hash ^= UInt64(reader.next(UInt32.self)) &* prime1
    hash = rotate(hash, 23) &* prime2 &+ prime3
  }
  while reader.remaining > 0 {
    hash ^= UInt64(reader.next(UInt8.self)) &* prime5
    hash = rotate(hash, 11) &* prime1
  }
  return avalanche(hash)
}

/// XXH64, seed 0, of the eight little-endian bytes of `value`.
package func xxHash64(_ value: UInt64) -> UInt64 {
  let hash = (prime5 &+ 8) ^ round(0, value)
  return avalanche(rotate(hash, 27) &* prime1 &+ prime4)
}

/// XXH64, seed 0, of the four little-endian bytes of `value`.
package func xxHash64(_ value: UInt32) -> UInt64 {
  let hash = (prime5 &+ 4) ^ (UInt64(value) &* prime1)
  return avalanche(rotate(hash, 23) &* prime2 &+ prime3)
}

/// Steps 1 to 3. - Precondition: 32 bytes are left.
private func hashStripes(_ reader: inout HashInput, seed: UInt64) -> UInt64 {
  var a = seed &+ prime1 &+ prime2
  var b = seed &+ prime2
  var c = seed
  var d = seed &- prime1
  while reader.remaining >= 32 {
    a = round(a, reader.next(UInt64.self))
    b = round(b, reader.next(UInt64.self))
    c = round(c, reader.next(UInt64.self))
    d = round(d, reader.next(UInt64.self))
  }
  let hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
  return merge(merge(merge(merge(hash, a), b), c), d)
}

@inline(__always)
private func round(_ accumulator: UInt64, _ lane: UInt64) -> UInt64 {
  rotate(accumulator &+ lane &* prime2, 31) &* prime1
}

private func merge(_ hash: UInt64, _ accumulator: UInt64) -> UInt64 {
  (hash ^ round(0, accumulator)) &* prime1 &+ prime4
}

@inline(__always)
private func avalanche(_ hash: UInt64) -> UInt64 {
  var hash = (hash ^ (hash &>> 33)) &* prime2
  hash = (hash ^ (hash &>> 29)) &* prime3
  return hash ^ (hash &>> 32)
}

@inline(__always)
private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
  (value &<< count) | (value &>> (64 - count))
}

/// The bytes that were not hashed yet.
private struct HashInput: ~Escapable {
  private let bytes: RawSpan
  private var offset = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { self.bytes = bytes }

  var remaining: Int { bytes.byteCount - offset }

  /// - Precondition: as many bytes are left.
  @inline(__always) @_lifetime(self: copy self)
  mutating func next<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T {
    // SAFETY: the load checks its bounds, and every bit pattern is an integer.
    let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
    offset &+= MemoryLayout<T>.size
    return T(littleEndian: value)
  }
}
