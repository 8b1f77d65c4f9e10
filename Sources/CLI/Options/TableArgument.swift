import ArgumentParser
import Grebe

/// A table and the version of it to read.
struct TableArgument: ParsableArguments {
  @Argument(
    help: "Path or URL of the table; TABLE@v12 or TABLE@2026-11-23T10:00:00Z pins a version.")
  var table: String

  @Option(name: .long, help: "Read this version.")
  var version: Int64?

  @Option(
    name: .long, help: "Read the version that was current then, such as 2026-11-23T10:00:00Z.")
  var timestamp: String?

  func validate() throws {
    if version != nil && timestamp != nil {
      throw ValidationError("--version and --timestamp exclude each other")
    }
  }

  func reference() throws -> TableReference {
    let reference = try TableReference(table)
    if !reference.isLatest && (version != nil || timestamp != nil) {
      throw ExitError(
        status: .usage, message: "the path pins a version, and so does an option", place: table,
        hint: "use one of the two")
    }
    if let version { return reference.at(version: version) }
    if let timestamp { return try reference.at(timestamp: timestamp) }
    return reference
  }

  func open(_ options: GlobalOptions) throws -> Table {
    try Table.open(try reference(), environment: options.environment)
  }
}

/// A table of which the latest version is worked on.
struct LatestTableArgument: ParsableArguments {
  @Argument(help: "Path or URL of the table.")
  var table: String

  /// - Parameter hint: how to name another version, where the command takes one.
  /// - Throws: a usage error for a path that pins a version.
  func reference(hint: String? = nil) throws -> TableReference {
    let reference = try TableReference(table)
    guard reference.isLatest else {
      throw ExitError(
        status: .usage, message: "this works on the latest version of a table, not on a pinned one",
        place: table, hint: hint)
    }
    return reference
  }

  func open(_ options: GlobalOptions) throws -> Table {
    try Table.open(try reference(), environment: options.environment)
  }
}
