import Base
import BenchmarkSupport
import Columns

/// A hash of a column's rows in order: of nulls, lengths and values, whatever batches they came in.
struct Checksum {
  private var hash = AnswerHash()
  private(set) var valueCount = 0
  private(set) var nullCount = 0

  var value: UInt64 { hash.value }

  mutating func add(_ column: Column) {
    for row in 0..<column.count { add(column, row) }
  }

  private mutating func mix(_ word: UInt64) { hash.add(word) }

  private mutating func add(_ column: Column, _ row: Int) {
    guard !column.isNull(row) else {
      nullCount += 1
      return mix(1)
    }
    valueCount += 1
    switch column.values {
    case .boolean(let slots): mix(UInt64(slots[row]))
    case .int32(let slots): mix(UInt64(bitPattern: Int64(slots[row])))
    case .int64(let slots): mix(UInt64(bitPattern: slots[row]))
    case .int128(let slots):
      mix(UInt64(truncatingIfNeeded: slots[row]))
      mix(UInt64(truncatingIfNeeded: slots[row] &>> 64))
    case .float(let slots): mix(UInt64(slots[row].bitPattern))
    case .double(let slots): mix(slots[row].bitPattern)
    case .bytes(let slots, let data): add(data, slots[row].range)
    case .structure(let fields, _):
      for field in fields { add(field, row) }
    case .list(let slots, let element):
      mix(UInt64(slots[row].count))
      for index in slots[row].range { add(element, index) }
    }
  }

  private mutating func add(_ data: Buffer<UInt8>, _ range: Range<Int>) {
    mix(UInt64(range.count))
    var word: UInt64 = 0
    for index in range {
      word = word &<< 8 | UInt64(data[index])
      if (index - range.lowerBound) & 7 == 7 { mix(word) }
    }
    mix(word)
  }
}
