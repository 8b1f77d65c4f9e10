import Delta

/// What a data file's tags say of the load that added it (spec/table-conventions.md, "Ledger").
struct LoadTags: Equatable {
  private static let loadKey = "grebe.load"
  private static let sourcesKey = "grebe.sources"

  let loadID: String
  /// Among the files of the load.
  let fileIndex: Int
  /// Places, among the sources of the load, of those whose rows the file may hold.
  let ordinals: ClosedRange<Int>

  var tags: [String: String?] {
    [
      LoadTags.loadKey: "\(loadID)/\(fileIndex)",
      LoadTags.sourcesKey: "\(ordinals.lowerBound)-\(ordinals.upperBound)",
    ]
  }

  init(loadID: String, fileIndex: Int, ordinals: ClosedRange<Int>) {
    self.loadID = loadID
    self.fileIndex = fileIndex
    self.ordinals = ordinals
  }

  /// Nil for a file that no load of this kind added, or that was rewritten since.
  init?(_ file: AddFile) {
    guard let load = file.tags?[LoadTags.loadKey] ?? nil,
      let sources = file.tags?[LoadTags.sourcesKey] ?? nil
    else { return nil }
    let loadParts = load.split(separator: "/")
    let bounds = sources.split(separator: "-")
    guard loadParts.count == 2, let index = Int(loadParts[1]), bounds.count == 2,
      let first = Int(bounds[0]), let last = Int(bounds[1]), 0 <= first, first <= last,
      last - first < 1 << 24
    else { return nil }
    self.init(loadID: String(loadParts[0]), fileIndex: index, ordinals: first...last)
  }
}

extension AddFile {
  func tagged(_ load: LoadTags) -> AddFile {
    var file = self
    file.tags = (tags ?? [:]).merging(load.tags) { $1 }
    return file
  }
}
