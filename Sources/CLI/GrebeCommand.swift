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
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      finish(error)
    }
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

  private static func usage(_ error: any Error) -> ExitError {
    let names = configuration.groupedSubcommands.flatMap(\.subcommands)
      .compactMap { $0.configuration.commandName }
    let first = CommandLine.arguments.dropFirst().first
    if let first, !first.hasPrefix("-"), !names.contains(first), first != "help" {
      return ExitError(
        status: .usage, message: "no command \"\(first)\"", hint: nameHint(for: first, among: names)
      )
    }
    let command = first.map { names.contains($0) ? " " + $0 : "" }
    return ExitError(
      status: .usage, message: message(for: error), hint: "see grebe\(command ?? "") --help")
  }
}
