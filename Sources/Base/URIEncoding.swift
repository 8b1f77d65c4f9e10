// Percent-encoding of paths in URIs: RFC 3986 section 2.

/// The text with `%XX` replaced by their bytes; nil if an escape is cut short, not hexadecimal, or
/// the bytes are not UTF-8.
package func percentDecoded(_ text: String) -> String? {
  // SAFETY: the bytes are used within the closure alone.
  let isEscaped = unsafe text.utf8.withContiguousStorageIfAvailable { utf8 in
    unsafe utf8.contains(UInt8(ascii: "%"))
  }
  if isEscaped == false { return text }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count)
  var rest = text.utf8.makeIterator()
  while let byte = rest.next() {
    if byte != UInt8(ascii: "%") {
      bytes.append(byte)
      continue
    }
    guard let high = rest.next().flatMap(hexDigitValue),
      let low = rest.next().flatMap(hexDigitValue)
    else { return nil }
    bytes.append(high << 4 | low)
  }
  return String(validating: bytes, as: UTF8.self)
}

/// The text with every byte outside `allowed` written as `%XX`, upper case.
package func percentEncoded(
  _ text: String, allowing allowed: (UInt8) -> Bool
) -> String {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count)
  for byte in text.utf8 {
    if allowed(byte) {
      bytes.append(byte)
    } else {
      bytes += [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Letters, digits and `-._~`: what RFC 3986 leaves unescaped everywhere.
package func isUnreservedInURI(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
    UInt8(ascii: "_"), UInt8(ascii: "~"):
    true
  default: false
  }
}

package func hexDigitValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}

/// The upper-case hexadecimal digit of a value below 16.
package func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}

/// Text in ASCII that is equal for two strings exactly when their UTF-8 bytes are.
///
/// Swift compares strings by canonical equivalence: `é` in one and in two code points are equal.
/// For what names files, partitions and sources that is wrong; use this as the key.
package func byteIdentity(_ text: String) -> String {
  percentEncoded(text, allowing: isUnreservedInURI)
}
