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
    help: """
      Load the rows in quarantine that fit this table by now, then stop. Goes with --on-new-column \
      ignore, rescue (if the table has _rescued_data) or fail, --max-bad-rows, and options on files.
      """,
    completion: .directory)
  var replayQuarantine: String?
}

extension ConvertCommand {
  /// The first option given that a replay has no use for: rows in quarantine were read already, and
  /// the table is what it is. An option is useless unless it is named here, or its whole group is
  /// of use.
  var uselessInReplay: String? {
    let groups: [any ParsableArguments] = [files, badRows, commit, report, global]
    let useful = Set(
      ["--replay-quarantine", "--target-file-size", "--on-new-column", "--on-type-conflict"]
        + groups.flatMap(\.optionNames))
    return givenOptions.first { !useful.contains($0) }
  }

  /// The first option given that says how to watch, where nothing is watched.
  var uselessWithoutWatch: String? {
    let useless = Set(watch.optionNames).subtracting(["--watch"])
    return givenOptions.first { useless.contains($0) }
  }

  /// The long options of the command line. What follows one is never its value if it begins with a
  /// dash: the parser sees to that.
  private var givenOptions: [String] {
    CommandLine.arguments.dropFirst().prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { option in String(option.prefix { $0 != "=" }) }
  }
}

extension ParsableArguments {
  /// Of options and flags that have no name but the one that `.long` makes of the property's.
  fileprivate var optionNames: [String] {
    Mirror(reflecting: self).children.compactMap(\.label).map { label in
      // The property wrapper's storage has a line in front of its name.
      label.drop { $0 == "_" }.reduce(into: "--") { name, character in
        name += character.isUppercase ? "-" + character.lowercased() : String(character)
      }
    }
  }
}
