import Compression
import Testing

@testable import Parquet

@Suite("Compression: in full or quickly") struct CompressionTrialTests {
  /// The efforts of pages in `encodings`, which take `full` and `quick` of 1000 bytes.
  func efforts(
    _ encodings: [PageEncoding], full: Int, quick: Int, _ codec: Codec = .zstd(level: 1)
  ) -> [CompressionEffort] {
    var trial = CompressionTrial(codec)
    return encodings.map { encoding in
      let effort = trial.effort(for: encoding)
      trial.wrote(
        PageWriter.Size(
          compressedBytes: effort == .full ? full : quick, uncompressedBytes: 1000))
      return effort
    }
  }

  @Test func `the second page is quick, and the others are if it gained nearly as much`() {
    let pages = [PageEncoding](repeating: .plain, count: 4)
    #expect(efforts(pages, full: 500, quick: 450) == [.full, .quick, .quick, .quick])
    #expect(efforts(pages, full: 500, quick: 515) == [.full, .quick, .quick, .quick])
    #expect(efforts(pages, full: 500, quick: 516) == [.full, .quick, .full, .full])
  }

  @Test func `values in another encoding are tried anew`() {
    #expect(
      efforts([.rleDictionary, .rleDictionary, .plain, .plain, .plain], full: 500, quick: 500)
        == [.full, .quick, .full, .quick, .quick])
  }

  @Test(arguments: [Codec.zstd(level: 3), .snappy, .none, .gzip()])
  func `a level that was asked for is kept`(_ codec: Codec) {
    #expect(
      efforts([.plain, .plain, .plain], full: 500, quick: 400, codec) == [.full, .full, .full])
  }

  @Test func `a new chunk is tried anew`() {
    var trial = CompressionTrial(.zstd(level: 1))
    for _ in 0..<2 {
      #expect(trial.effort(for: .plain) == .full)
      trial.wrote(PageWriter.Size(compressedBytes: 1, uncompressedBytes: 2))
      #expect(trial.effort(for: .plain) == .quick)
      trial.startChunk()
    }
  }
}
