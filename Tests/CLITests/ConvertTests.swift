import Foundation
import TestSupport
import Testing

@Suite("The grebe command: convert") struct ConvertTests: FolderSuite {
  let folder = TemporaryDirectory()

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
}
