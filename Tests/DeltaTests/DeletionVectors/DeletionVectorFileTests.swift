import Base
import Store
import TestSupport
import Testing

@testable import Delta

@Suite("Deletion vectors in files and in the log") struct DeletionVectorFileTests {
  private let store = InMemoryStore()

  private func write(_ sets: [RowSet]) throws -> [DeletionVector] {
    let environment = TestTables.environment(store)
    var writer = DeletionVectorWriter(store: store, environment: environment)
    var vectors: [DeletionVector] = []
    for set in sets { vectors.append(try writer.append(set)) }
    try writer.finish()
    return vectors
  }

  @Test func `vectors of one file are told apart by their offsets`() throws {
    let sets = [RowSet([3..<5]), RowSet([0..<100_000]), RowSet([7..<8, 9..<10])]
    let vectors = try write(sets)
    #expect(Set(try vectors.map { try $0.path() }).count == 1)
    for (vector, set) in zip(vectors, sets) {
      #expect(try vector.rows(in: store).ranges == set.ranges)
    }
  }

  @Test func `a vector of the log itself`() throws {
    // The rows of the protocol's example, in the one format that it specifies; the example itself
    // has an older one.
    let vector = DeletionVector(
      storageType: "i",
      pathOrInlineVector: "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
      offset: nil, sizeBytes: 44, cardinality: 6)
    #expect(try vector.rows(in: store).ranges.flatMap { Array($0) } == [3, 4, 7, 11, 18, 29])
  }

  @Test func `names in base 85 with a prefix`() throws {
    // The examples of the protocol.
    let relative = DeletionVector(
      storageType: "u", pathOrInlineVector: "ab^-aqEH.-t@S}K{vb[*k^", offset: 4, sizeBytes: 40,
      cardinality: 6)
    #expect(
      try relative.path() == "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin")
  }

  @Test func `an absolute path, within the table's directory and elsewhere`() throws {
    let directory = TemporaryDirectory()
    let disk = try LocalStore(root: directory.path + "/table")
    var writer = DeletionVectorWriter(
      store: disk, environment: TestTables.environment(disk))
    var vector = try writer.append(RowSet([3..<5]))
    try writer.finish()
    let path = try #require(try vector.path())
    vector.storageType = "p"
    let absolute = directory.path + "/table/" + path
    let other = try LocalStore(root: directory.path + "/clone")
    for store in [disk, other] {
      for location in [absolute, "file://" + absolute] {
        vector.pathOrInlineVector = location
        #expect(try vector.rows(in: store).ranges == [3..<5])
      }
    }
    vector.pathOrInlineVector += "x"
    expectError(.corrupt, "is missing", path) { _ = try vector.rows(in: other) }
  }

  @Test func `every damaged byte is found, with the file named`() throws {
    let vector = try write([RowSet([3..<5, 70_000..<70_009])])[0]
    let path = try #require(try vector.path())
    let bytes = Array(try store.read(path, range: nil))
    for offset in 1..<bytes.count {
      var damaged = bytes
      damaged[offset] ^= 0x10
      try store.put(path, Buffer(damaged).bytes)
      expectError(.corrupt, path) { _ = try vector.rows(in: store) }
    }
    for length in 0..<bytes.count {
      try store.put(path, Buffer(Array(bytes[..<length])).bytes)
      #expect(throws: DeltaError.self) { _ = try vector.rows(in: store) }
    }
  }

  @Test func `numbers that make no sense are refused`() throws {
    let good = try write([RowSet([3..<5])])[0]
    var vectors: [DeletionVector] = []
    for (offset, size, count) in [
      (Int64.max, good.sizeBytes, 2), (-1, good.sizeBytes, 2), (0, good.sizeBytes, 2),
      (1, Int64.max, 2), (1, -8, 2), (1, good.sizeBytes, -2), (1, good.sizeBytes, 3),
    ] as [(Int64, Int64, Int64)] {
      var vector = good
      (vector.offset, vector.sizeBytes, vector.cardinality) = (offset, size, count)
      vectors.append(vector)
    }
    for (type, text) in [("u", "short"), ("u", "~~~~~~~~~~~~~~~~~~~~"), ("i", "####"), ("x", "a")] {
      var vector = good
      (vector.storageType, vector.pathOrInlineVector) = (type, text)
      vectors.append(vector)
    }
    for vector in vectors {
      #expect(throws: DeltaError.self, "\(vector)") { _ = try vector.rows(in: store) }
    }
  }
}
