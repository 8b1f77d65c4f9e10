import Foundation
import TestSupport
import Testing

/// What a run of the command gave.
struct Outcome {
  let status: Int32
  let output: String
  let errors: String
}

/// Runs the `grebe` that was built beside these tests.
///
/// - Parameter columns: the width of the terminal that it is told of.
func runGrebe(
  _ arguments: [String], input: String = "", in directory: String? = nil, columns: Int? = nil
) throws -> Outcome {
  let process = Process()
  process.executableURL = try builtCommand()
  process.arguments = arguments
  if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
  if let columns {
    process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "\(columns)"]) {
      $1
    }
  }
  let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
  process.standardInput = stdin
  process.standardOutput = stdout
  process.standardError = stderr
  try process.run()
  stdin.fileHandleForWriting.write(Data(input.utf8))
  try stdin.fileHandleForWriting.close()
  let output = stdout.fileHandleForReading.readDataToEndOfFile()
  let errors = stderr.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return Outcome(
    status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
    errors: String(decoding: errors, as: UTF8.self))
}

/// Tests that run the command in a folder of their own.
protocol FolderSuite {
  var folder: TemporaryDirectory { get }
}

extension FolderSuite {
  /// Expects the command to end with `status`.
  func grebe(_ arguments: String..., input: String = "", status: Int32 = 0) throws -> Outcome {
    let outcome = try runGrebe(arguments, input: input, in: folder.path)
    #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
    return outcome
  }
}

/// Beside the test bundle, wherever the build folder is.
private func builtCommand() throws -> URL {
  var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  for _ in 0..<4 {
    let candidate = folder.appendingPathComponent("grebe")
    if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
    folder.deleteLastPathComponent()
  }
  let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  return package.appendingPathComponent(".build/debug/grebe")
}

/// Compares with a file beside the tests; `GREBE_UPDATE_SNAPSHOTS=1` rewrites it.
func matchesSnapshot(_ text: String, _ name: String) throws -> Bool {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Snapshots/\(name).txt")
  if ProcessInfo.processInfo.environment["GREBE_UPDATE_SNAPSHOTS"] == "1" {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
    return true
  }
  return try String(contentsOf: file, encoding: .utf8) == text
}
