import Base
import Columns
import Testing

@testable import Parquet

private func mapped(_ type: DataType) throws -> (LeafColumn, LeafMapping) {
  var element = try leafElement(of: type, name: "a")
  element.repetition = .optional
  let tree = try SchemaTree([SchemaElement(name: "r", childCount: 1), element])
  return (tree.leaves[0], try LeafMapping(element))
}

private func hash(_ text: String) -> UInt64 { xxHash64(Buffer(Array(text.utf8)).bytes) }

/// Built from `body`'s values and read again.
private func filter(
  _ builder: consuming BloomFilterBuilder, _ body: (inout BloomFilterBuilder) -> Void
) throws -> BloomFilter? {
  var builder = builder
  body(&builder)
  guard let bytes = builder.finish() else { return nil }
  return try BloomFilter(parsing: bytes)
}

@Suite("Bloom filters") struct BloomFilterTests {
  @Test(.enabled(if: sharedData != nil))
  func `parquet-mr's filter holds what was put into it`() throws {
    let file = try readBytes(sharedData! + "/parquet-testing/data/bloom_filter.xxhash.bin")
    let filter = try #require(try BloomFilter(parsing: file))
    #expect(filter.sizeBytes == 1024)
    for word in ["hello", "parquet", "bloom", "filter"] {
      #expect(filter.mayContain(hash: hash(word)))
    }
    for word in ["absent", "", "xyzzy"] { #expect(!filter.mayContain(hash: hash(word))) }
    // The same values make the same bytes.
    var builder = BloomFilterBuilder(falsePositiveRate: 0, maxSizeBytes: 1024)
    for word in ["hello", "parquet", "bloom", "filter"] { builder.insert(hash: hash(word)) }
    let written = builder.finish()
    #expect(written == file)
  }

  /// The other file is of the time before Thrift headers and xxHash.
  @Test(.enabled(if: sharedData != nil)) func `a filter of another format is refused`() throws {
    let file = try readBytes(sharedData! + "/parquet-testing/data/bloom_filter.bin")
    #expect(throws: DecodingFault.self) { try BloomFilter(parsing: file) }
  }

  @Test(arguments: [10, 1000, 50_000], [0.05, 0.01, 0.001])
  func `no value is lost, and the rate of false positives is kept to`(
    count: Int, rate: Double
  ) throws {
    for distinctCount in [count, nil] {
      let built = try filter(
        BloomFilterBuilder(distinctCount: distinctCount, falsePositiveRate: rate)
      ) { builder in
        for value in 0..<count { builder.insert(hash: xxHash64(UInt64(value))) }
      }
      let filter = try #require(built)
      for value in 0..<count { #expect(filter.mayContain(hash: xxHash64(UInt64(value)))) }
      let probes = 100_000
      let hits = (count..<count + probes).count {
        filter.mayContain(hash: xxHash64(UInt64($0)))
      }
      #expect(Double(hits) <= Double(probes) * rate * 1.5 + 20)
      // Not larger than four times what the format's formula asks for: a power of two and a fold.
      let bits = Double(filter.sizeBytes * 8) / Double(count)
      #expect(bits < 80 || filter.sizeBytes <= 64)
    }
  }

  @Test func `a folded filter is the one that was small from the start`() throws {
    func bytes(maxSizeBytes: Int) -> Buffer<UInt8>? {
      var builder = BloomFilterBuilder(falsePositiveRate: 0.01, maxSizeBytes: maxSizeBytes)
      for value in 0..<500 { builder.insert(hash: xxHash64(UInt64(value))) }
      return builder.finish()
    }
    let folded = try #require(bytes(maxSizeBytes: 1 << 20))
    #expect(folded == bytes(maxSizeBytes: 1024))
    #expect(folded.count < 1100)
  }

  @Test func `a filter that would say perhaps to most is none`() throws {
    let built = try filter(BloomFilterBuilder(maxSizeBytes: 32)) { builder in
      for value in 0..<1000 { builder.insert(hash: xxHash64(UInt64(value))) }
    }
    #expect(built == nil)
  }

  @Test func `typed inserts hash the PLAIN bytes`() throws {
    let text = Column(.string, [.string("a"), .string(""), .string("bc")])
    guard case .bytes(let slices, let data) = text.values else { return }
    let built = try filter(BloomFilterBuilder()) { builder in
      builder.insert(Buffer<Int32>([-5, 7]).span)
      builder.insert(Buffer<Int64>([1 << 40]).span)
      builder.insert(Buffer<Float>([1.5]).span)
      builder.insert(Buffer<Double>([-0.0]).span)
      builder.insert(fixed: Buffer<UInt8>([1, 2, 3, 4, 5, 6]).bytes, sizeBytes: 3)
      builder.insert(slices.span, in: data.bytes)
    }
    let filter = try #require(built)
    let present: [(DataType, Scalar)] = [
      (.integer, .integer(-5)), (.integer, .integer(7)), (.date, .date(7)),
      (.byte, .integer(-5)), (.integer, .decimal(unscaled: 700, scale: 2)),
      (.long, .integer(1 << 40)), (.timestamp, .timestamp(1 << 40)),
      (.decimal(precision: 9, scale: 1), .decimal(unscaled: 7, scale: 1)),
      (.decimal(precision: 18, scale: 0), .integer(1 << 40)),
      (.float, .double(1.5)), (.double, .double(0.0)), (.double, .double(-0.0)),
      (.string, .string("bc")), (.string, .string("")), (.binary, .binary([97])),
    ]
    for (type, value) in present {
      let (leaf, mapping) = try mapped(type)
      #expect(filter.mayContain(value, leaf: leaf, mapping: mapping), "\(type) \(value)")
    }
    let absent: [(DataType, Scalar)] = [
      (.integer, .integer(8)), (.integer, .integer(1 << 40)), (.long, .integer(7)),
      (.float, .double(2.5)), (.string, .string("b")), (.date, .date(8)),
      (.timestamp, .timestamp(5)), (.decimal(precision: 9, scale: 1), .integer(7)),
    ]
    for (type, value) in absent {
      let (leaf, mapping) = try mapped(type)
      #expect(!filter.mayContain(value, leaf: leaf, mapping: mapping), "\(type) \(value)")
    }
    // What cannot be told is never excluded.
    let unknown: [(DataType, Scalar)] = [
      (.double, .double(.nan)), (.boolean, .boolean(true)), (.float, .double(0.1)),
      (.integer, .double(99)), (.integer, .decimal(unscaled: 85, scale: 1)),
      (.date, .timestamp(9)), (.integer, .null),
    ]
    for (type, value) in unknown {
      let (leaf, mapping) = try mapped(type)
      #expect(filter.mayContain(value, leaf: leaf, mapping: mapping), "\(type) \(value)")
    }
  }

  @Test func `decimals in fixed-length bytes and UUIDs are found`() throws {
    let built = try filter(BloomFilterBuilder()) { builder in
      builder.insert(
        fixed: Buffer<UInt8>([UInt8](repeating: 0xFF, count: 12) + [0xFE]).bytes, sizeBytes: 13)
      builder.insert(fixed: Buffer<UInt8>((0..<16).map { UInt8($0) }).bytes, sizeBytes: 16)
    }
    let filter = try #require(built)
    let (leaf, mapping) = try mapped(.decimal(precision: 30, scale: 2))
    #expect(filter.mayContain(.decimal(unscaled: -2, scale: 2), leaf: leaf, mapping: mapping))
    #expect(!filter.mayContain(.decimal(unscaled: -3, scale: 2), leaf: leaf, mapping: mapping))
    #expect(!filter.mayContain(.integer(-2), leaf: leaf, mapping: mapping))
  }

  @Test(
    .enabled(if: sharedData != nil),
    arguments: [
      "data_index_bloom_encoding_stats", "data_index_bloom_encoding_with_length",
    ])
  func `a filter is found in its file, with a size in the footer or without`(
    name: String
  ) throws {
    let file = try readBytes(sharedData! + "/parquet-testing/data/\(name).parquet")
    let metadata = try readMetadata(file)
    let group = metadata.rowGroups[0]
    let leaf = metadata.tree.leaves[0]
    var range = try #require(group.bloomFilterRange(leaf: 0))
    var found: BloomFilter?
    for _ in 0..<2 {
      switch try group.bloomFilter(leaf: 0, part(file, range)) {
      case .needs(let more): range = more
      case .done(let filter): found = filter
      }
    }
    let filter = try #require(found)
    let values = try readBatches(file)[0].columns[0].scalars
    #expect(values.contains(.string("quick")) || values.contains(.string("Hello")))
    for value in values { #expect(group.mayContain(value, leaf: leaf, filter)) }
    let strangers = ["Hola", "world!", "xyzzy", "quack", "Testing"]
    #expect(strangers.contains { !group.mayContain(.string($0), leaf: leaf, filter) })
  }

  @Test(arguments: 0..<60) func `damaged bytes are an error or a filter, never a trap`(
    length: Int
  ) throws {
    var builder = BloomFilterBuilder(maxSizeBytes: 32)
    builder.insert(hash: 1)
    let built = builder.finish()
    let whole = Array(try #require(built))
    let cut = Buffer(Array(whole[..<min(length, whole.count)]))
    if cut.count < whole.count {
      #expect(throws: DecodingFault.self) { try BloomFilter(parsing: cut) }
    }
    for value in [0, 0x7F, 0xFF] as [UInt8] where length < whole.count {
      var changed = whole
      changed[length] = value
      _ = try? BloomFilter(parsing: Buffer(changed))?.mayContain(hash: .max)
    }
  }
}
