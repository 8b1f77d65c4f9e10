// Which encoding a chunk's values take.
//
//   every chunk starts with a dictionary                                       RLE_DICTIONARY
//     after the first `sampleCount` values: nearly all new?                    -> values
//     a value that does not fit the limits                                     -> values
//     at the end of a page: do codes and new entries cost more than values?    -> values
//   once a chunk has left its dictionary, it goes on without it
//
//   values: the encoding in which a sample of the chunk's first page costs least, if it
//     saves enough: small files stay PLAIN, which every reader opens
//
// A page is judged with what is likely to follow it (DictionaryGrowth): a wide table has pages of a
// few thousand rows, in which a dictionary that will serve all of the chunk has not paid yet.
//
// What a value costs is measured (EncodingMeter): bytes after compression, and a little for every
// byte before it. Leaving the dictionary rewrites the page at hand from its codes, takes the page's
// new values out of the dictionary and keeps the earlier pages as they are. Everything here counts
// values, never batches: the same rows give the same bytes however they were cut.
import Encodings

/// Decides for one chunk. A value type without references: its owner asks once per batch and page.
struct EncodingChooser {
  /// Encodings of values that the profile allows for the type. The first is PLAIN.
  let candidates: [PageEncoding]
  /// What values are written in where they have no codes.
  private(set) var encoding: PageEncoding
  private(set) var usesDictionary: Bool

  private let startsWithDictionary: Bool
  private let sampleDistinctMax: Int
  private let savingMinBytes: Double
  /// What a page of a table of few columns holds, for a value of this one's pages.
  private let usualPageRatio: Double
  private let pageRowLimit: Int
  private let expectedCount: Int
  private var chunkCount = 0
  private var pageCount = 0
  /// Distinct values when the page at hand began.
  private(set) var distinctAtPageStart = 0
  /// The latest two of those of the page.
  private var marks = (earlier: Mark(), later: Mark())
  private var nextMarkCount = firstMarkCount
  private var costs: Costs?

  /// A look at the dictionary within the page at hand: after 256 values, 512, 1024, ...
  private struct Mark {
    /// Values of the page.
    var count = 0
    /// Values of the dictionary.
    var distinct = 0
  }

  /// What one value costs.
  private struct Costs {
    /// Values that were measured.
    var count: Int
    /// In the best encoding.
    var value: Double
    /// A new entry of the dictionary: a PLAIN value.
    var entry: Double
    /// A code, and the bits it had.
    var code: Double
    var codeWidth: Int
  }

  /// Values that are looked at before anything is decided.
  static let sampleCount = 4096
  /// With more distinct values than this among them, values drawn evenly from their set reach
  /// 30 000 distinct ones in the 131 072 rows of a usual row group, more than a fifth:
  /// d / n = (1 - e^-x) / x with x = n / D, D = 31 000. Then codes and entries cost as much as
  /// numbers do.
  private static let sampleNumbersMax = sampleCount * 15 / 16
  /// The same for byte arrays, which are longer: D = 43 000. To look up more of them, in a table
  /// that leaves the cache, takes longer than the codes save.
  private static let sampleBytesMax = sampleCount * 61 / 64
  private static let firstMarkCount = 256
  /// A sample of fewer values is taken again from the next page.
  static let settledCount = 512

  init(_ options: ParquetWriteOptions, type: ParquetType) {
    let allowed = EncodingChooser.candidates(type, options.profile)
    let only = allowed.filter { $0 == options.onlyEncoding }
    candidates = only.isEmpty ? allowed : only
    encoding = candidates[0]
    startsWithDictionary = options.usesDictionary && type != .boolean && only.isEmpty
    usesDictionary = startsWithDictionary
    sampleDistinctMax =
      type == .byteArray || type == .fixedLengthByteArray
      ? Self.sampleBytesMax : Self.sampleNumbersMax
    savingMinBytes = Double(options.encodingSavingMinBytes)
    usualPageRatio = options.usualPageRatio
    pageRowLimit = options.pageRowLimit
    expectedCount = options.expectedRowCount
  }

  static func candidates(
    _ type: ParquetType, _ profile: ParquetProfile
  ) -> [PageEncoding] {
    switch (profile, type) {
    case (.compatible, _): [.plain]
    case (.standard, .int32), (.standard, .int64): [.plain, .deltaBinaryPacked]
    case (.modern, .int32), (.modern, .int64): [.plain, .deltaBinaryPacked, .byteStreamSplit]
    case (_, .byteArray): [.plain, .deltaLengthByteArray, .deltaByteArray]
    case (.modern, .float), (.modern, .double): [.plain, .byteStreamSplit, .alp]
    case (.modern, .fixedLengthByteArray): [.plain, .byteStreamSplit, .deltaByteArray]
    case (.modern, .boolean): [.plain, .rle]
    default: [.plain]
    }
  }

  mutating func startChunk() {
    usesDictionary = startsWithDictionary
    encoding = candidates[0]
    chunkCount = 0
    costs = nil
    startPage(distinct: 0)
  }

  mutating func startPage(distinct: Int) {
    pageCount = 0
    distinctAtPageStart = distinct
    marks = (Mark(), Mark())
    nextMarkCount = Self.firstMarkCount
  }

  // MARK: While a page fills

  /// How many values may get codes before `coded` has to hear of it.
  var countUntilCheck: Int {
    min(
      chunkCount < Self.sampleCount ? Self.sampleCount - chunkCount : .max,
      nextMarkCount - pageCount)
  }

  /// Counts values that got codes, and looks whether the dictionary is worth going on with.
  mutating func coded(_ count: Int, distinct: Int) {
    chunkCount += count
    pageCount += count
    if chunkCount == Self.sampleCount && distinct > sampleDistinctMax { leaveDictionary() }
    if pageCount == nextMarkCount {
      marks = (marks.later, Mark(count: pageCount, distinct: distinct))
      nextMarkCount *= 2
    }
  }

  mutating func leaveDictionary() { usesDictionary = false }

  // MARK: At the end of a page

  /// Whether the page at hand has to be measured before it ends.
  var needsCosts: Bool {
    (costs?.count ?? 0) < Self.settledCount && (usesDictionary || candidates.count > 1)
  }

  /// Learns what `count` of the page's `pageCount` values cost: in every candidate, and as codes of
  /// `codeWidth` bits if they have some.
  ///
  /// - Parameter isLast: whether the chunk ends with the page.
  mutating func measured(
    _ count: Int, of pageCount: Int, isLast: Bool, candidateCosts: [Double], codes: Double?,
    codeWidth: Int = 1
  ) {
    guard count > 0 else { return }
    let scale = 1 / Double(count)
    let plain = candidateCosts[0]
    var best = candidateCosts.indices.min { candidateCosts[$0] < candidateCosts[$1] }!
    // Short pages that more pages follow count as long as they would be in a table of few columns.
    var judgedCount = Double(pageCount)
    if !isLast {
      judgedCount = max(judgedCount, min(judgedCount * usualPageRatio, Double(pageRowLimit)))
    }
    if (plain - candidateCosts[best]) * scale * judgedCount < savingMinBytes { best = 0 }
    encoding = candidates[best]
    costs = Costs(
      count: count, value: candidateCosts[best] * scale, entry: plain * scale,
      code: (codes ?? 0) * scale, codeWidth: codeWidth)
  }

  /// Decides, at the end of a page of codes, whether it stays one.
  ///
  /// - Parameter limit: of distinct values.
  mutating func endPage(distinct: Int, limit: Int, isLast: Bool) {
    guard let costs, pageCount > 0 else { return }
    // A chunk that is longer than expected is taken to be half as long as it will be.
    var rest = isLast ? 0 : Double(max(expectedCount - chunkCount, chunkCount))
    let growth = growth(to: distinct)
    var entries = growth.distinct(after: rest)
    if entries > Double(limit) {
      // As far as the dictionary goes; what follows has no codes either way.
      entries = Double(limit)
      rest = growth.rest(until: entries)
    }
    // Wider codes cost more.
    func code(_ distinct: Int) -> Double {
      costs.code * Double(codeBitWidth(distinct)) / Double(costs.codeWidth)
    }
    let codes = Double(pageCount) * code(distinct) + rest * code(Int(entries))
    let values = (Double(pageCount) + rest) * costs.value
    if codes + (entries - Double(distinctAtPageStart)) * costs.entry > values { leaveDictionary() }
  }

  /// How the dictionary has grown to `distinct` values in the latter half of the page.
  private func growth(to distinct: Int) -> DictionaryGrowth {
    let mark = marks.later.count * 4 <= pageCount * 3 ? marks.later : marks.earlier
    return DictionaryGrowth(
      count: chunkCount, distinct: distinct,
      countBefore: chunkCount - pageCount + mark.count,
      distinctBefore: mark.count > 0 ? mark.distinct : distinctAtPageStart)
  }
}

/// Bits of a code of `distinct` values. A width of 0 is legal where there is one value only, but
/// not every reader takes it.
func codeBitWidth(_ distinct: Int) -> Int {
  max(bitWidth(ofMax: UInt32(max(distinct - 1, 0))), 1)
}
