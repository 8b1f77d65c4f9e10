// A walk over stores that only list: one list, handed on in parts.

extension ObjectStore {
  package func walk(
    entering: (_ directory: String) throws(StoreError) -> Bool,
    _ body: (StoreItem) throws(StoreError) -> Void
  ) throws(StoreError) {
    var entered: [String: Bool] = ["": true]
    var files: [ObjectEntry] = []
    for entry in try list("", recursive: true) {
      guard try isEntered(directory(of: entry.path), &entered, entering) else { continue }
      files.append(entry)
      if files.count == walkFileCount {
        try body(.files(files))
        files = []
      }
    }
    if !files.isEmpty { try body(.files(files)) }
  }

  private func isEntered(
    _ path: String, _ entered: inout [String: Bool],
    _ entering: (_ directory: String) throws(StoreError) -> Bool
  ) throws(StoreError) -> Bool {
    if let known = entered[path] { return known }
    let answer =
      try isEntered(directory(of: path), &entered, entering) ? try entering(path) : false
    entered[path] = answer
    return answer
  }

  package func removeEmptyDirectory(_ path: String) throws(StoreError) -> Bool { false }
}

/// Files that a walk hands on at once.
let walkFileCount = 1024
