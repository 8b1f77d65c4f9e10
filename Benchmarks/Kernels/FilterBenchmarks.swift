import Base
import BenchmarkSupport
import Columns
import Parquet

/// Hashing values and putting them into a bloom filter, to its bytes.
func measureBloomFilters(_ runner: BenchmarkRunner) {
  let count = runner.size(65_536)
  let longs = randomValues(count, below: .max, seed: 41, as: Int64.self)
  let text = randomValues(count * 16, below: 256, seed: 42, as: UInt8.self)
  let slices = Buffer((0..<count).map { ValueSlice(offset: UInt32($0 * 16), count: 16) })
  var size = 0
  runner.measure("bloom filter of longs", valueCount: count) {
    var builder = BloomFilterBuilder(distinctCount: count)
    builder.insert(longs.span)
    size = builder.finish()?.count ?? 0
  } check: {
    UInt64(size)
  }
  runner.measure("bloom filter of 16-byte strings", valueCount: count) {
    var builder = BloomFilterBuilder(distinctCount: count)
    builder.insert(slices.span, in: text.bytes)
    size = builder.finish()?.count ?? 0
  } check: {
    UInt64(size)
  }
}
