import Base
import Testing

@testable import Parquet

@Suite("INT96 time stamps") struct Int96Tests {
  /// Converts one value: nanoseconds of a day, and its Julian day.
  private func convert(_ nanos: Int64, day: Int32) throws -> (micros: Int64, isCut: Bool) {
    var stored = ByteWriter()
    stored.appendInteger(nanos)
    stored.appendInteger(day)
    var micros: Int64 = 0
    let isCut = try unsafe stored.bytes.withUnsafeBytes { source in
      // SAFETY: twelve bytes of a writer, which aligns them; room for one slot of eight.
      try unsafe withUnsafeMutableBytes(of: &micros) { slot in
        try unsafe convertStored(
          .int96ToMicros, source.baseAddress!, storedSizeBytes: 12, count: 1, isWide: false,
          into: slot.baseAddress!)
      }
    }
    return (micros, isCut)
  }

  @Test(arguments: [
    (0, 0, false), (1000, 1, false), (1001, 1, true), (999, 0, true), (-1, -1, true),
    (-1000, -1, false), (86_399_999_999_999, 86_399_999_999, true),
  ] as [(Int64, Int64, Bool)])
  func `microseconds are read, down to the one before, and the rest is told of`(
    _ nanos: Int64, _ micros: Int64, _ isCut: Bool
  ) throws {
    let converted = try convert(nanos, day: 2_440_588)
    #expect(converted.micros == micros)
    #expect(converted.isCut == isCut)
  }

  @Test func `years past what nanoseconds reach are read`() throws {
    // 9999-12-31, which Spark writes and 64 bits of nanoseconds do not reach.
    let converted = try convert(0, day: 5_373_484)
    #expect(converted.micros == 253_402_214_400_000_000)
    #expect(!converted.isCut)
  }
}
