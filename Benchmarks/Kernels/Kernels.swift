import BenchmarkSupport

/// Every encoding kernel, codec and parser of fields on inputs that stay in the second-level cache,
/// as a page and a batch do.
@main
struct Kernels {
  static func main() throws {
    let runner = BenchmarkRunner()
    try measureUnpacking(runner)
    try measureHybrid(runner)
    try measureGather(runner)
    try measurePacking(runner)
    try measureDeltas(runner)
    measureStreams(runner)
    try measureALP(runner)
    try measurePlain(runner)
    try measureDeltaBytes(runner)
    try measureBooleans(runner)
    try measureBitPackedLevels(runner)
    measureChecksums(runner)
    try measureLevels(runner)
    try measureNestedLevels(runner)
    measureText(runner)
    measureDictionaries(runner)
    measureBloomFilters(runner)
    try measureCodecs(runner)
    try measureDelimitedText(runner)
  }
}
