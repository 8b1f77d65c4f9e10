import Base
import Columns
import Store

/// What differs between two versions of a table: rows that only the later one has, and rows that
/// only the earlier one had, as often as they are there.
///
/// Only files that one of the two has and the other has not are read, so that the versions between
/// them need not be there any more. Rows that were moved to another file, as compactions and
/// rewrites do, are on both sides and cancel out: they are told by 128 bits of hash.
struct TableDifference {
  private(set) var changes: [ChangedRows]

  /// - Throws: `corrupt` for a deletion vector that cannot be read.
  init(
    from before: Snapshot, to after: Snapshot, store: any ObjectStore
  ) throws(DeltaError) {
    let old = Dictionary(before.files.map { ($0.key.path, $0) }, uniquingKeysWith: { $1 })
    let new = Dictionary(after.files.map { ($0.key.path, $0) }, uniquingKeysWith: { $1 })
    var deleted: [ChangedRows] = []
    var inserted: [ChangedRows] = []
    for file in before.files where new[file.key.path] == nil {
      deleted.append(ChangedRows(file: file, rows: .live, type: .delete))
    }
    for file in after.files {
      guard let known = old[file.key.path] else {
        inserted.append(ChangedRows(file: file, rows: .live, type: .insert))
        continue
      }
      if known.deletionVector == file.deletionVector { continue }
      let changed = try known.changes(to: file) { (file) throws(DeltaError) in
        try file.deletionVector?.rows(in: store) ?? RowSet()
      }
      deleted += changed.filter { $0.type == .delete }
      inserted += changed.filter { $0.type == .insert }
    }
    changes = deleted + inserted
    changes.cancelBothSides(from: 0)
  }
}

extension [ChangedRows] {
  /// Lets the changes from a position on cancel out, if there are some of both sides.
  mutating func cancelBothSides(from start: Int) {
    let some = self[start...]
    guard some.contains(where: { $0.type == .insert }),
      some.contains(where: { $0.type == .delete })
    else { return }
    for index in start..<count { self[index].cancels = true }
  }
}

/// How often rows are on one side more than on the other, by their hash: inserted positive.
///
/// Takes 32 bytes and more a distinct row.
struct RowBalance: Sendable {
  struct Key: Hashable, Sendable {
    let low: UInt64
    let high: UInt64
  }

  private var counts: [Key: Int32] = [:]

  mutating func add(_ keys: [Key], _ type: ChangeType) {
    let step: Int32 = type == .insert ? 1 : -1
    for key in keys { counts[key, default: 0] &+= step }
  }

  /// The positions of the keys that are left over on their side; each is taken once.
  mutating func take(_ keys: [Key], _ type: ChangeType) -> [UInt32] {
    let step: Int32 = type == .insert ? 1 : -1
    var kept: [UInt32] = []
    for (row, key) in keys.enumerated() {
      guard let count = counts[key], count.signum() == step else { continue }
      counts[key] = count &- step
      kept.append(UInt32(row))
    }
    return kept
  }
}
