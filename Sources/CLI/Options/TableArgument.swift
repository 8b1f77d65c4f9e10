import ArgumentParser
import Grebe

/// Which version of a table to read, where the path does not say.
struct VersionOptions: ParsableArguments {
  // What follows is the value, whatever it begins with: `-1` is a number, if none of a version.
  @Option(
    name: .long, parsing: .unconditional, help: "Read this version.",
    transform: VersionOptions.number)
  var version: Int64?

  @Option(
    name: .long, help: "Read the version that was current then, such as 2026-11-23T10:00:00Z.")
  var timestamp: String?

  func validate() throws {
    if version != nil && timestamp != nil {
      throw ValidationError("--version and --timestamp exclude each other")
    }
  }

  private static func number(_ text: String) throws -> Int64 {
    guard let version = Int64(text), version >= 0 else {
      throw ValidationError("versions are numbers from 0 on; `grebe history` lists them")
    }
    return version
  }
}

/// A table and the version of it to read.
struct TableArgument: ParsableArguments {
  @Argument(
    help: "Path or URL of the table; TABLE@v12 or TABLE@2026-11-23T10:00:00Z pins a version.")
  var table: String

  @OptionGroup var pinned: VersionOptions

  func reference() throws -> TableReference {
    let reference = try TableReference(table)
    if !reference.isLatest && (pinned.version != nil || pinned.timestamp != nil) {
      throw ExitError(
        status: .usage, message: "the path pins a version, and so does an option", place: table,
        hint: "use one of the two")
    }
    if let version = pinned.version { return reference.at(version: version) }
    if let timestamp = pinned.timestamp { return try reference.at(timestamp: timestamp) }
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
