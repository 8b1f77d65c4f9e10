import Base
import JSON

/// Actions of a part of the log, oldest first: what a worker gives the replay.
struct ReplayPiece: Sendable {
  /// Applied from the last to the first.
  var steps: [ReplayStep] = []
  /// Of the commits that the steps are from, oldest first; none for a checkpoint.
  var tallies: [CommitTally] = []
}

/// What has to be known of a commit as a whole.
struct CommitTally: Sendable {
  var version: Int64
  var actionCount = 0
  /// As its `commitInfo` says, where Grebe wrote it.
  var statedCount: Int64?
  var inCommitMillis: Int64?

  /// - Precondition: a part of the same commit.
  mutating func merge(_ part: CommitTally) {
    precondition(part.version == version)
    actionCount += part.actionCount
    statedCount = statedCount ?? part.statedCount
    inCommitMillis = inCommitMillis ?? part.inCommitMillis
  }
}

/// Reads lines of commits for a replay, as far as it needs them. One a worker.
struct LogLines: Sendable {
  /// Whether removes are needed whole.
  let keepsTombstones: Bool
  private var known = PartitionValuesCache()

  init(keepsTombstones: Bool) { self.keepsTombstones = keepsTombstones }

  /// Appends the actions of whole lines.
  ///
  /// - Throws: `ActionFault` for a line that is not an action.
  mutating func read(
    _ bytes: Buffer<UInt8>, version: Int64, into piece: inout ReplayPiece
  ) throws(ActionFault) {
    let document = try parsing { () throws(JSONError) in try JSONDocument(lines: bytes) }
    var tally = CommitTally(version: version)
    if piece.steps.isEmpty { piece.steps.reserveCapacity(document.lineCount) }
    for line in 0..<document.lineCount {
      if let step = try step(document.line(line), &tally) { piece.steps.append(step) }
      tally.actionCount += 1
    }
    piece.tallies.append(tally)
  }

  /// Nil for an action that a replay ignores.
  ///
  /// - Throws: `ActionFault` unless it is an object with one known action of the right shape, an
  ///   unknown one, or none.
  mutating func step(
    _ json: JSONValue, _ tally: inout CommitTally
  ) throws(ActionFault) -> ReplayStep? {
    guard json.kind == .object else { throw ActionFault(message: "not a JSON object") }
    var member = JSONMemberCursor(json)
    while member.advance() {
      // Nearly every line has the one member.
      if !member.isLast { try Action.checkIsOne(json) }
      if member.valueIsNull { continue }
      if member.isNamed("add") {
        let file = try AddFile(member.value, &known)
        return .add(file, file.key)
      }
      if member.isNamed("remove") {
        return keepsTombstones
          ? .tombstone(try RemoveFile(member.value))
          : .remove(try FileKey(removed: member.value))
      }
      if member.isNamed("commitInfo") {
        let info = CommitInfo(replaying: member.value)
        tally.statedCount = info.actionCount
        tally.inCommitMillis = info.inCommitMillis
        return nil
      }
      if member.isNamed("cdc") { return nil }
      switch try Action(json) {
      // The last of them are those of a member that is still to come.
      case .other, .add, .remove, .commitInfo, .change: continue
      case let action: return .table(action)
      }
    }
    return nil
  }
}

/// Runs a parser of JSON whose failure is an action's.
func parsing<R>(_ body: () throws(JSONError) -> R) throws(ActionFault) -> R {
  do { return try body() } catch { throw ActionFault(message: error.description) }
}
