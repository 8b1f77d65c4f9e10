import ArgumentParser
import Grebe
import Store

/// What commands take that commit to a table.
struct CommitOptions: ParsableArguments {
  @Option(name: .long, help: "Text for the history to keep with what is committed.")
  var userMetadata: String?
}

extension GlobalOptions {
  func environment(_ commit: CommitOptions) -> Environment {
    var environment = environment
    environment.userMetadata = commit.userMetadata
    return environment
  }
}
