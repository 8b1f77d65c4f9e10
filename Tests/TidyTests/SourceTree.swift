import Foundation

/// The files of the repository, read once for all rules.
struct SourceTree: Sendable {
  /// Names at the top of the repository, what git ignores left out.
  let topLevel: [String]
  /// Folders below the root, as relative paths.
  let folders: [String]
  let files: [SourceFile]

  /// The package this test was built from.
  static let package = SourceTree(root: root)

  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  init(root: URL) {
    var folders: [String] = []
    var files: [SourceFile] = []
    let ignored = IgnoreList(gitignore: text(of: root.appending(path: ".gitignore")) ?? "")

    func walk(_ folder: String) -> [String] {
      let names = entries(of: root.appending(path: folder)).filter { !ignored.holds($0) }
      for name in names {
        let path = folder.isEmpty ? name : folder + "/" + name
        if isFolder(root.appending(path: path)) {
          folders.append(path)
          _ = walk(path)
        } else if let text = text(of: root.appending(path: path)) {
          files.append(SourceFile(path: path, text: text))
        }
      }
      return names
    }

    topLevel = walk("")
    self.folders = folders
    self.files = files
  }

  /// Nil when the file is not there yet, or is not text.
  func file(_ path: String) -> SourceFile? {
    files.first { $0.path == path }
  }

  /// The Swift files of the targets, without their tests.
  var sources: [SourceFile] {
    files.filter { $0.isSwift && $0.target != nil }
  }
}

/// The patterns of .gitignore, of which this repository uses names with at most one `*`.
private struct IgnoreList {
  private let patterns: [[Substring]]

  init(gitignore: String) {
    patterns = (gitignore.split(separator: "\n") + [".git"])
      .map { $0.hasSuffix("/") ? $0.dropLast() : $0 }
      .map { $0.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false) }
  }

  func holds(_ name: String) -> Bool {
    patterns.contains { parts in
      parts.count == 1 ? name == parts[0] : name.hasPrefix(parts[0]) && name.hasSuffix(parts[1])
    }
  }
}

private func entries(of folder: URL) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
}

private func isFolder(_ url: URL) -> Bool {
  (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
}

private func text(of url: URL) -> String? {
  (try? Data(contentsOf: url)).flatMap { String(data: $0, encoding: .utf8) }
}
