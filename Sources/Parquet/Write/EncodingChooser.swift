// Which encoding a chunk's values take.
//
//   every chunk starts with a dictionary                     RLE_DICTIONARY
//     after the first `sampleCount` values: nearly all new?  ->  fallback
//     at the end of a page: not smaller, or still growing?   ->  fallback
//     a value that does not fit the limits                   ->  fallback
//   once a chunk has left its dictionary, it goes on without it
//
// Leaving rewrites the page at hand from its codes, takes the page's new values out of the
// dictionary and keeps the earlier pages as they are. Everything here counts values, never batches:
// the same rows give the same bytes however they were cut.
import Encodings

/// Decides for one chunk. A value type without references: its owner asks once per batch and page.
struct EncodingChooser {
  /// What a page is written in when its chunk has no dictionary. New encodings join here.
  let fallback: PageEncoding
  private(set) var usesDictionary: Bool

  private let startsWithDictionary: Bool
  private let halfPageCount: Int
  private var chunkCount = 0
  private var pageCount = 0
  /// Distinct values and dictionary bytes when the page at hand began.
  private(set) var distinctAtPageStart = 0
  private var sizeAtPageStart = 0
  private var distinctAtHalfPage: Int?

  /// Values that are looked at before anything is decided.
  static let sampleCount = 4096
  /// With more distinct values than this among them, values drawn evenly from their set reach
  /// 30 000 distinct ones in the 131 072 rows of a usual row group, more than a fifth:
  /// d / n = (1 - e^-x) / x with x = n / D, D = 31 000.
  static let sampleDistinctMax = sampleCount * 15 / 16
  /// New values a value, in the second half of a page, above which the dictionary will not pay:
  /// it is sorted or clustered data, which general compression shrinks better.
  static let growthMax = 0.2

  init(_ options: ParquetWriteOptions, type: ParquetType) {
    fallback = options.valueEncodings == .plain ? .plain : EncodingChooser.compact(type)
    startsWithDictionary = options.usesDictionary && type != .boolean
    usesDictionary = startsWithDictionary
    halfPageCount = options.pageRowLimit / 2
  }

  private static func compact(_ type: ParquetType) -> PageEncoding {
    switch type {
    case .int32, .int64: .deltaBinaryPacked
    case .float, .double: .byteStreamSplit
    case .byteArray: .deltaLengthByteArray
    case .boolean, .int96, .fixedLengthByteArray: .plain
    }
  }

  mutating func startChunk() {
    usesDictionary = startsWithDictionary
    chunkCount = 0
    startPage(distinct: 0, sizeBytes: 0)
  }

  mutating func startPage(distinct: Int, sizeBytes: Int) {
    pageCount = 0
    distinctAtPageStart = distinct
    sizeAtPageStart = sizeBytes
    distinctAtHalfPage = nil
  }

  /// How many values may get codes before `coded` has to hear of it.
  var countUntilCheck: Int {
    if chunkCount < Self.sampleCount { return Self.sampleCount - chunkCount }
    return pageCount < halfPageCount ? halfPageCount - pageCount : .max
  }

  /// Counts values that got codes, and looks whether the dictionary is worth going on with.
  mutating func coded(_ count: Int, distinct: Int) {
    chunkCount += count
    pageCount += count
    if chunkCount == Self.sampleCount && distinct > Self.sampleDistinctMax { leaveDictionary() }
    if pageCount == halfPageCount { distinctAtHalfPage = distinct }
  }

  mutating func leaveDictionary() { usesDictionary = false }

  /// Decides, at the end of a page of codes, whether it stays one.
  mutating func endPage(plainBytes: Int, distinct: Int, sizeBytes: Int, isLast: Bool) {
    let codeBytes = (pageCount * max(bitWidth(ofMax: UInt32(max(distinct - 1, 0))), 1) + 7) / 8
    if sizeBytes - sizeAtPageStart + codeBytes >= plainBytes { return leaveDictionary() }
    if isLast { return }  // Nothing comes after: what it costs is all there is to know.
    let (start, count) =
      if let half = distinctAtHalfPage, pageCount > halfPageCount {
        (half, pageCount - halfPageCount)
      } else {
        (distinctAtPageStart, pageCount)
      }
    if Double(distinct - start) > Self.growthMax * Double(count) { leaveDictionary() }
  }
}
