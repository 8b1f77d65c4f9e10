// Reads the layer table out of Package.swift.
//
//   table   := (purpose target+)*
//   purpose := "// " number two-spaces text        the layer of the targets below it
//   target  := library("Name", imports) | systemCodec("Name", ...) | .systemLibrary(name: "Name")
//            | .executableTarget(name: "Name", dependencies: imports)
//   imports := "[" ("Import" | .product(name: "Import", package: "..."))* "]"

/// The targets of the package, each with its layer and what it declares.
struct LayerTable {
  struct Target {
    let name: String
    let layer: Int
    let isSystemLibrary: Bool
    /// Targets and products named as dependencies.
    let dependencies: [String]

    /// System libraries lie under the other targets of their layer; all others are on a par.
    var rank: Int { layer * 2 + (isSystemLibrary ? 0 : 1) }
  }

  let targets: [String: Target]

  init(manifest: String) {
    var targets: [String: Target] = [:]
    for chapter in chapters(of: manifest) {
      for target in chapter.targets { targets[target.name] = target }
    }
    self.targets = targets
  }
}

private struct Chapter {
  let layer: Int
  let text: Substring

  var targets: [LayerTable.Target] {
    let systemLibrary = /(?:systemCodec\(|\.systemLibrary\(name: )"(\w+)"/
    let library =
      /(?:library\(\s*|\.executableTarget\(\s*name: )"(\w+)",\s*(?:dependencies: )?\[([^\]]*)\]/
    return text.matches(of: systemLibrary).map {
      .init(name: String($0.1), layer: layer, isSystemLibrary: true, dependencies: [])
    }
      + text.matches(of: library).map {
        .init(
          name: String($0.1), layer: layer, isSystemLibrary: false,
          dependencies: quotedNames(in: $0.2))
      }
  }
}

/// Package.swift cut at its purpose lines; tests and what else follows the last layer are left out.
private func chapters(of manifest: String) -> [Chapter] {
  let table = manifest.prefix(
    upTo: manifest.firstRange(of: "// Tests mirror")?.lowerBound ?? manifest.endIndex)
  let purposes = table.matches(of: /\/\/ (\d+)  \S/)
  return purposes.enumerated().map { index, purpose in
    let end = index + 1 < purposes.count ? purposes[index + 1].range.lowerBound : table.endIndex
    return Chapter(layer: Int(purpose.1) ?? 0, text: table[purpose.range.upperBound..<end])
  }
}

/// `"Base", .product(name: "ArgumentParser", package: "x")` -> `Base`, `ArgumentParser`.
private func quotedNames(in list: Substring) -> [String] {
  list.replacing(/package: "[^"]*"/, with: "").matches(of: /"([^"]+)"/).map { String($0.1) }
}
