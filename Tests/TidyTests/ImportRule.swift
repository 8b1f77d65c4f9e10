import Testing

/// A target imports what its row of the layer table declares, and nothing above it.
struct ImportRule {
  let table: LayerTable

  /// Modules of the toolchain that no row has to declare.
  static let toolchain: Set = ["Swift", "Synchronization", "Builtin"]
  static let platform: Set = ["Glibc", "Darwin", "Musl"]
  static let foundation: Set = ["Foundation", "FoundationEssentials"]
  /// The targets above the engine, which may use Foundation.
  static let foundationUsers: Set = ["CLI", "Service", "S3Store"]

  /// Dependencies in Package.swift that point up or sideways.
  var tableFindings: [Finding] {
    table.targets.values.sorted { $0.name < $1.name }.flatMap { target in
      target.dependencies.compactMap { name in
        guard let dependency = table.targets[name], dependency.rank >= target.rank else {
          return nil
        }
        return Finding(
          path: "Package.swift", line: 0,
          message: "\(target.name) (layer \(target.layer)) may not depend on \(name) (layer "
            + "\(dependency.layer)): move the code down, or the target up")
      }
    }
  }

  func findings(in file: SourceFile) -> [Finding] {
    guard let name = file.target else { return [] }
    guard let target = table.targets[name] else {
      return [Finding(path: file.path, line: 0, message: "\(name) has no row in Package.swift")]
    }
    return file.code.enumerated().compactMap { index, line in
      importedModule(line).flatMap { objection(to: $0, in: file, of: target) }
        .map { file.finding(at: index, $0) }
    }
  }

  private func objection(
    to module: String, in file: SourceFile, of target: LayerTable.Target
  ) -> String? {
    if Self.foundation.contains(module) {
      return Self.foundationUsers.contains(target.name)
        ? nil : "no \(module) below the CLI: use Base, or add what is missing there"
    }
    if Self.platform.contains(module) {
      return file.isPlatformFile
        ? nil
        : "import \(module) only in Platform.swift or Platform+*.swift: call through that file"
    }
    if Self.toolchain.contains(module) || target.dependencies.contains(module) { return nil }
    return "\(target.name) does not declare \(module) in Package.swift: declare it if its layer is "
      + "smaller than \(target.layer), else move the code"
  }
}

/// `package import struct Base.Buffer` -> `Base`; nil when the line is not an import.
func importedModule(_ line: String) -> String? {
  let modifiers: Set = ["public", "package", "internal", "private", "fileprivate"]
  let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
  var words = line.split(separator: " ")[...]
  words = words.drop { $0.hasPrefix("@") || modifiers.contains(String($0)) }
  guard words.popFirst() == "import" else { return nil }
  words = words.drop { kinds.contains(String($0)) }
  return words.first.map { String($0.prefix { $0 != "." && $0 != ";" }) }
}

@Suite("Tidy: imports") struct ImportRuleTests {
  let manifest = """
    // 0  Floor.
    .systemLibrary(name: "CKernels"),
    library("Base", ["CKernels"]),
    // 1  Bytes.
    library("Store", ["Base"]),
    library("JSON", ["Base", "Store"]),
    // 7  Command.
    .executableTarget(
      name: "CLI",
      dependencies: ["Store", .product(name: "ArgumentParser", package: "swift-argument-parser")])
    // Tests mirror the sources.
    """

  private func objections(_ path: String, _ text: String) -> [String] {
    ImportRule(table: LayerTable(manifest: manifest))
      .findings(in: SourceFile(path: path, text: text)).map(\.description)
  }

  @Test func `every target imports only what its row declares`() throws {
    let manifest = try #require(SourceTree.package.file("Package.swift"))
    let rule = ImportRule(table: LayerTable(manifest: manifest.lines.joined(separator: "\n")))
    #expect(rule.table.targets.count >= 15)
    expectNone(rule.tableFindings)
    expectNone(SourceTree.package.sources.flatMap(rule.findings))
  }

  @Test func `the table is read out of the manifest`() {
    let table = LayerTable(manifest: manifest)
    #expect(table.targets.keys.sorted() == ["Base", "CKernels", "CLI", "JSON", "Store"])
    #expect(table.targets["CLI"]?.dependencies == ["Store", "ArgumentParser"])
    #expect(table.targets["CLI"]?.layer == 7)
  }

  @Test func `canary: a dependency on the same layer`() {
    let rule = ImportRule(table: LayerTable(manifest: manifest))
    #expect(rule.tableFindings.count == 1)
    #expect(
      rule.tableFindings.first?.message.hasPrefix("JSON (layer 1) may not depend on Store") == true)
  }

  @Test(arguments: [
    "import JSON", "package import JSON", "@testable import JSON",
    "public import struct JSON.Value",
    "import Foundation", "import FoundationEssentials", "import Glibc", "import Dispatch",
  ])
  func `canary: an import that is not allowed`(_ line: String) {
    #expect(objections("Sources/Store/File.swift", "// Reads.\n\(line)\n").count == 1)
  }

  @Test func `canary: a target without a row`() {
    #expect(objections("Sources/Extra/File.swift", "let x = 1\n").count == 1)
  }

  @Test func `what is allowed passes`() {
    #expect(objections("Sources/Store/Platform.swift", "import Glibc\npackage import Base\n") == [])
    #expect(objections("Sources/Store/Platform+Files.swift", "import Glibc\n") == [])
    #expect(
      objections("Sources/CLI/Main.swift", "import ArgumentParser\nimport Foundation\n") == [])
    #expect(
      objections("Sources/Store/File.swift", "// import JSON\nlet s = \"import JSON\"\n") == [])
  }
}
