/// SplitMix64: a small seeded generator, so that a seed replays a run.
package struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed &>> 31)
  }
}

/// A random (version 4) UUID in its usual lower-case form.
package func randomUUID(using generator: inout some RandomNumberGenerator) -> String {
  let high = (generator.next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
  let low = (generator.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
  let digits = hex(high) + hex(low)
  var text = ""
  for (index, digit) in digits.enumerated() {
    if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
    text.append(digit)
  }
  return text
}

/// Sixteen lower-case hexadecimal digits.
package func hex(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
