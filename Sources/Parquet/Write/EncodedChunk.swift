// What is known about a chunk once its pages are written.
import Base

/// A finished chunk. Offsets count from the start of the chunk.
struct EncodedChunk: Sendable {
  /// Nothing, or one page.
  var dictionaryPage: [Buffer<UInt8>]
  /// The bytes of all, one after the other, cut anywhere.
  var dataPages: [Buffer<UInt8>]
  /// Follows the row group.
  var bloomFilter: Buffer<UInt8>?
  var uncompressedSizeBytes: Int
  var pages: [EncodedPage]
  /// Entries of the dictionary page; 0 for none.
  var dictionaryCount: Int

  /// Of the pages.
  var sizeBytes: Int { dictionaryBytes + dataPages.reduce(0) { $0 + $1.count } }
  var dictionaryBytes: Int { dictionaryPage.reduce(0) { $0 + $1.count } }
  /// Values, nulls included.
  var slotCount: Int { pages.reduce(0) { $0 + $1.slotCount } }
  var nullCount: Int { pages.reduce(0) { $0 + $1.nullCount } }
  var bounds: ColumnBounds { pages.reduce(into: .empty) { $0.merge($1.values.bounds) } }
  var nanCount: Int? { sum(pages.map(\.values.nanCount)) }

  /// Different values, where every page has codes of the one dictionary. Floats are left out: the
  /// dictionary tells zeros and NaNs apart by their bits.
  var distinctCount: Int? {
    let isCoded = pages.allSatisfy {
      $0.values.encoding == .rleDictionary && $0.values.nanCount == nil
    }
    return dictionaryCount > 0 && isCoded ? dictionaryCount : nil
  }

  var sizeStatistics: SizeStatistics? {
    guard let first = pages.first else { return nil }
    let statistics = SizeStatistics(
      unencodedByteArrayBytes: sum(pages.map(\.values.byteArrayBytes)).map { Int64($0) },
      repetitionLevelHistogram: first.repetitionHistogram.map { first in
        pages.dropFirst().reduce(first) { added($0, $1.repetitionHistogram!) }
      },
      definitionLevelHistogram: first.definitionHistogram.map { first in
        pages.dropFirst().reduce(first) { added($0, $1.definitionHistogram!) }
      })
    return statistics == SizeStatistics() ? nil : statistics
  }

  /// Every encoding in the chunk, once: of values, of the dictionary page, of levels.
  var encodings: [PageEncoding] {
    var list: [PageEncoding] = dictionaryPage.isEmpty ? [] : [.plain]
    for page in pages where !list.contains(page.values.encoding) {
      list.append(page.values.encoding)
    }
    if !list.contains(.rle) { list.append(.rle) }
    return list
  }

  func encodingStats(isV2: Bool) -> [PageEncodingStats] {
    var stats: [PageEncodingStats] = []
    if !dictionaryPage.isEmpty {
      stats.append(PageEncodingStats(pageType: .dictionary, encoding: .plain, count: 1))
    }
    var seen: [PageEncoding] = []
    for page in pages where !seen.contains(page.values.encoding) {
      let encoding = page.values.encoding
      seen.append(encoding)
      let count = pages.count { $0.values.encoding == encoding }
      stats.append(
        PageEncodingStats(
          pageType: isV2 ? .dataV2 : .data, encoding: encoding, count: Int32(count)))
    }
    return stats
  }
}

/// What the page indexes say about a data page.
struct EncodedPage: Sendable {
  var offset: Int
  /// Header included.
  var sizeBytes: Int
  var firstRow: Int
  var rowCount: Int
  var slotCount: Int
  var nullCount: Int
  var values: PageValues
  /// How often each level is there; nil where the other numbers say it.
  var repetitionHistogram: [Int64]?
  var definitionHistogram: [Int64]?
}

/// The sum of all; nil where one is missing.
private func sum(_ counts: [Int?]) -> Int? {
  counts.reduce(0) { sum, count in
    guard let sum, let count else { return nil }
    return sum + count
  }
}

private func added(_ a: [Int64], _ b: [Int64]) -> [Int64] { zip(a, b).map { $0 + $1 } }
