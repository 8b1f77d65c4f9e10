import Foundation
import TestSupport
import Testing

@Suite("The grebe command: convert") struct ConvertTests: FolderSuite {
  let folder = TemporaryDirectory()

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
  }

  @Test func `a file is not watched`() throws {
    try write("a.csv", "n\n1\n")
    let refused = try grebe("convert", "--watch", "a.csv", "--into", "t", status: 64)
    let lines = refused.errors.split(separator: "\n")
    #expect(lines.first == "grebe: error: a file, not a directory to watch (a.csv)")
    #expect(lines.count == 2 && lines[1].hasPrefix("hint: "), "\(refused.errors)")
    #expect(folder.names() == ["a.csv"])
  }
}
