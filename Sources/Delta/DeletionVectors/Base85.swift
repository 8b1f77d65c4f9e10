// Base85 as ZeroMQ's RFC 32 (Z85) has it: four bytes, most significant first, are five characters.
//
// The RFC knows whole groups only. Engines in Rust write the last one as their `z85` crate does:
// `#`, with which no group of four bytes can begin, as often as bytes are missing, then one digit
// more than there are bytes.

private let alphabet = Array(
  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)

/// The bytes of a text; nil if it is not of groups of the alphabet's characters. O(text).
func base85Decoded(_ text: some StringProtocol) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count.isMultiple(of: 5) else { return nil }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(digits.count / 5 * 4)
  for start in stride(from: 0, to: digits.count, by: 5) {
    let group = digits[start..<start + 5]
    let isLast = start + 5 == digits.count
    let missing = isLast ? min(group.prefix { $0 == UInt8(ascii: "#") }.count, 3) : 0
    var value: UInt64 = 0
    for digit in group.dropFirst(missing) {
      guard let digit = values[Int(digit)] else { return nil }
      value = value * 85 + UInt64(digit)
    }
    let bits = UInt64(4 - missing) * 8
    guard value >> bits == 0 else { return nil }
    for shift in stride(from: bits, to: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> (shift - 8)))
    }
  }
  return bytes
}

/// - Precondition: a multiple of four bytes.
func base85Encoded(_ bytes: [UInt8]) -> String {
  precondition(bytes.count.isMultiple(of: 4))
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 4) {
    var word = bytes[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    var group = [UInt8](repeating: 0, count: 5)
    for index in group.indices.reversed() {
      group[index] = alphabet[Int(word % 85)]
      word /= 85
    }
    text += group
  }
  return String(decoding: text, as: UTF8.self)
}

private let values: [UInt8?] = {
  var values = [UInt8?](repeating: nil, count: 256)
  for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
  return values
}()
