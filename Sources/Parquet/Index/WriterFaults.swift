// Writers whose bounds are known to be wrong in files that say otherwise well enough. What the
// format's own rules catch is listed in StatisticsMapping.swift.
//
//   parquet-cpp before 1.5.0         floats: a NaN beside a bound could hide it (PARQUET-1225)
//   parquet-cpp, the name that was   decimals in byte arrays, in unsigned order (PARQUET-1655); the
//   given up with 1.5.1              name is parquet-cpp-arrow since
//   Polars, which gives no version   decimals in byte arrays, in unsigned order (polars #25965,
//                                    #29347, mended in 2026); UINT_64 in signed order (#16683)
//   Arrow2                           the library Polars' writer came from: the same

/// What of a file's statistics to distrust, by who wrote it.
package struct WriterFaults: Sendable, Equatable {
  private var floats = false
  private var byteDecimals = false
  private var unsignedLongs = false

  /// Nobody's.
  package init() {}

  /// - Parameter createdBy: `created_by` of the footer: `<application> version <version> …`.
  package init(createdBy: String?) {
    guard let createdBy else { return }
    let words = createdBy.split(separator: " ")
    switch words.first {
    case "parquet-cpp":
      byteDecimals = true
      floats = version(words).lexicographicallyPrecedes([1, 5, 0])
    case "Polars", "Arrow2":
      byteDecimals = true
      unsignedLongs = true
    default: break
    }
  }

  func spoilBounds(of leaf: LeafColumn, mapping: LeafMapping) -> Bool {
    switch mapping.conversion {
    case .decimalBytes: byteDecimals
    case .uint64ToInt128: unsignedLongs
    default: floats && (leaf.type == .float || leaf.type == .double)
    }
  }
}

/// The numbers of `<application> version 1.2.3-x`; none where there are none.
private func version(_ words: [Substring]) -> [Int] {
  guard words.count > 2 else { return [] }
  return words[2].split(separator: ".").prefix(3).map { part in
    Int(part.prefix { $0.isNumber }) ?? 0
  }
}
