import ArgumentParser
import Grebe

/// Sources that the table knows, and rows that it refused.
struct ReloadOptions: ParsableArguments {
  @Flag(
    name: .long,
    help: "Replace the rows of sources that changed since they were loaded, in one commit.")
  var reloadChanged = false

  @Option(
    name: .long,
    help: "Load the rows in quarantine that fit this table by now, then stop.",
    completion: .directory)
  var replayQuarantine: String?
}
