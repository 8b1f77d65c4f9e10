// A text file of the repository, with what the rules ask of it.

/// A file, its lines, and for Swift the same lines with comments and strings blanked out.
struct SourceFile {
  /// Relative to the package root, with `/` between the parts.
  let path: String
  /// As written, without line ends.
  let lines: [String]
  /// As `lines`, but every byte of a comment or a string literal is a space. Empty unless Swift.
  let code: [String]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    code = path.hasSuffix(".swift") ? blankingCommentsAndStrings(text) : []
  }

  /// `Sources/Delta/Log/X.swift` -> `Delta`; nil outside `Sources`.
  var target: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  var name: String {
    String(path.split(separator: "/").last ?? "")
  }

  var isSwift: Bool { path.hasSuffix(".swift") }

  /// One file of a module that talks to the operating system.
  var isPlatformFile: Bool {
    name == "Platform.swift" || (name.hasPrefix("Platform+") && isSwift)
  }

  /// The number of lines, not counting the empty one after the last line end.
  var lineCount: Int {
    lines.last == "" ? lines.count - 1 : lines.count
  }

  /// A finding at a line counted from 0.
  func finding(at index: Int, _ message: String) -> Finding {
    Finding(path: path, line: index + 1, message: message)
  }
}
