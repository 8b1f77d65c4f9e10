package import Base
package import Columns

/// Numbers the distinct combinations of key values from 0, nulls counting as one value.
///
/// Each key column turns its values into dense codes; the codes of two columns make one 64-bit
/// word, which gets a code of its own, and so on until one number stands for the whole row.
package struct GroupTable: ~Copyable {
  private var keys: KeyList
  /// Combinations of (code so far, code of the next key), one table between each two keys.
  private var pairs: PairList
  package private(set) var count = 0

  package init(_ types: [DataType]) {
    keys = KeyList(types)
    pairs = PairList(max(types.count - 1, 0))
  }

  /// Bytes held, roughly.
  package var sizeBytes: Int { keys.sizeBytes + pairs.sizeBytes }

  /// The group of every row. New groups get the next numbers.
  ///
  /// - Complexity: O(rows * keys), expected.
  /// - Precondition: one column for each key, of its type; at least one key.
  package mutating func groups(of columns: [Column]) throws(ComputeError) -> Buffer<UInt32> {
    precondition(columns.count == keys.count && !columns.isEmpty)
    var codes = try keys.codes(0, columns[0])
    var total = keys.distinctCount(0)
    for index in 1..<columns.count {
      let more = try keys.codes(index, columns[index])
      let words = zip(.many(codes), .many(more), count: codes.count) {
        UInt64($0) &<< 32 | UInt64($1)
      }
      codes = try pairs.codes(index - 1, words)
      total = pairs.distinctCount(index - 1)
    }
    count = total
    return codes
  }

  /// The key values of groups `range`, a column a key.
  package func keyColumns(_ range: Range<Int>) -> [Column] {
    var columns: [Column] = []
    // Unpick the pairs from the last: each word holds the code before it and the key's own.
    var codes = Buffer(range.map { UInt32($0) })
    for index in (0..<keys.count).reversed() {
      if index == 0 {
        columns.append(keys.values(0, codes))
      } else {
        let words = pairs.words(index - 1, codes)
        columns.append(keys.values(index, map(words) { UInt32(truncatingIfNeeded: $0) }))
        codes = map(words) { UInt32(truncatingIfNeeded: $0 &>> 32) }
      }
    }
    return columns.reversed()
  }

  /// The key values of one group.
  package func key(_ group: Int) -> [Scalar] { keyColumns(group..<group + 1).map { $0[0] } }
}

/// Noncopyable tables do not fit an array: each sits in a box of its own.
private final class Box<Value: ~Copyable> {
  var value: Value
  init(_ value: consuming Value) { self.value = value }
}

private struct KeyList {
  private let columns: [Box<KeyColumn>]

  init(_ types: [DataType]) { columns = types.map { Box(KeyColumn($0)) } }

  var count: Int { columns.count }
  var sizeBytes: Int { columns.reduce(0) { $0 + $1.value.sizeBytes } }

  func codes(_ index: Int, _ column: Column) throws(ComputeError) -> Buffer<UInt32> {
    try columns[index].value.codes(of: column)
  }
  func distinctCount(_ index: Int) -> Int { columns[index].value.count }
  func values(_ index: Int, _ codes: Buffer<UInt32>) -> Column {
    columns[index].value.values(of: codes)
  }
}

private struct PairList {
  private let tables: [Box<IntTable>]

  init(_ count: Int) { tables = (0..<count).map { _ in Box(IntTable()) } }

  var sizeBytes: Int { tables.reduce(0) { $0 + $1.value.sizeBytes } }

  func codes(_ index: Int, _ words: Buffer<UInt64>) throws(ComputeError) -> Buffer<UInt32> {
    try tables[index].value.codes(of: words)
  }
  func distinctCount(_ index: Int) -> Int { tables[index].value.count }
  func words(_ index: Int, _ codes: Buffer<UInt32>) -> Buffer<UInt64> {
    tables[index].value.words(of: codes)
  }
}
