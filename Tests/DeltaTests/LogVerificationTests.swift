import Base
import Delta
import Store
import TestSupport
import Testing

@Suite("Version checksum files") struct LogVerificationTests {
  let store = InMemoryStore(nowMillis: { 5000 })

  private func put(checksum text: String, _ version: Int64 = 1) throws {
    try store.put(
      "_delta_log/0000000000000000000\(version).crc", Buffer<UInt8>(utf8: text).bytes)
  }

  private func putCommits() throws {
    try TestTables.put(
      store, 0, [TestTables.protocolLine, TestTables.metadataLine, TestTables.addLine("a")])
    try TestTables.put(
      store, 1,
      [
        TestTables.removeLine("a"), TestTables.addLine("b"), TestTables.addLine("c"),
        #"{"txn":{"appId":"x","version":4}}"#,
        #"{"domainMetadata":{"domain":"d","configuration":"1","removed":false}}"#,
      ])
  }

  private var metadata: String { String(TestTables.metadataLine.dropFirst().dropLast()) }
  private var tableProtocol: String { String(TestTables.protocolLine.dropFirst().dropLast()) }

  private func checksum(
    size: Int = 2, files: Int = 2, transaction: Int = 4, domain: String = "1", more: String = ""
  ) -> String {
    #"{"tableSizeBytes":\#(size),"numFiles":\#(files),"numMetadata":1,"numProtocol":1,"#
      + #""setTransactions":[{"appId":"x","version":\#(transaction)}],"#
      + #""domainMetadata":[{"domain":"d","configuration":"\#(domain)","removed":false}],"#
      + #"\#(metadata.replacingFirst("metaData", "metadata")),\#(tableProtocol)\#(more)}"#
  }

  @Test func `one that agrees is checked and says nothing`() throws {
    try putCommits()
    try put(checksum: checksum())
    let verification = try LogVerification.checksums(store)
    #expect(verification.checkedVersions == [1])
    #expect(verification.findings.isEmpty, "\(verification.findings)")
  }

  @Test func `a log that starts late is checked from there on`() throws {
    let base = try CheckpointTables.make(store)
    _ = try CheckpointTables.checkpoint(store, base)
    let path = "_delta_log/00000000000000000002.checkpoint.parquet"
    let late = "_delta_log/00000900000000000000.checkpoint.parquet"
    let bytes = try store.read(path, range: nil)
    for entry in try store.list("_delta_log", recursive: false) { try store.delete(entry.path) }
    try store.put(late, bytes.bytes)
    let verification = try LogVerification.checksums(store)
    #expect(verification.checkedVersions.isEmpty && verification.findings.isEmpty)
  }

  @Test func `every contradiction is named with its file, and reading goes on`() throws {
    try putCommits()
    let wrong: [(String, String)] = [
      (checksum(size: 3), "tableSizeBytes"), (checksum(files: 1), "numFiles"),
      (checksum(transaction: 5), "setTransactions"), (checksum(domain: "2"), "domainMetadata"),
      (checksum(more: #","allFiles":[]"#), "allFiles"),
      (checksum(more: #","numDeletionVectorsOpt":1"#), "numDeletionVectorsOpt"),
      (#"{"protocol":{"minReaderVersion":1,"minWriterVersion":3}}"#, "protocol"),
      (
        #"{"metadata":{"id":"y","schemaString":"{\"type\":\"struct\",\"fields\":[]}"}}"#, "metadata"
      ),
    ]
    for (text, word) in wrong {
      try put(checksum: text)
      let findings = try LogVerification.checksums(store).findings
      #expect(findings.count == 1, "\(word): \(findings)")
      #expect(findings.first?.description.contains(word) == true, "\(findings)")
      #expect(findings.first?.file == "_delta_log/00000000000000000001.crc")
      #expect(findings.first?.code == .corrupt)
      #expect(TestTables.paths(try Snapshot.load(store)) == ["b", "c"])
    }
  }

  @Test(arguments: ["malformed", "", #"{"numFiles":"two"}"#, #"{"numFiles":2"#])
  func `one that cannot be read contradicts nothing`(_ text: String) throws {
    try putCommits()
    try put(checksum: text)
    let verification = try LogVerification.checksums(store)
    #expect(verification.checkedVersions.isEmpty && verification.findings.isEmpty)
    #expect(verification.unreadable == ["_delta_log/00000000000000000001.crc"])
    #expect(TestTables.paths(try Snapshot.load(store)) == ["b", "c"])
  }

  @Test(
    .enabled(if: sharedData("delta") != nil),
    arguments: [
      ("v1-single-part-struct-stats-only", 6), ("v2-json-sidecars-struct-stats-only", 6),
      ("v2-classic-parquet-struct-stats-only", 6),
    ])
  func `those of other engines agree with their tables`(_ name: String, _ count: Int) throws {
    let store = try LocalStore(root: try #require(sharedData("delta/" + name)))
    let verification = try LogVerification.checksums(store)
    #expect(verification.findings.isEmpty, "\(verification.findings)")
    #expect(verification.checkedVersions.count == count)
  }
}

extension String {
  /// With the first occurrence of `old` replaced.
  fileprivate func replacingFirst(_ old: String, _ new: String) -> String {
    guard let range = firstRange(of: old) else { return self }
    return String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
  }
}
