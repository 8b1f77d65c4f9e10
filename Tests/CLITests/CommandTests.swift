import Foundation
import TestSupport
import Testing

@Suite("The grebe command") struct CommandTests {
  static let commands = [
    "convert", "query", "head", "schema", "describe", "history", "diff", "files", "inspect",
    "compact", "delete", "alter", "checkpoint", "restore", "vacuum", "verify",
  ]

  @Test(arguments: commands) func `the help is as it was, with an example:`(_ command: String)
    throws
  {
    let help = try runGrebe([command, "--help"])
    #expect(help.status == 0)
    #expect(help.errors == "")
    #expect(help.output.contains("EXAMPLE:\n  grebe \(command) "))
    #expect(try matchesSnapshot(help.output, "help-\(command)"), "\(help.output)")
  }

  @Test(arguments: commands) func `no line of the help is wrapped twice, no example once:`(
    _ command: String
  ) throws {
    let help = try runGrebe([command, "--help"], columns: 300).output
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
    let end = try #require(lines.firstIndex { $0.hasPrefix("USAGE:") })
    for index in 1..<end where lines[index].count > 79 {
      // A paragraph in one line, which the parser wraps.
      #expect(lines[index - 1].isEmpty && lines[index + 1].isEmpty, "\(lines[index])")
    }
  }

  @Test(arguments: [
    ["convert", "-", "--into", "t", "--on-new-column", "add"], ["compact", "t"],
    ["compact", "t", "--dry-run"], ["alter", "t", "--set", "k=v", "--dry-run"],
    ["alter", "t", "--add-column", "m INT"], ["delete", "t", "--where", "n = 1"],
    ["restore", "t", "--to", "0"], ["checkpoint", "t"], ["vacuum", "t"], ["verify", "t"],
    ["query", "SELECT n FROM 't'"], ["convert", "--replay-quarantine", "t"],
  ]) func `without notes there is still the report:`(_ arguments: [String]) throws {
    let folder = TemporaryDirectory()
    for _ in 0..<2 {
      _ = try runGrebe(["convert", "-", "--into", "t"], input: "n\n1\n", in: folder.path)
    }
    let outcome = try runGrebe(arguments + ["-q"], input: "n,o,o\n1,2,3\n", in: folder.path)
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
    #expect(outcome.output != "")
  }

  @Test func `the overview lists every command`() throws {
    let help = try runGrebe(["--help"])
    #expect(help.status == 0)
    for command in Self.commands { #expect(help.output.contains("  \(command)")) }
    #expect(try matchesSnapshot(help.output, "help"), "\(help.output)")
  }

  @Test(arguments: [
    (["convert"], 64), (["nothing"], 64), (["query", "SELECT FROM"], 64),
    (["head", "nowhere"], 66), (["convert", "nowhere.csv", "--into", "t"], 66),
    (["query", "SELECT * FROM 'nowhere'"], 66), (["compact", "nowhere"], 66),
    (["checkpoint", "nowhere"], 66), (["checkpoint", "t@v1"], 64),
    (["restore", "nowhere", "--to", "1"], 66), (["vacuum", "nowhere"], 66),
    (["verify", "nowhere"], 66), (["restore", "t"], 64), (["restore", "t", "--to", "soon"], 64),
    (["restore", "t@v1", "--to", "0"], 64), (["vacuum", "t@v1"], 64),
    (["vacuum", "t", "--retain", "7"], 64), (["verify", "t@v1", "--repair"], 64),
    (["convert", "x.csv", "--into", "t", "--compression", "rar"], 64),
    (["convert", "x.csv", "--into", "t", "--parquet-profile", "fast"], 64),
    (["compact", "t", "--compression", "zstd:99"], 64),
    (["head", "t", "--version", "1", "--timestamp", "2026-01-01"], 64),
    (["query", "SELECT 1 FROM 't'", "--version", "1", "--timestamp", "2026-01-01"], 64),
    (["query", "SELECT 1 FROM 't@v1'", "--version", "1"], 64),
    (["query", "SELECT 1 FROM 't' VERSION AS OF 1", "--version", "1"], 64),
    (["convert", "--replay-quarantine", "t", "--schema", "n INT"], 64),
    (["convert", "--replay-quarantine", "t", "--on-type-conflict", "widen"], 64),
  ]) func `a failure is one line, perhaps with a hint, and a status:`(
    _ arguments: [String], _ status: Int
  ) throws {
    let folder = TemporaryDirectory()
    let outcome = try runGrebe(arguments, in: folder.path)
    #expect(outcome.status == Int32(status))
    #expect(outcome.output == "")
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.first?.hasPrefix("grebe: error: ") == true, "\(outcome.errors)")
    #expect(
      lines.count == 1 || lines.count == 2 && lines[1].hasPrefix("hint: "), "\(outcome.errors)")
  }

  @Test(arguments: ["-1", "abc", "1.5", "99999999999999999999", "--format"])
  func `what is no version is named, with how to find one:`(_ version: String) throws {
    for command in [["head", "t"], ["schema", "t"], ["query", "SELECT n FROM 't'"]] {
      let outcome = try runGrebe(command + ["--version", version])
      #expect(outcome.status == 64 && outcome.output == "")
      #expect(
        outcome.errors
          == "grebe: error: The value '\(version)' is invalid for '--version <version>': "
          + "versions are numbers from 0 on; `grebe history` lists them\n"
          + "hint: see grebe \(command[0]) --help\n")
    }
  }

  @Test func `a query reads the version that an option says`() throws {
    let folder = TemporaryDirectory()
    for n in 1...2 {
      _ = try runGrebe(["convert", "-", "--into", "t"], input: "n\n\(n)\n", in: folder.path)
    }
    for (options, sum) in [([], 3), (["--version", "0"], 1), (["--version", "1"], 3)] {
      let outcome = try runGrebe(
        ["query", "SELECT sum(n) AS n FROM 't'", "--format", "csv"] + options, in: folder.path)
      #expect(outcome.output == "n\n\(sum)\n", "\(outcome.errors)")
    }
    let early = try runGrebe(
      ["query", "SELECT n FROM 't'", "--timestamp", "2001-01-01"], in: folder.path)
    #expect(early.status == 66, "\(early.errors)")
  }

  @Test func `a table is made, asked, appended to and compacted`() throws {
    let folder = TemporaryDirectory()
    func grebe(_ arguments: String..., input: String = "") throws -> String {
      let outcome = try runGrebe(arguments, input: input, in: folder.path)
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
      return outcome.output
    }
    _ = try grebe("convert", "-", "--into", "t", input: "k,n\na,1\nb,2\n")
    _ = try grebe("convert", "-", "--into", "t", input: "k,n\na,10\nc,\n")
    #expect(
      try grebe("query", "SELECT k, sum(n) AS s FROM 't' GROUP BY k ORDER BY k", "--format", "csv")
        == "k,s\na,11\nb,2\nc,\n")
    #expect(
      try grebe("query", "SELECT count(*) AS n FROM 't' VERSION AS OF 0", "--format", "json")
        == "[\n  {\"n\":2}\n]\n")
    #expect(try grebe("head", "t@v0", "-n", "1", "--format", "ndjson") == "{\"k\":\"a\",\"n\":1}\n")
    _ = try grebe("compact", "t")
    #expect(try grebe("files", "t").split(separator: "\n").count == 3)
    #expect(
      try grebe("query", "SELECT * FROM 't' ORDER BY k, n", "--format", "markdown")
        == "| k | n |\n| --- | ---: |\n| a | 1 |\n| a | 10 |\n| b | 2 |\n| c |  |\n")
  }

  @Test func `a pipe is read once, as standard input is, and two of them are two sources`() throws {
    let folder = TemporaryDirectory()
    for name in ["p", "q"] {
      let path = folder.path + "/" + name
      // SAFETY: the path is a zero-terminated string for the length of the call.
      #expect(unsafe mkfifo(path, 0o600) == 0)
      Thread.detachNewThread {
        let pipe = FileHandle(forWritingAtPath: path)
        pipe?.write(Data("id,name\n1,\(name)\n".utf8))
        try? pipe?.close()
      }
    }
    let outcome = try runGrebe(
      ["convert", "p", "q", "--into", "t", "--format", "json"], in: folder.path)
    #expect(outcome.output.contains("\"rows_written\": 2"), "\(outcome.output)")
  }

  @Test func `a checkpoint says what it holds, and the table needs nothing older`() throws {
    let folder = TemporaryDirectory()
    for version in 0...2 {
      _ = try runGrebe(["convert", "-", "--into", "t"], input: "n\n\(version)\n", in: folder.path)
    }
    let done = try runGrebe(["checkpoint", "t"], in: folder.path)
    #expect(done.status == 0, "\(done.errors)")
    #expect(done.output.hasPrefix("t: classic checkpoint of version 2, 3 files and 0 tombstones, "))
    #expect(done.output.split(separator: "\n").count == 1)
    let json = try runGrebe(["checkpoint", "t", "--format", "json"], in: folder.path)
    for part in [
      "\"version\": 2", "\"kind\": \"classic\"", "\"files\": 3", "\"tombstones\": 0",
      "\"sidecars\": 0", "\"log_files_removed\": 0",
      "\"path\": \"_delta_log/00000000000000000002.checkpoint.parquet\"",
    ] { #expect(json.output.contains(part), "\(json.output)") }
    for version in 0...2 {
      try FileManager.default.removeItem(
        atPath: folder.path + "/t/_delta_log/0000000000000000000\(version).json")
    }
    let rows = try runGrebe(
      ["query", "SELECT n FROM 't' ORDER BY n", "--format", "csv"], in: folder.path)
    #expect(rows.output == "n\n0\n1\n2\n")
  }

  @Test func `a result goes to a file, complete or not at all`() throws {
    let folder = TemporaryDirectory()
    _ = try runGrebe(["convert", "-", "--into", "t"], input: "n\n1\n2\n", in: folder.path)
    let saved = try runGrebe(
      ["query", "SELECT n * 2 AS m FROM 't'", "--format", "parquet", "-o", "out.parquet"],
      in: folder.path)
    #expect(saved.status == 0)
    #expect(folder.names().contains("out.parquet"))
    let again = try runGrebe(["head", "out.parquet", "--format", "csv"], in: folder.path)
    #expect(again.output == "m\n2\n4\n")
    let failed = try runGrebe(
      ["query", "SELECT 1 / 0 FROM 't' WHERE n = CAST('x' AS INT)", "-o", "bad.csv"],
      in: folder.path)
    #expect(failed.status != 0)
    #expect(!folder.names().contains { $0.contains("bad.csv") })
  }

  @Test func `JSON is one document, or nothing where the query fails half way`() throws {
    let folder = TemporaryDirectory()
    let count = 200_000
    let numbers = (0..<count).map { "\($0)\n" }.joined()
    _ = try runGrebe(["convert", "-", "--into", "t"], input: "n\n" + numbers, in: folder.path)
    // Past what is held in memory.
    let whole = try runGrebe(
      ["query", "SELECT n, 'twenty characters 20' AS s FROM 't'", "--format", "json"],
      in: folder.path)
    let rows = try JSONSerialization.jsonObject(with: Data(whole.output.utf8)) as? [[String: Any]]
    #expect(rows?.count == count && rows?.last?["n"] as? Int == count - 1)
    let late = "SELECT CAST(CASE WHEN n = \(count - 1) THEN 'x' ELSE '1' END AS INT) AS n FROM 't'"
    let failed = try runGrebe(["query", late, "--format", "json"], in: folder.path)
    #expect(failed.status == 65 && failed.output == "")
    #expect(failed.errors.hasPrefix("grebe: error: cannot read 'x'"), "\(failed.errors)")
  }

  @Test func `a rewritten file stores its columns as its source does`() throws {
    let folder = TemporaryDirectory()
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "Fixtures/parquet-nested/pyarrow-rare-types.parquet").path
    let outcome = try runGrebe(
      ["query", "SELECT * FROM '\(source)'", "-o", "out.parquet"], in: folder.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    func schema(_ file: String) throws -> Substring {
      let text = try runGrebe(["inspect", file], in: folder.path).output
      let start = try #require(text.range(of: "\nschema\n")).upperBound
      return text[start...].split(separator: "\n\n")[0]
    }
    #expect(try schema("out.parquet") == schema(source))
  }

  @Test func `a saved column that is the source's allows no nulls where that allows none`() throws {
    let folder = TemporaryDirectory()
    _ = try runGrebe(
      ["convert", "-", "--into", "t", "--schema", "n BIGINT NOT NULL, s STRING"],
      input: "n,s\n1,a\n2,\n", in: folder.path)
    func save(_ select: String, _ file: String) throws -> String {
      let saved = try runGrebe(["query", select, "-o", file], in: folder.path)
      #expect(saved.status == 0, "\(saved.errors)")
      return try runGrebe(["inspect", file], in: folder.path).output
    }
    let fromTable = try save("SELECT * FROM 't'", "a.parquet")
    #expect(fromTable.contains("required INT64 n"), "\(fromTable)")
    #expect(fromTable.contains("optional BYTE_ARRAY s"), "\(fromTable)")
    let fromFile = try save(
      "SELECT s, n AS k, n + 1 AS m FROM 'a.parquet' WHERE n > 0 ORDER BY n", "b.parquet")
    #expect(fromFile.contains("required INT64 k"), "\(fromFile)")
    #expect(fromFile.contains("optional INT64 m"), "\(fromFile)")
    let groups = try save(
      "SELECT n, max(n) AS m FROM 't' GROUP BY n", "c.parquet")
    #expect(groups.contains("required INT64 n"), "\(groups)")
    #expect(groups.contains("optional INT64 m"), "\(groups)")
  }

  @Test func `a file's schema, rows and insides are shown`() throws {
    let folder = TemporaryDirectory()
    func grebe(_ arguments: String...) throws -> String {
      let outcome = try runGrebe(arguments, in: folder.path)
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
      return outcome.output
    }
    _ = try runGrebe(["convert", "-", "--into", "t"], input: "k,s\n1,a\n2,\n", in: folder.path)
    _ = try grebe("head", "t", "--format", "parquet", "-o", "f.parquet")
    #expect(
      try grebe("schema", "f.parquet")
        == "column  type     nullable  partition\n------  -------  --------  ---------\n"
        + "k       integer  yes\ns       string   yes\n")
    #expect(try grebe("schema", "f.parquet", "--format", "json").contains("\"version\": null"))
    let text = try grebe("inspect", "f.parquet", "--pages")
    for part in ["optional BYTE_ARRAY s (STRING)", "row group 0: 2 rows", "zstd", "column,offset"] {
      #expect(text.contains(part), "\(text)")
    }
    let json = try grebe("inspect", "f.parquet", "--format", "json")
    #expect(json.contains("\"rows\": 2") && json.contains("\"min\": 1"))
    #expect(try runGrebe(["head", "f.parquet@v1"], in: folder.path).status == 64)
    #expect(try runGrebe(["inspect", "t"], in: folder.path).status == 66)
    #expect(
      try runGrebe(["inspect", "t/_delta_log/00000000000000000000.json"], in: folder.path).status
        == 65)
  }

  @Test(arguments: [
    (["query", "SELECT * FROM 'no.parquet'"], "no such file (no.parquet)", 66),
    (["head", "no.parquet"], "no such file (no.parquet)", 66),
    (["schema", "no.csv"], "no such file (no.csv)", 66),
    (["query", "SELECT * FROM 't/*.parquet'"], "no such file (t/*.parquet)", 66),
    (["describe", "f.parquet"], "a Parquet file, not a table (f.parquet)", 66),
    (["history", "f.parquet"], "a Parquet file, not a table (f.parquet)", 66),
    (["files", "f.parquet"], "a Parquet file, not a table (f.parquet)", 66),
    (["compact", "f.parquet"], "a Parquet file, not a table (f.parquet)", 66),
    (["describe", "x.csv"], "a file, not a table (x.csv)", 66),
    (["head", "."], "there is no Delta table here (.)", 66),
    (["schema", "t/.."], "there is no Delta table here (t/..)", 66),
    (["inspect", "."], "a directory, not a file (.)", 66),
    (["inspect", "t"], "a directory, not a file (t)", 66),
    (["inspect", "no.parquet"], "no such file (no.parquet)", 66),
    (["head", "t@v7"], "the table has no version 7 (t)", 66),
  ]) func `what is not there, or is of another kind, is called so:`(
    _ arguments: [String], _ message: String, _ status: Int
  ) throws {
    let folder = TemporaryDirectory()
    _ = try runGrebe(["convert", "-", "--into", "t"], input: "n\n1\n", in: folder.path)
    _ = try runGrebe(["head", "t", "--format", "parquet", "-o", "f.parquet"], in: folder.path)
    _ = try runGrebe(["head", "t", "--format", "csv", "-o", "x.csv"], in: folder.path)
    let outcome = try runGrebe(arguments, in: folder.path)
    #expect(outcome.status == Int32(status))
    #expect(outcome.errors.split(separator: "\n").first ?? "" == "grebe: error: " + message)
  }

  @Test(arguments: [
    ("SELECT CAST(s AS int) FROM 't'", "cannot read 'x' as integer", 65),
    ("SELECT n FROM 't' WHERE CAST(s AS int) = 1", "cannot read 'x' as integer", 65),
    ("SELECT sum(CAST(s AS int)) FROM 't'", "cannot read 'x' as integer", 65),
    ("SELECT n FROM 't' ORDER BY CAST(s AS int)", "cannot read 'x' as integer", 65),
    ("SELECT sum(n) FROM 't'", "a sum, ", 65), ("SELECT n * 2 FROM 't'", "", 65),
    ("SELECT CAST('x' AS int) FROM 't'", "cannot read 'x' as integer", 64),
    ("SELECT upper(n, s) FROM 't'", "", 64),
  ]) func `the data's faults and the query's have a status each:`(
    _ sql: String, _ message: String, _ status: Int
  ) throws {
    let folder = TemporaryDirectory()
    let dump = "n,s\n9223372036854775807,1\n9223372036854775806,x\n"
    _ = try runGrebe(["convert", "-", "--into", "t"], input: dump, in: folder.path)
    let outcome = try runGrebe(["query", sql], in: folder.path)
    #expect(outcome.status == Int32(status), "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("grebe: error: " + message), "\(outcome.errors)")
  }

  @Test func `a data file that is gone is named, with its table`() throws {
    let folder = TemporaryDirectory()
    _ = try runGrebe(["convert", "-", "--into", "t"], input: "n\n1\n", in: folder.path)
    let files = try runGrebe(["files", "t"], in: folder.path).output
    let file = String(files.split(separator: "\n")[2].split(separator: " ")[0])
    try FileManager.default.removeItem(atPath: "\(folder.path)/t/\(file)")
    let outcome = try runGrebe(["query", "SELECT * FROM 't'"], in: folder.path)
    #expect(outcome.status == 65)
    #expect(
      outcome.errors.hasPrefix("grebe: error: a file of the table is missing (t/\(file))"),
      "\(outcome.errors)")
    #expect(outcome.errors.contains("hint: the table is damaged"))
  }

  @Test(arguments: [
    ("out.csv", "n\n1\n"), ("out.JSON", "[\n  {\"n\":1}\n]\n"), ("out.ndjson", "{\"n\":1}\n"),
    ("out.jsonl", "{\"n\":1}\n"), ("out.md", "| n |\n| ---: |\n| 1 |\n"),
    ("out.txt", "n\n-\n1\n"), ("out.parquet", "PAR1"),
  ]) func `an output's ending chooses the format:`(_ name: String, _ text: String) throws {
    let folder = TemporaryDirectory()
    let sql = "SELECT 1 AS n"
    #expect(try runGrebe(["query", sql, "-o", name], in: folder.path).status == 0)
    func written() throws -> String {
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)"))
      return String(decoding: data, as: UTF8.self)
    }
    #expect(try written().hasPrefix(text))
    #expect(
      try runGrebe(["query", sql, "-o", name, "--format", "csv"], in: folder.path).status == 0)
    #expect(try written() == "n\n1\n")
  }

  @Test(arguments: ["csv", "out.xlsx", "v1.0/out"])
  func `an output whose ending says nothing needs a format:`(_ name: String) throws {
    let folder = TemporaryDirectory()
    let query = ["query", "SELECT 1 AS n", "-o", name]
    let refused = try runGrebe(query, in: folder.path)
    #expect(refused.status == 64 && folder.names().isEmpty)
    for words in ["--output \(name) has no ending", ".parquet", "--format"] {
      #expect(refused.errors.contains(words), "\(refused.errors)")
    }
    if !name.contains("/") {
      #expect(try runGrebe(query + ["--format", "table"], in: folder.path).status == 0)
      #expect(folder.names() == [name])
    }
  }

  @Test(arguments: [
    (["load", "--help"], "convert"), (["help", "qeury"], "query"), (["optimize"], "compact"),
    (["verfy", "-h"], "verify"),
  ]) func `a word that is no command is an error, with the nearest one, help or not:`(
    _ words: [String], _ command: String
  ) throws {
    let outcome = try runGrebe(words)
    #expect(outcome.status == 64 && outcome.output == "")
    #expect(outcome.errors.contains("grebe: error: no command \""))
    #expect(outcome.errors.contains("hint: did you mean \"\(command)\"?"), "\(outcome.errors)")
  }

  @Test(arguments: [
    ["--compression", "zstd"], ["--parquet-profile", "modern"], ["--bloom-filter", "n"],
  ]) func `an option of Parquet is refused for another format:`(_ option: [String]) throws {
    let folder = TemporaryDirectory()
    let query = ["query", "SELECT 1 AS n"] + option
    let refused = try runGrebe(query + ["-o", "o.csv"], in: folder.path)
    #expect(refused.status == 64)
    #expect(
      refused.errors.hasPrefix("grebe: error: \(option[0]) is for Parquet, and the result is csv"))
    #expect(try runGrebe(query, in: folder.path).status == 64)
    #expect(try runGrebe(query + ["-o", "o.parquet"], in: folder.path).status == 0)
  }

  @Test func `an unknown command is named, with one like it`() throws {
    #expect(
      try runGrebe(["describ", "x"]).errors
        == "grebe: error: no command \"describ\"\nhint: did you mean \"describe\"?\n")
    #expect(try runGrebe(["frobnicate"]).errors.contains("hint: there are: convert, query, "))
    #expect(try runGrebe(["--frob"]).errors.contains("see grebe --help"))
  }

  @Test func `a table is found by a relative path`() throws {
    let folder = TemporaryDirectory()
    _ = try runGrebe(["convert", "-", "--into", "t"], input: "n\n1\n", in: folder.path)
    for (path, directory) in [(".", "/t"), ("./", "/t"), ("..", "/t/_delta_log"), ("t/.", "")] {
      let rows = try runGrebe(["head", path, "--format", "csv"], in: folder.path + directory)
      #expect(rows.output == "n\n1\n", "\(path): \(rows.errors)")
      let schema = try runGrebe(["schema", path], in: folder.path + directory)
      #expect(schema.status == 0, "\(path): \(schema.errors)")
    }
  }

  @Test(arguments: ["json", "ndjson", "parquet"])
  func `two results of one name are refused as`(_ format: String) throws {
    let folder = TemporaryDirectory()
    let outcome = try runGrebe(
      ["query", "SELECT 1 AS a, 2 AS a", "--format", format, "-o", "out"], in: folder.path)
    #expect(outcome.status == 64)
    #expect(
      outcome.errors
        == "grebe: error: the result has two columns \"a\"\n"
        + "hint: give one of them another name with AS\n")
    #expect(folder.names().isEmpty)
    #expect(
      try runGrebe(["query", "SELECT 1 AS a, 2 AS a", "--format", "csv"]).output == "a,a\n1,2\n")
  }

  @Test func `a very long cell is cut in a table for people, and in no other format`() throws {
    let folder = TemporaryDirectory()
    let long = String(repeating: "é", count: 5000)
    let query = "SELECT '\(long)' AS s"
    let text = try runGrebe(["query", query], in: folder.path).output
    #expect(text.hasSuffix("\n" + String(repeating: "é", count: 4000) + "… (10000 bytes)\n"))
    #expect(try runGrebe(["query", query, "--format", "csv"]).output == "s\n\(long)\n")
    let fits = String(repeating: "é", count: 4000)
    #expect(try runGrebe(["query", "SELECT '\(fits)' AS s"]).output.hasSuffix("\n\(fits)\n"))
  }

  @Test func `cells keep what they are in every format`() throws {
    let folder = TemporaryDirectory()
    let dump =
      "s,d,x,b\n\"a,\"\"b\"\"\",1.5,2026-01-02,true\n\"\",,,\n"
      + "\"line\nbreak\",-0.25,1969-12-31,false\n"
    _ = try runGrebe(
      ["convert", "-", "--into", "t", "--type", "s=string"], input: dump, in: folder.path)
    func rows(_ format: String) throws -> String {
      try runGrebe(["query", "SELECT * FROM 't'", "--format", format], in: folder.path).output
    }
    #expect(try rows("csv").hasPrefix("s,d,x,b\n\"a,\"\"b\"\"\",1.5,2026-01-02,true\n"))
    #expect(try rows("csv").hasSuffix("\"line\nbreak\",-0.25,1969-12-31,false\n"))
    #expect(
      try rows("ndjson").hasPrefix(
        #"{"s":"a,\"b\"","d":1.5,"x":"2026-01-02","b":true}"# + "\n"))
    #expect(
      try rows("ndjson").hasSuffix(
        #"{"s":"line\nbreak","d":-0.25,"x":"1969-12-31","b":false}"# + "\n"))
    #expect(try rows("json").hasPrefix("[\n  {\"s\":") && rows("json").hasSuffix("}\n]\n"))
  }

  @Test func `the memory of whoever runs a conversion is not in its report`() throws {
    let folder = TemporaryDirectory()
    let heldBytes = 300 << 20
    let held = [UInt8](repeating: 1, count: heldBytes)
    let outcome = try withExtendedLifetime(held) {
      try runGrebe(
        ["convert", "-", "--into", "t", "--format", "json"], input: "n\n1\n", in: folder.path)
    }
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let peak = try #require(report["peak_memory_bytes"] as? Int)
    #expect(peak > 1 << 20 && peak < heldBytes / 2)
  }
}
