/// A column of sources that a load left out, because `--on-new-column ignore` says so.
public struct IgnoredColumn: Sendable, Equatable {
  /// Of a field of a struct: the names that lead to it, with dots between.
  public let name: String
  /// Sources that have it.
  public let sourceCount: Int
  /// Their rows, bad ones among them; of JSON, the records that have it.
  public let rowCount: Int
}

/// The columns that a load leaves out, counted. Each worker has its own.
///
/// Records of JSON may make up any number of names. The first `countMax` of them are kept, by their
/// order: of these every worker has all that it met, so that the counts are exact, and the same for
/// any number of workers.
struct IgnoredColumns: Sendable {
  static let countMax = 1000

  private struct Tally {
    var rowCount = 0
    /// A bit a source.
    var sources: [UInt64] = []
  }

  private var tallies: [String: Tally] = [:]
  /// Of the names that are kept, where there are as many as may be.
  private var lastName: String?
  /// There were more names.
  private(set) var isCut = false

  /// - Parameter source: its place among the sources of the load.
  mutating func add(_ name: String, rowCount: Int, source: Int) {
    guard rowCount > 0 else { return }
    let word = source / 64
    change(name) { tally in
      tally.rowCount += rowCount
      if tally.sources.count <= word {
        tally.sources += Array(repeating: 0, count: word + 1 - tally.sources.count)
      }
      tally.sources[word] |= 1 << UInt64(source % 64)
    }
  }

  mutating func add(_ other: IgnoredColumns) {
    isCut = isCut || other.isCut
    for (name, theirs) in other.tallies {
      change(name) { tally in
        tally.rowCount += theirs.rowCount
        let missing = theirs.sources.count - tally.sources.count
        if missing > 0 { tally.sources += Array(repeating: 0, count: missing) }
        for (word, bits) in theirs.sources.enumerated() { tally.sources[word] |= bits }
      }
    }
  }

  private mutating func change(_ name: String, _ body: (inout Tally) -> Void) {
    if tallies[name] == nil && tallies.count >= IgnoredColumns.countMax {
      isCut = true
      let last = lastName ?? tallies.keys.max() ?? name
      lastName = last
      guard name < last else { return }
      tallies[last] = nil
      lastName = nil
    }
    body(&tallies[name, default: Tally()])
  }

  /// By their names: workers meet them in any order.
  var columns: [IgnoredColumn] {
    tallies.sorted { $0.key < $1.key }.map { name, tally in
      IgnoredColumn(
        name: name, sourceCount: tally.sources.reduce(0) { $0 + $1.nonzeroBitCount },
        rowCount: tally.rowCount)
    }
  }
}

extension ConversionPlan {
  /// The names of columns that are known to be left out before any row is read: all but those of
  /// JSON.
  var ignoredColumns: [String] {
    var seen: Set<String> = []
    var layouts: Set<ObjectIdentifier> = []
    let layoutNames = sources.lazy
      .filter { layouts.insert(ObjectIdentifier($0.layout)).inserted }
      .flatMap(\.layout.ignoredColumns)
    return (Array(layoutNames) + parquet.flatMap(\.ignoredColumns))
      .filter { seen.insert($0).inserted }
  }
}
