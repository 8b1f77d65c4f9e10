import ArgumentParser
import Base
import Compute

/// The `grebe` command. Commands parse, call `Grebe` and print; all work is below.
@main
struct GrebeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grebe",
    abstract: "Turn raw dumps into Delta Lake tables, ask them anything, keep them healthy.",
    discussion: """
      EXAMPLE:
        grebe convert 'dumps/*.csv' --into lake/orders --partition-by country
        grebe query "SELECT country, count(*) FROM 'lake/orders' GROUP BY country"
        grebe compact lake/orders
      """,
    groupedSubcommands: [
      CommandGroup(name: "Convert", subcommands: [ConvertCommand.self]),
      CommandGroup(
        name: "Ask",
        subcommands: [
          QueryCommand.self, HeadCommand.self, SchemaCommand.self, DescribeCommand.self,
          HistoryCommand.self, DiffCommand.self, FilesCommand.self, InspectCommand.self,
        ]),
      CommandGroup(
        name: "Keep",
        subcommands: [
          CompactCommand.self, CheckpointCommand.self, DeleteCommand.self, AlterCommand.self,
          RestoreCommand.self, VacuumCommand.self, VerifyCommand.self,
        ]),
    ])

  static func main() {
    platformInstallSignalHandlers()
    if CommandLine.arguments.dropFirst() == ["--version"] {
      // By hand: the parser's own flag would stand in the way of `--version N` of the commands.
      Console.output.note(grebeVersion)
      platformExit(0)
    }
    // Before the parser, which answers a help flag behind any word with the overview.
    if let word = unknownCommand { finish(noCommand(word)) }
    do {
      var command = try parsed()
      try command.run()
    } catch {
      finish(error)
    }
  }

  /// What the arguments say, read by their command alone: from the root, the parser would list its
  /// options twice more, which takes longer than a small load. What the command does not take
  /// (help, errors) is read from the root, whose answers people know.
  private static func parsed() throws -> any ParsableCommand {
    let words = CommandLine.arguments.dropFirst()
    if let command = commands.first(where: { $0.configuration.commandName == words.first }),
      let parsed = try? command.parseAsRoot(Array(words.dropFirst())),
      type(of: parsed) == command
    {
      return parsed
    }
    return try parseAsRoot()
  }

  /// Prints what the error means and leaves with its status.
  private static func finish(_ error: any Error) -> Never {
    let failure: ExitError
    switch error {
    case let known as ExitError: failure = known
    case let known as any DiagnosableError: failure = ExitError(known)
    default:
      guard exitCode(for: error) != .success else {  // --help, --version, completion scripts.
        Console.output.note(fullMessage(for: error))
        platformExit(0)
      }
      failure = usage(error)
    }
    if failure.status != .readerGone { Console.error.note(failure.text) }
    platformExit(failure.status.rawValue)
  }

  private static let commands = configuration.groupedSubcommands.flatMap(\.subcommands)
  private static let names = commands.compactMap { $0.configuration.commandName }

  /// The word that stands where a command should, if it is none.
  private static var unknownCommand: String? {
    var words = CommandLine.arguments.dropFirst()
    if words.first == "help" { words = words.dropFirst() }
    guard let word = words.first, !word.hasPrefix("-"), !names.contains(word), word != "help" else {
      return nil
    }
    return word
  }

  /// What commands are called elsewhere.
  private static let otherNames = [
    "load": "convert", "import": "convert", "ingest": "convert", "copy": "convert",
    "insert": "convert", "sql": "query", "select": "query", "show": "head", "cat": "head",
    "log": "history", "ls": "files", "info": "describe", "detail": "describe",
    "optimize": "compact", "merge": "compact", "rollback": "restore", "fsck": "verify",
    "check": "verify",
  ]

  private static func noCommand(_ word: String) -> ExitError {
    let hint =
      otherNames[word.lowercased()].map { "did you mean \"\($0)\"?" }
      ?? nameHint(for: word, among: names)
    return ExitError(status: .usage, message: "no command \"\(word)\"", hint: hint)
  }

  private static func usage(_ error: any Error) -> ExitError {
    let first = CommandLine.arguments.dropFirst().first
    let command = first.map { names.contains($0) ? " " + $0 : "" }
    return ExitError(
      status: .usage, message: message(for: error), hint: "see grebe\(command ?? "") --help")
  }
}
