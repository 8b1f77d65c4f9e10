import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

/// Numbers of any size in every numeric field of a log: an error or a sane value, never a trap.
@Suite("Hostile numbers in a log") struct HostileNumbersTests {
  static let numbers: [Int64] = [.min, .min + 1, -1 << 62, -1, 0, 1 << 53, 1 << 62, .max - 1, .max]

  let store = InMemoryStore()

  private func put(_ version: Int64, _ lines: [String]) throws {
    try TestTables.put(store, version, lines)
  }

  /// Everything that adds or compares what the log says.
  private func use() throws {
    let snapshot = try Snapshot.load(store)
    #expect(snapshot.sizeBytes >= 0)
    for file in snapshot.files {
      #expect(file.rowCount.map { $0 >= 0 } ?? true)
      _ = file.statistics(snapshot.schema)
    }
    _ = try loadHistory(store)
    for millis in [Int64.min, 0, .max] {
      do { _ = try Snapshot.load(store, at: .timestamp(millis: millis)) } catch {
        #expect(error.code == .notFound || error.code == .corrupt)
      }
    }
    var append = Transaction(from: snapshot, operation: .write(mode: "Append", partitionBy: []))
    append.adds = [
      AddFile(path: "mine", partitionValues: [:], sizeBytes: 1, modifiedMillis: 1)
    ]
    _ = try append.commit(to: store, environment: TestTables.environment(store))
    _ = try Snapshot.load(store)
  }

  private func useOrRefuse() throws {
    do { try use() } catch let error as DeltaError {
      #expect([.corrupt, .unsupported, .resourceLimit].contains(error.code), "\(error)")
    }
  }

  @Test(arguments: numbers) func `in an add`(_ number: Int64) throws {
    try put(0, [TestTables.protocolLine, TestTables.metadataLine])
    for (version, name) in (1...3).map({ ($0, "f\($0)") }) {
      try put(
        Int64(version),
        [
          #"{"add":{"path":"\#(name)","partitionValues":{},"size":\#(number),"#
            + #""modificationTime":\#(number),"dataChange":true,"baseRowId":\#(number),"#
            + #""defaultRowCommitVersion":\#(number),"stats":"{\"numRecords\":\#(number),"#
            + #"\"minValues\":{\"id\":\#(number)},\"maxValues\":{\"id\":\#(number)},"#
            + #"\"nullCount\":{\"id\":\#(number)}}"}}"#
        ])
    }
    try useOrRefuse()
  }

  @Test(arguments: numbers) func `in the statistics alone`(_ number: Int64) throws {
    try put(0, [TestTables.protocolLine, TestTables.metadataLine])
    for version in 1...3 as ClosedRange<Int64> {
      try put(
        version,
        [TestTables.addLine("f\(version)", #","stats":"{\"numRecords\":\#(number)}""#)])
    }
    try use()
  }

  @Test(arguments: numbers) func `in every other action`(_ number: Int64) throws {
    try put(0, [TestTables.protocolLine, TestTables.metadataLine, TestTables.addLine("a")])
    try put(
      1,
      [
        #"{"commitInfo":{"timestamp":\#(number),"inCommitTimestamp":\#(number),"#
          + #""readVersion":\#(number)}}"#,
        #"{"remove":{"path":"a","deletionTimestamp":\#(number),"dataChange":true,"#
          + #""extendedFileMetadata":true,"partitionValues":{},"size":\#(number),"#
          + #""deletionVector":{"storageType":"u","pathOrInlineDv":"x","offset":\#(number),"#
          + #""sizeInBytes":\#(number),"cardinality":\#(number)}}}"#,
        #"{"txn":{"appId":"x","version":\#(number),"lastUpdated":\#(number)}}"#,
      ])
    try use()
  }

  @Test(arguments: numbers, ["minReaderVersion", "minWriterVersion"])
  func `in the protocol`(_ number: Int64, _ field: String) throws {
    let line = TestTables.protocolLine.replacing(
      #""\#(field)":"#, with: #""\#(field)":\#(number),"x":"#)
    try put(0, [line, TestTables.metadataLine])
    try useOrRefuse()
  }

  @Test(arguments: numbers) func `in the times that the table keeps in its commits`(
    _ number: Int64
  ) throws {
    let metadata = TestTables.metadataLine.replacing(
      #""configuration":{}"#,
      with: #""configuration":{"delta.enableInCommitTimestamps":"true","#
        + #""delta.inCommitTimestampEnablementVersion":"\#(number)","#
        + #""delta.dataSkippingNumIndexedCols":"\#(number)"},"createdTime":\#(number)"#)
    let info = #"{"commitInfo":{"timestamp":1,"inCommitTimestamp":\#(number)}}"#
    try put(0, [info, TestTables.protocolLine, metadata])
    try put(1, [info, TestTables.addLine("a")])
    try useOrRefuse()
  }

  @Test(arguments: [Int64.min, .min + 1, .max - 1, .max])
  func `in time stamps of data files, as partition values, statistics and partition terms`(
    _ micros: Int64
  ) throws {
    let text = try #require(try partitionText(.timestampNtz(micros)))
    #expect(try partitionScalar(text, type: .timestampNtz, column: "t") == .timestampNtz(micros))
    let schema = Schema([Field("t", .timestampNtz), Field("d", .date)])
    let days: Int32 = micros < 0 ? .min : .max
    let json = statisticsJSON(
      rowCount: 1, schema: schema,
      columns: [
        ColumnStatistics(min: .timestampNtz(micros), max: .timestampNtz(micros), nullCount: 0),
        ColumnStatistics(min: .date(days), max: .date(days), nullCount: 0),
      ])
    #expect(json.contains(#""minValues":{},"maxValues":{}"#))
    for transform in PartitionTransform.allCases {
      let column = transform.apply(Column(.timestamp, [.timestamp(micros)]))
      #expect(!column[0].isNull)
    }
  }

  @Test(arguments: ["json", "checkpoint.parquet", "checkpoint.0000000001.0000000001.parquet"])
  func `a version that has no successor is refused by its file`(_ ending: String) throws {
    try put(0, [TestTables.protocolLine, TestTables.metadataLine])
    let path = "_delta_log/09223372036854775807." + ending
    try store.put(path, Buffer<UInt8>(utf8: "{}").bytes)
    expectError(.corrupt, path) { _ = try Snapshot.load(store) }
  }
}
