import Base
import Delta
import Store

/// Replaces the rows of sources that changed since they were loaded: which files go, and which
/// sources have to be read once more because their rows are in those files too.
///
/// A data file says by its tags which sources of its load it may hold rows of. The files of a
/// changed source pull in other sources, and those pull in their other files, until nothing is
/// added.
struct Reload {
  /// Sources to load, the changed ones and those that share files with them.
  private(set) var sources: [SourceFile]
  /// Files that go.
  private(set) var files: [AddFile] = []
  /// Entries of the ledger that go with them.
  private(set) var entries: [Ledger.Entry] = []

  private let ledger: Ledger
  private let snapshot: Snapshot
  private let environment: Environment

  /// - Parameter others: sources at hand, which need not be looked up.
  /// - Throws: `unsupported` where the rows of a changed source can no longer be told apart, naming
  ///   the source and the reason.
  init(
    _ changed: [SourceFile], others: [SourceFile], ledger: Ledger, snapshot: Snapshot,
    environment: Environment
  ) throws(GrebeError) {
    sources = changed
    self.ledger = ledger
    self.snapshot = snapshot
    self.environment = environment
    var atHand: [String: SourceFile] = [:]
    for source in changed + others where !source.isAnonymous {
      atHand[Ledger.path(of: source)] = source
    }
    try collect(atHand)
  }

  private mutating func collect(_ atHand: [String: SourceFile]) throws(GrebeError) {
    let loads = Dictionary(
      grouping: snapshot.files.compactMap { file in
        LoadTags(file).map { (tags: $0, file: file) }
      }, by: \.tags.loadID)
    let members = ledger.members
    var seen = Set(sources.map(Ledger.path))
    var taken: Set<String> = []
    var index = 0
    while index < sources.count {
      let source = sources[index]
      index += 1
      for entry in ledger.entries(of: source) {
        entries.append(entry)
        guard let member = entry.member, let fileCount = entry.fileCount else {
          throw Reload.refusal(source, "its load was recorded by a version that kept only its time")
        }
        let files = loads[member.loadID] ?? []
        guard Set(files.map(\.tags.fileIndex)) == Set(0..<fileCount),
          files.allSatisfy({ $0.file.deletionVector == nil })
        else {
          throw Reload.refusal(
            source, "the files of its load were rewritten since (compacted, or rows deleted)")
        }
        for (tags, file) in files where tags.ordinals.contains(member.ordinal) {
          guard taken.insert(file.path).inserted else { continue }
          self.files.append(file)
          for ordinal in tags.ordinals {
            guard let other = members[LoadMember(loadID: tags.loadID, ordinal: ordinal)] else {
              throw Reload.refusal(
                source, "its rows share files with rows of standard input or of a retired source")
            }
            guard seen.insert(other.path).inserted else { continue }
            sources.append(try find(other.path, atHand, with: source))
          }
        }
      }
    }
  }

  private func find(
    _ path: String, _ atHand: [String: SourceFile], with source: SourceFile
  ) throws(GrebeError) -> SourceFile {
    if let known = atHand[path] { return known }
    let identity = percentDecoded(path) ?? path
    let place = try FileLocation(identity, environment: environment)
    let entry = try exposing { () throws(StoreError) in try place.store.entry(place.name) }
    guard let entry else {
      throw Reload.refusal(source, "its rows share files with those of \(identity), which is gone")
    }
    return SourceFile(
      name: identity, identity: identity, store: place.store, path: place.name,
      sizeBytes: entry.sizeBytes, modifiedMillis: entry.modifiedMillis)
  }

  private static func refusal(_ source: SourceFile, _ why: String) -> GrebeError {
    GrebeError(
      .unsupported, "the rows of the changed source cannot be replaced: \(why)",
      place: source.name,
      hint: "nothing was changed; delete its rows and load it with --force, or use --mode overwrite"
    )
  }
}
