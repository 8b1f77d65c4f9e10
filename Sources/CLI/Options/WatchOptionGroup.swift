import ArgumentParser
import Grebe

/// Loading files as they land.
struct WatchOptionGroup: ParsableArguments {
  @Option(
    name: .long,
    help: "Load the files of this directory as they land, until interrupted (then exit 0).",
    completion: .directory)
  var watch: String?

  @Option(
    name: .long, help: "Seconds between two looks at the directory. (default: 1.0)",
    transform: seconds)
  var watchInterval = 1.0

  @Option(
    name: .long,
    help: "Seconds for which a file must not change before it counts as complete. (default: 2.0)",
    transform: seconds)
  var settleSeconds = 2.0

  @Option(
    name: .long, help: "Bytes of sources that one load takes at most. (default: 1.1 GB)",
    transform: ByteSize.parse)
  var batchBytes = ByteSize(argument: "1GiB")!

  @Option(name: .long, help: "Files that one load takes at most.")
  var batchFiles = 1000

  @Option(
    name: .long,
    help: "Rows that one load takes at most, as far as the size of earlier rows tells.")
  var batchRows: Int?

  @Option(
    name: .long, help: "Seconds that a file may wait for others to share its load. (default: 0.0)",
    transform: seconds)
  var batchSeconds = 0.0

  func validate() throws {
    guard (0.01...86_400).contains(watchInterval) else {
      throw ValidationError("--watch-interval must be between 0.01 and 86400 seconds")
    }
    guard (0...86_400).contains(settleSeconds), (0...86_400).contains(batchSeconds) else {
      throw ValidationError("--settle-seconds and --batch-seconds must be between 0 and 86400")
    }
    guard batchFiles > 0, batchBytes.bytes > 0, batchRows ?? 1 > 0 else {
      throw ValidationError("--batch-files, --batch-bytes and --batch-rows must be positive")
    }
  }

  var options: WatchOptions {
    var options = WatchOptions()
    options.intervalMillis = Int(watchInterval * 1000)
    options.settleMillis = Int(settleSeconds * 1000)
    options.batchBytes = batchBytes.bytes
    options.batchFileCount = batchFiles
    options.batchRowCount = batchRows
    options.batchMillis = Int(batchSeconds * 1000)
    return options
  }
}
