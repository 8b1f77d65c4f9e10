import Foundation
import Testing

private let environment = ProcessInfo.processInfo.environment
private let isAllRequired = environment["GREBE_REQUIRE_ALL"].map { $0 != "0" } ?? false
private let sharedFolder =
  environment["GREBE_SHARED_DATA"]
  ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appending(path: "../shared/data").path

/// Suites over files that the repository does not hold are skipped where there are none: not by
/// mistake where everything has been installed.
@Suite(
  "Corpora: found where they are required",
  .enabled(
    if: isAllRequired
      && (environment["GREBE_SHARED_DATA"] != nil
        || FileManager.default.fileExists(atPath: sharedFolder))
  ))
struct SharedDataTests {
  @Test func `the files of parquet-testing are there`() throws {
    let folder = try #require(sharedData, "no parquet-testing in \(sharedFolder)")
    for (name, least) in [
      ("data", 60), ("bad_data", 7), ("shredded_variant", 100), ("variant", 20),
    ] {
      let files = try FileManager.default.contentsOfDirectory(
        atPath: folder + "/parquet-testing/" + name)
      #expect(files.count >= least, "\(name) has \(files.count) files")
    }
    #expect(FileManager.default.fileExists(atPath: folder + "/delta"))
  }
}
