import Foundation
import TestSupport
import Testing

@Suite("The grebe command: restore, vacuum, verify") struct KeepTests: FolderSuite {
  let folder = TemporaryDirectory()

  private func json(_ outcome: Outcome) throws -> [String: Any] {
    let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(document as? [String: Any])
  }

  /// Versions 0 and 1, and an overwrite as version 2.
  private func create() throws {
    _ = try grebe("convert", "-", "--into", "t", input: "n\n1\n")
    _ = try grebe("convert", "-", "--into", "t", input: "n\n2\n")
    _ = try grebe("convert", "-", "--into", "t", "--mode", "overwrite", input: "n\n3\n")
  }

  private func rows() throws -> String {
    try grebe("query", "SELECT n FROM 't' ORDER BY n", "--format", "csv").output
  }

  @Test func `the history tells what a load left out, replaced and added`() throws {
    func put(_ name: String, _ text: String) throws {
      try text.write(toFile: folder.path + "/" + name, atomically: true, encoding: .utf8)
    }
    func newest() throws -> String {
      try grebe("history", "t", "--limit", "1").output
    }
    try put("a.csv", "n,m\n1,2\n3\n")
    _ = try grebe("convert", "a.csv", "--into", "t", "--on-bad-row", "skip")
    let first = try newest()
    #expect(first.contains("numOutputRows 1, numFiles 1, numSkippedRows 1"))
    #expect(!first.contains("numQuarantinedRows") && !first.contains("numReplaced"))
    try put("a.csv", "n,m,note\n1,2,x\n3\n4,5,six\n")
    let report = try grebe(
      "convert", "a.csv", "--into", "t", "--on-bad-row", "quarantine", "--reload-changed",
      "--on-new-column", "add")
    #expect(report.output.contains("\nadded:   note string\n"))
    let second = try newest()
    #expect(second.contains("ADD COLUMN note string, numOutputRows 2"))
    #expect(second.contains("numQuarantinedRows 1, numReplacedFiles 1, numReplacedRows 1"))
    #expect(!second.contains("numSkippedRows"))
  }

  @Test func `a table is restored by version and by time`() throws {
    try create()
    let dry = try grebe("restore", "t", "--to", "1", "--dry-run")
    #expect(dry.output.hasPrefix("2 files ("))
    #expect(dry.output.contains("nothing was changed (--dry-run)"))
    #expect(try rows() == "n\n3\n")
    _ = try grebe("restore", "t", "--to", "v1", "--if-version", "1", status: 75)
    let report = try json(
      try grebe("restore", "t", "--to", "v1", "--if-version", "2", "--format", "json"))
    #expect(report["version"] as? Int == 3 && report["restored_version"] as? Int == 1)
    #expect(report["files_restored"] as? Int == 2 && report["files_removed"] as? Int == 1)
    #expect(try rows() == "n\n1\n2\n")
    #expect(try grebe("restore", "t", "--to", "1").output.contains("nothing to do"))
    let late = try grebe("restore", "t", "--to", "2999-01-01", status: 66)
    #expect(late.errors.contains("2999-01-01T00:00:00Z lies after the table's last version, 3 of"))
    #expect(late.errors.contains("hint: go back to a version or a time before that"))
    _ = try grebe("restore", "t", "--to", "1999-01-01", status: 66)
    _ = try grebe("restore", "t", "--to", "9", status: 66)
  }

  @Test func `a vacuum lists, guards and deletes`() throws {
    try create()
    let guarded = try grebe("vacuum", "t", "--retain", "1h", status: 64)
    #expect(guarded.errors.contains("shorter than the table's, 168 hours"))
    #expect(guarded.errors.contains("--no-retention-check"))
    #expect(try json(try grebe("vacuum", "t", "--format", "json"))["files_deleted"] as? Int == 0)
    let all = ["vacuum", "t", "--retain", "0", "--no-retention-check", "--format", "json"]
    for lite in [["--lite"], []] {
      let dry = try json(try runGrebe(all + ["--dry-run"] + lite, in: folder.path))
      #expect(dry["files_deleted"] as? Int == 2 && (dry["files"] as? [String])?.count == 2)
    }
    let report = try json(try runGrebe(all, in: folder.path))
    #expect(report["files_deleted"] as? Int == 2 && report["files_kept"] as? Int == 1)
    #expect(report["bytes_deleted"] as? Int ?? 0 > 0)
    #expect(try rows() == "n\n3\n")
    let gone = try grebe("restore", "t", "--to", "1", status: 66)
    #expect(gone.errors.contains("2 of its 2 files are gone"))
  }

  @Test func `a verification tells every finding and ends with 65`() throws {
    try create()
    let well = try grebe("verify", "t", "--deep")
    #expect(well.output.hasSuffix("all is well\n"))
    let log = folder.path + "/t/_delta_log/"
    let commit = URL(fileURLWithPath: log + "00000000000000000002.json")
    let text = String(decoding: try Data(contentsOf: commit), as: UTF8.self)
    try Data(text.replacingOccurrences(of: #"\"n\":3"#, with: #"\"n\":4"#).utf8).write(to: commit)
    #expect(try grebe("verify", "t").output.contains("all is well"))
    let bad = try grebe("verify", "t", "--deep", "--format", "json", status: 65)
    #expect(bad.errors.hasPrefix("grebe: error: 2 findings (t)"))
    let findings = try #require(try json(bad)["findings"] as? [[String: Any]])
    #expect(findings.count == 2 && findings.allSatisfy { $0["column"] as? String == "n" })
    _ = try grebe("verify", "t@v1", "--deep")
  }

  @Test func `a deep verification tells live rows from deleted ones`() throws {
    _ = try grebe("convert", "-", "--into", "t", input: "n\n1\n2\n3\n")
    #expect(try grebe("verify", "t", "--deep").output.hasSuffix(", 3 rows: all is well\n"))
    _ = try grebe("alter", "t", "--set", "delta.enableDeletionVectors=true")
    _ = try grebe("delete", "t", "--where", "n = 2")
    let text = try grebe("verify", "t", "--deep").output
    #expect(text.hasSuffix(", 2 rows (and 1 deleted): all is well\n"), "\(text)")
    let report = try json(try grebe("verify", "t", "--deep", "--format", "json"))
    #expect(report["rows_checked"] as? Int == 3 && report["rows_deleted"] as? Int == 1)
  }

  @Test func `what only helps readers is told of where it cannot be read, and fails not`() throws {
    try create()
    let log = folder.path + "/t/_delta_log/"
    for name in ["_last_checkpoint", "00000000000000000001.crc"] {
      try Data("{".utf8).write(to: URL(fileURLWithPath: log + name))
    }
    let well = try grebe("verify", "t")
    #expect(well.output.hasSuffix("all is well\n"))
    #expect(well.output.contains("_delta_log/_last_checkpoint cannot be read"))
    let report = try json(try grebe("verify", "t", "--format", "json"))
    #expect((report["unreadable_hints"] as? [String])?.count == 2)
  }

  @Test func `a directory with the name of a commit is refused by its name, until it is gone`()
    throws
  {
    _ = try grebe("convert", "-", "--into", "t", input: "n\n1\n")
    for version in [1, 5] {
      let name = "_delta_log/0000000000000000000\(version).json"
      let path = folder.path + "/t/" + name
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
      for command in [
        ["head", "t"], ["query", "SELECT n FROM 't'"], ["verify", "t"], ["verify", "t", "--repair"],
        ["convert", "-", "--into", "t"],
      ] {
        let outcome = try runGrebe(command, input: "n\n2\n", in: folder.path)
        #expect(outcome.status == 65 && outcome.output == "", "\(outcome.errors)")
        #expect(
          outcome.errors
            == "grebe: error: a directory has the name of a commit "
            + "(t, version \(version), \(name))\n"
            + "hint: no writer makes one: look into it, then move it out of the log\n")
      }
      try FileManager.default.removeItem(atPath: path)
      _ = try grebe("head", "t")
    }
  }

  @Test func `a newest commit of nothing but zeros is refused, and moved aside when asked for`()
    throws
  {
    for n in 0...1 { _ = try grebe("convert", "-", "--into", "t", input: "n\n\(n)\n") }
    let name = "_delta_log/00000000000000000001.json"
    let path = folder.path + "/t/" + name
    let size = try #require(FileManager.default.contents(atPath: path)).count
    try Data(count: size).write(to: URL(fileURLWithPath: path))
    for command in [
      ["head", "t"], ["query", "SELECT n FROM 't'"], ["history", "t"], ["compact", "t"],
      ["delete", "t", "--where", "n = 1"], ["convert", "-", "--into", "t"],
    ] {
      let outcome = try runGrebe(command, input: "n\n2\n", in: folder.path)
      #expect(outcome.status == 65 && outcome.output == "")
      #expect(outcome.errors.contains(name) && outcome.errors.contains("verify --repair"))
    }
    #expect(try grebe("verify", "t", status: 65).output.contains("commit_torn"))
    // Long ago, so that no writer can be at it.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: path)
    _ = try grebe("verify", "t", "--repair")
    #expect(try grebe("head", "t", "--format", "csv").output == "n\n0\n")
  }

  @Test func `a torn commit is named, and moved aside when asked for`() throws {
    try create()
    let commit = folder.path + "/t/_delta_log/00000000000000000002.json"
    try Data(Data(contentsOf: URL(fileURLWithPath: commit)).dropLast(9))
      .write(to: URL(fileURLWithPath: commit))
    #expect(try grebe("head", "t", status: 65).errors.contains("cut short"))
    let torn = try grebe("verify", "t", status: 65)
    #expect(torn.output.hasPrefix("commit_torn: "))
    #expect(torn.errors.contains("--repair"))
    _ = try grebe("verify", "t", "--repair", status: 75)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -120)], ofItemAtPath: commit)
    let repaired = try grebe("verify", "t", "--repair")
    #expect(repaired.output.hasPrefix("moved the torn commit of version 2 to _delta_log/_torn_"))
    #expect(try rows() == "n\n1\n2\n")
  }

  @Test func `a torn commit that was to create the table leaves none, and that is said`() throws {
    _ = try grebe("convert", "-", "--into", "t", input: "n\n1\n")
    let commit = folder.path + "/t/_delta_log/00000000000000000000.json"
    try Data(Data(contentsOf: URL(fileURLWithPath: commit)).prefix(50))
      .write(to: URL(fileURLWithPath: commit))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -120)], ofItemAtPath: commit)
    let repaired = try grebe("verify", "t", "--repair", status: 66)
    #expect(repaired.output.hasPrefix("moved the torn commit of version 0 to _delta_log/_torn_"))
    #expect(repaired.output.hasSuffix("\nt: no version is left\n"))
    #expect(repaired.errors.contains("load the sources again"))
    _ = try grebe("convert", "-", "--into", "t", input: "n\n1\n")
    #expect(try grebe("head", "t", "--format", "csv").output == "n\n1\n")
  }

  @Test func `a damaged commit that is not cut off stays, and what can be read is said`() throws {
    try create()
    let commit = folder.path + "/t/_delta_log/00000000000000000002.json"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: commit))
    bytes[0] = UInt8(ascii: "#")
    try bytes.write(to: URL(fileURLWithPath: commit))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -120)], ofItemAtPath: commit)
    #expect(try grebe("head", "t", status: 65).errors.contains("grebe verify says which"))
    let found = try grebe("verify", "t", "--repair", status: 65)
    #expect(found.output.hasPrefix("commit_damaged: line 1"))
    #expect(found.output.contains("version 1, as version 2 cannot be read"))
    #expect(found.errors.contains("needs its log file back, from a copy"))
    #expect(found.errors.contains("TABLE@v1 can be read"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: commit)) == bytes)
  }
}
