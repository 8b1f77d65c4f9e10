// Whether the pages of a chunk are compressed in full or quickly (CompressionEffort).
//
//   first page of an encoding    in full
//   second                       quickly
//   the others                   quickly, if the second page became about as small as the first
//
// Nothing is compressed twice. What a page costs is counted in bytes, never by the clock: the same
// rows have to give the same file.
import Compression

struct CompressionTrial {
  /// Compressing quickly saves a third of the time, as much as it takes to store this part of a
  /// byte for every byte of a page; see `EncodingMeter.handlingCost`.
  private static let quickGain = 1.0 / 64

  /// Whether the codec can be quick.
  private let isOpen: Bool
  private var encoding: PageEncoding?
  /// Bytes after compression for a byte before, of the first two pages.
  private var ratios: [Double] = []

  init(_ codec: Codec) { isOpen = codec.hasQuickEffort }

  mutating func startChunk() {
    encoding = nil
    ratios = []
  }

  /// For the next page, whose values are in `encoding`.
  mutating func effort(for encoding: PageEncoding) -> CompressionEffort {
    guard isOpen else { return .full }
    if encoding != self.encoding {
      self.encoding = encoding
      ratios = []
    }
    if ratios.count < 2 { return ratios.isEmpty ? .full : .quick }
    return ratios[1] <= ratios[0] + Self.quickGain ? .quick : .full
  }

  /// Learns what became of that page.
  mutating func wrote(_ size: PageWriter.Size) {
    guard isOpen, ratios.count < 2 else { return }
    ratios.append(Double(size.compressedBytes) / Double(size.uncompressedBytes))
  }
}
