import Foundation
import TestSupport
import Testing

@Suite("The grebe command: convert") struct ConvertTests: FolderSuite {
  let folder = TemporaryDirectory()

  private func report(_ outcome: Outcome) throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(json as? [String: Any])
  }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
  }

  @Test func `a file is not watched`() throws {
    try write("a.csv", "n\n1\n")
    let refused = try grebe("convert", "--watch", "a.csv", "--into", "t", status: 64)
    let lines = refused.errors.split(separator: "\n")
    #expect(lines.first == "grebe: error: a file, not a directory to watch (a.csv)")
    #expect(lines.count == 2 && lines[1].hasPrefix("hint: "), "\(refused.errors)")
    #expect(folder.names() == ["a.csv"])
  }

  @Test(arguments: [
    ["--watch-interval", "1"], ["--settle-seconds=0"], ["--batch-bytes", "1MB"],
    ["--batch-files", "9"], ["--batch-rows=5"], ["--batch-seconds", "1"],
  ]) func `what says how to watch is refused where nothing is watched:`(
    _ useless: [String]
  ) throws {
    let refused = try runGrebe(
      ["convert", "a.csv", "--into", "t"] + useless, in: folder.path)
    let option = useless[0].prefix { $0 != "=" }
    #expect(refused.status == 64)
    #expect(
      refused.errors.hasPrefix("grebe: error: \(option) goes with --watch\nhint: "),
      "\(refused.errors)")
  }

  @Test(arguments: [
    ["--watch-interval", "1"], ["--batch-rows=5"], ["--settle-seconds", "0"], ["--into", "u"],
    ["--batch-files", "9"], ["--watch", "d"], ["--dry-run"], ["--null", "x"], ["--mode", "append"],
    ["--header=auto"], ["--type", "n=INT"], ["--force"], ["--reload-changed"], ["--sort-by", "n"],
  ]) func `a replay of the quarantine refuses what means nothing there:`(
    _ useless: [String]
  ) throws {
    let refused = try runGrebe(["convert", "--replay-quarantine", "t"] + useless, in: folder.path)
    let option = useless[0].prefix { $0 != "=" }
    #expect(refused.status == 64)
    #expect(
      refused.errors.hasPrefix(
        "grebe: error: --replay-quarantine goes without \(option)\nhint: "), "\(refused.errors)")
  }

  @Test(arguments: [
    (["--type", "n=INT", "--type", "N=STRING"], "the column is declared as integer too"),
    (["--json-records", "array"], "no source is JSON (--json-records)"),
  ])
  func `options that contradict each other or the sources are refused:`(
    _ options: [String], _ message: String
  ) throws {
    try write("a.csv", "n\n1\n")
    let refused = try runGrebe(["convert", "a.csv", "--into", "t"] + options, in: folder.path)
    #expect(refused.status == 64)
    #expect(refused.errors.hasPrefix("grebe: error: \(message)"), "\(refused.errors)")
    #expect(folder.names() == ["a.csv"])
  }

  @Test func `a type may be said twice, and lines may be told to be no comments`() throws {
    try write("a.csv", "n,m\n#1,2\n# 3,4\n")
    let text = try grebe(
      "convert", "a.csv", "--into", "t", "--comment", "none", "--type", "m=INT", "--type", "M=int"
    ).output
    #expect(text.contains("2 rows"), "\(text)")
    _ = try grebe("convert", "-", "--into", "t2", "--json-records", "lines", input: "{\"n\":1}\n")
  }

  @Test func `a replay of the quarantine takes what it can follow`() throws {
    _ = try grebe("convert", "-", "--into", "t", input: "n\n1\n")
    _ = try grebe(
      "convert", "--replay-quarantine=t", "--on-new-column", "ignore", "--on-type-conflict=fail",
      "--on-bad-row", "quarantine", "--max-bad-rows", "9", "--target-file-size", "64MB",
      "--compression", "zstd", "--parquet-profile", "standard", "--bloom-filter", "n",
      "--user-metadata", "x", "--format", "json", "--threads", "1", "--memory", "64MiB",
      "--progress", "never", "-q", "--verbose")
    _ = try grebe("convert", "--quiet", "--replay-quarantine", "t")
  }

  @Test func `a replay of the quarantine says which rows stay, and why`() throws {
    try write("a.csv", "n,m\n1,x\n2\n3,y\n4,4\n")
    _ = try grebe(
      "convert", "a.csv", "--into", "t", "--schema", "n INT, m INT", "--on-bad-row", "quarantine")
    let text = try grebe("convert", "--replay-quarantine", "t").output
    #expect(
      text.hasSuffix(
        "3 left\n"
          + "left: 2 rows, invalid_value; first: \"x\" in column m is not a valid integer "
          + "(a.csv: line 2)\n"
          + "left: 1 row, too_few_fields; first: 1 field where 2 are expected: \"2\" "
          + "(a.csv: line 3)\n"),
      "\(text)")
    let json = try report(try grebe("convert", "--replay-quarantine", "t", "--format", "json"))
    let reasons = try #require(json["left_reasons"] as? [[String: Any]])
    #expect(reasons.map { $0["reason"] as? String } == ["invalid_value", "too_few_fields"])
    #expect(reasons.map { $0["rows"] as? Int } == [2, 1])
    let first = try #require(reasons[0]["first"] as? [String: Any])
    #expect(first["source"] as? String == "a.csv" && first["line"] as? Int == 2)
    #expect(first["column"] as? String == "m")
  }

  @Test func `a reload says what it took out of quarantine`() throws {
    let again = [
      "convert", "a.csv", "--into", "t", "--reload-changed", "--on-bad-row", "quarantine",
    ]
    try write("a.csv", "n\n1\nx\ny\n")
    _ = try runGrebe(again + ["--schema", "n INT"], in: folder.path)
    try write("a.csv", "n\n1\n2\nlast\n")
    let text = try runGrebe(again, in: folder.path).output
    #expect(text.contains("\ncleared: 2 rows of reloaded sources out of quarantine\n"), "\(text)")
    try write("a.csv", "n\n1\n2\n3\n")
    let json = try report(try runGrebe(again + ["--format", "json"], in: folder.path))
    #expect(json["rows_cleared"] as? Int == 1)
    let replay = try grebe("convert", "--replay-quarantine", "t").output
    #expect(replay == "t: version 2, 0 rows of 0 in quarantine loaded, 0 left\n")
  }

  @Test func `notes are in the report too, of a load and of one to come`() throws {
    try write("a.csv", "n,a b\n")
    let convert = ["convert", "a.csv", "--into", "t"]
    let notes = [
      "Spark cannot write tables with column names such as \"a b\"",
      "a.csv has no rows that would tell types: n, a b are strings; "
        + "--type or --schema names others; --header no takes the header for a row",
    ]
    let text = notes.map { "note: " + $0 + "\n" }.joined()
    let dry = try runGrebe(convert + ["--dry-run"], in: folder.path)
    #expect(dry.output.contains("\n" + text + "first rows:\n"), "\(dry.output)")
    let dryJSON = try report(
      try runGrebe(convert + ["--dry-run", "--format", "json"], in: folder.path))
    #expect(dryJSON["notes"] as? [String] == notes)
    let json = try runGrebe(convert + ["--format", "json"], in: folder.path)
    #expect(try report(json)["notes"] as? [String] == notes)
    #expect(json.errors == text)
    let again = try runGrebe(convert + ["--format", "json", "--force"], in: folder.path)
    #expect(try report(again)["notes"] as? [String] == [notes[0]])
  }

  @Test func `how sources are written is told where it is a guess, of a load and of one to come`()
    throws
  {
    try write("a.csv", "sep=;\n// made today\nA list\n\nQ1;;Q2;\nn;m;n;m\n1;2;3;4\n5;6;7;8\n")
    try write("b.csv", "Q1_n,Q1_m,Q2_n,Q2_m\n1,2,3,4\n")
    try write("c.csv", "9,8,7,6\n")
    try write("d.csv", "1,1,1,1\n")
    try write("e.csv", "x;y\nu;v\n")
    let convert = ["convert", "a.csv", "b.csv", "c.csv", "d.csv", "e.csv", "--into", "t"]
    let notes = [
      "b.csv is not written like a.csv: delimiter ','; the same goes for 2 more sources",
      "e.csv has no column of a.csv: it has x, y",
      "a.csv has lines before the table that are no rows: one names the delimiter, 1 comment, "
        + "1 record of a preamble",
      "the header of a.csv is 2 lines",
      "c.csv has no header: its columns are, by position, Q1_n, Q1_m, Q2_n, Q2_m; "
        + "the same goes for 1 more source",
    ]
    let text = notes.map { "note: " + $0 + "\n" }.joined()
    let dry = try runGrebe(convert + ["--dry-run"], in: folder.path)
    #expect(dry.output.contains("\n" + text + "first rows:\n"), "\(dry.output)\(dry.errors)")
    let json = try runGrebe(convert + ["--format", "json"], in: folder.path)
    #expect(try report(json)["notes"] as? [String] == notes)
    #expect(try report(json)["rows_written"] as? Int == 6)
    #expect(json.errors == text)
  }

  @Test func `a header that is a name short is told`() throws {
    try write("a.csv", "date,amount\n2024-01-01,1,50\n2024-01-02,2,75\n")
    let outcome = try runGrebe(["convert", "a.csv", "--into", "t"], in: folder.path)
    let note =
      "the header of a.csv is a name short: it is taken to name all fields but the first; "
      + "--header yes --ragged pad takes it to lack the last"
    #expect(outcome.errors == "note: \(note)\n")
  }

  @Test func `members of a JSON object beside its rows are told`() throws {
    let rows = (0..<20).map { "{\"id\":\($0),\"name\":\"row \($0)\"}" }.joined(separator: ",")
    try write("a.json", "{\"rows\":[" + rows + "],\"next\":7}")
    let outcome = try runGrebe(["convert", "a.json", "--into", "t"], in: folder.path)
    #expect(
      outcome.errors == "note: the rows of a.json are one member of its object; others, such as "
        + "\"next\", are left out\n")
    #expect(outcome.output.contains("20 rows"))
  }

  @Test func `columns that are renamed and added are listed, and those that would be`() throws {
    try write("a.csv", "n,n,m\n1,2,3\n")
    try write("b.csv", "n,m,o,o\n1,2,x,4\n")
    let first = try report(
      try grebe("convert", "a.csv", "--into", "t", "--format", "json"))
    let renamed = try #require(first["renamed_columns"] as? [[String: String]])
    #expect(renamed == [["source": "a.csv", "header": "n", "name": "n_1"]])
    #expect(first["added_columns"] as? [[String: String]] == [])
    let second = ["convert", "b.csv", "--into", "t", "--on-new-column", "add"]
    let added = [["name": "o", "type": "string"], ["name": "o_1", "type": "integer"]]
    let dry = try runGrebe(second + ["--dry-run"], in: folder.path)
    #expect(dry.output.contains("\nadded: o string, o_1 integer\n"), "\(dry.output)")
    for arguments in [second + ["--dry-run"], second] {
      let json = try report(try runGrebe(arguments + ["--format", "json"], in: folder.path))
      #expect(json["added_columns"] as? [[String: String]] == added)
      #expect(
        json["renamed_columns"] as? [[String: String]]
          == [["source": "b.csv", "header": "o", "name": "o_1"]])
    }
    try write("c.json", "{\"n\":1,\"p\":{\"q\":true}}\n")
    let json = try grebe(
      "convert", "c.json", "--into", "t", "--on-new-column", "add", "--dry-run", "--format", "json")
    #expect(
      try report(json)["added_columns"] as? [[String: String]]
        == [["name": "p", "type": "struct<q:boolean>"]])
    let over = try grebe("convert", "b.csv", "--into", "t", "--mode", "overwrite", "--dry-run")
    #expect(!over.output.contains("\nadded: "), "\(over.output)")
  }
}
