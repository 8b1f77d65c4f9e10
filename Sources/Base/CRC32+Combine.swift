extension CRC32 {
  /// The checksum of two stretches of bytes put together, from the checksum of each.
  ///
  /// A checksum is a remainder of polynomials over GF(2); bytes behind `first` multiply it by x^8
  /// each. O(log secondCount).
  package static func combine(_ first: UInt32, _ second: UInt32, secondCount: Int64) -> UInt32 {
    precondition(secondCount >= 0)
    // x^8, then its squares; bit 31 is x^0.
    var power: UInt32 = 1 << 23
    var shifted = first
    var count = secondCount
    while count > 0 {
      if count & 1 == 1 { shifted = product(power, shifted) }
      power = product(power, power)
      count >>= 1
    }
    return shifted ^ second
  }

  /// The product of two polynomials modulo the one of CRC-32, coefficients from bit 31 down.
  private static func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var result: UInt32 = 0
    var b = b
    for bit in stride(from: 31, through: 0, by: -1) {
      if a >> UInt32(bit) & 1 == 1 { result ^= b }
      b = b & 1 == 1 ? (b >> 1) ^ 0xEDB8_8320 : b >> 1
    }
    return result
  }
}
