import ArgumentParser

/// What commands take that commit to a table.
struct CommitOptions: ParsableArguments {
  @Option(name: .long, help: "Text for the history to keep with what is committed.")
  var userMetadata: String?
}
