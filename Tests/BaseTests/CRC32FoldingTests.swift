import Testing

@testable import Base

@Suite("CRC-32: folding") struct CRC32FoldingTests {
  private func checksum(_ bytes: [UInt8], _ crc: CRC32 = CRC32(), seed: UInt32 = 0) -> UInt32 {
    let span = bytes.span
    return unsafe crc.checksum(span.bytes, seed: seed)
  }

  @Test func `folding agrees with the tables at every length`() {
    var random = SeededRandom(seed: 32)
    let bytes = (0..<700).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let folding = CRC32()
    let tables = CRC32(folds: false)
    for start in [0, 1, 7] {
      for length in 0...(700 - start) {
        let part = Array(bytes[start..<start + length])
        let seed = UInt32(truncatingIfNeeded: random.next())
        #expect(checksum(part, folding, seed: seed) == checksum(part, tables, seed: seed))
      }
    }
  }

  @Test(arguments: [1, 100, 128, 129, 500])
  func `a checksum goes on from another, folded or not`(_ cut: Int) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let seed = checksum(Array(bytes[..<cut]))
    #expect(checksum(Array(bytes[cut...]), seed: seed) == checksum(bytes))
  }

  @Test(arguments: [0, 1, 2, 63, 999, 1000])
  func `the checksum of two parts is that of both together, cut at`(_ cut: Int) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 31 + 5) }
    let combined = CRC32.combine(
      checksum(Array(bytes[..<cut])), checksum(Array(bytes[cut...])),
      secondCount: Int64(1000 - cut))
    #expect(combined == checksum(bytes))
  }
}
