package import Base
import JSON
package import Store

/// One version's commit, parsed: one action a line.
package struct CommitFile: Sendable {
  package var version: Int64
  /// In the order of the file.
  package var actions: [Action]

  /// Parses a commit's bytes.
  ///
  /// A commit that is empty, has a line that is not an action, or fewer actions than its own
  /// `commitInfo` says, was cut short: it is refused and never replayed as less than it was.
  package init(_ bytes: Buffer<UInt8>, version: Int64, table: String) throws(DeltaError) {
    self.version = version
    actions = []
    let file = commitPath(version)
    var start = 0
    var line = 0
    var actionCount: Int64?
    while start < bytes.count {
      let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start)
      line += 1
      if !bytes.isBlank(start..<end) {
        do {
          let action = try CommitFile.action(bytes, start..<end)
          if case .commitInfo(let info) = action, let count = info.actionCount {
            actionCount = count
          }
          actions.append(action)
        } catch {
          throw .corrupt(
            error.message, table: table, version: version, file: file, line: line,
            hint: CommitFile.damageHint)
        }
      }
      start = end + 1
    }
    try checkActionCount(actions.count, stated: actionCount, version: version, table: table)
  }

  fileprivate static let damageHint =
    "the commit was cut short or damaged: grebe verify says which, and what can be read; "
    + "verify --repair moves a newest one aside that ends early"

  private static func action(
    _ bytes: Buffer<UInt8>, _ range: Range<Int>
  ) throws(ActionFault) -> Action {
    do {
      return try Action(try JSONDocument(bytes, range: range).root)
    } catch let fault as ActionFault {
      throw fault
    } catch let error as JSONError {
      throw ActionFault(message: error.description)
    } catch {
      throw ActionFault(message: "not an action")
    }
  }

  /// Nil if the version has no commit.
  package static func read(
    _ store: any ObjectStore, version: Int64
  ) throws(DeltaError) -> CommitFile? {
    let path = commitPath(version)
    let entry = try storing { () throws(StoreError) in try store.entry(path) }
    guard let entry else { return nil }
    return try read(store, entry, version: version)
  }

  static func read(
    _ store: any ObjectStore, _ entry: ObjectEntry, version: Int64
  ) throws(DeltaError) -> CommitFile {
    try checkSize(entry, version: version, table: store.location)
    let bytes = try readingLog(entry.path, table: store.location) { () throws(StoreError) in
      try store.read(entry.path, range: nil)
    }
    return try CommitFile(bytes, version: version, table: store.location)
  }

  package var info: CommitInfo? {
    for case .commitInfo(let info) in actions { return info }
    return nil
  }
}

/// Refuses a commit that was cut short: one without actions, or with another number than its
/// `commitInfo` states.
func checkActionCount(
  _ count: Int, stated: Int64?, version: Int64, table: String
) throws(DeltaError) {
  if count == 0 {
    throw .corrupt(
      "the commit is empty", table: table, version: version, file: commitPath(version),
      hint: CommitFile.damageHint)
  }
  if let stated, stated != Int64(count) {
    throw .corrupt(
      "the commit has \(count) actions and should have \(stated)", table: table,
      version: version, file: commitPath(version),
      hint: CommitFile.damageHint)
  }
}

func checkSize(_ entry: ObjectEntry, version: Int64, table: String) throws(DeltaError) {
  if entry.sizeBytes > Int64(Limits.commitBytes) {
    throw DeltaError(
      .resourceLimit, "the commit is larger than \(Limits.commitBytes) bytes", table: table,
      version: version, file: entry.path)
  }
}

extension Buffer where Element == UInt8 {
  /// Position of the first such byte at or after `start`; `count` if there is none.
  fileprivate func firstIndex(of byte: UInt8, from start: Int) -> Int {
    let bytes = span
    var index = start
    while index < bytes.count && bytes[index] != byte { index &+= 1 }
    return index
  }

  fileprivate func isBlank(_ range: Range<Int>) -> Bool {
    for index in range where self[index] != 0x20 && self[index] != 0x0D && self[index] != 0x09 {
      return false
    }
    return true
  }
}
