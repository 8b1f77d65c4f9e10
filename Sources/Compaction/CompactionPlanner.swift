import Base
package import Delta

/// What a compaction would do to one version of a table.
package struct CompactionPlan: Sendable {
  package let tasks: [CompactionTask]
  package let filesTotal: Int

  package var isEmpty: Bool { tasks.isEmpty }
}

/// Chooses which files to rewrite together: snapshot and policy in, plan out. Pure.
///
/// 1. Files that hold `keepShare` of the target or more stay as they are.
/// 2. The rest of a partition is taken in the order it was written, so that rows that arrived
///    together stay together, and filled into bins up to the target size (next fit).
/// 3. A bin of fewer than `minInputFiles` is dropped: rewriting it would gain nothing. That also
///    makes a second run find nothing to do.
package struct CompactionPlanner {
  private let policy: CompactionPolicy

  package init(policy: CompactionPolicy) { self.policy = policy }

  /// O(files log files).
  ///
  /// - Parameter files: the candidates, all of the snapshot's or those of chosen partitions.
  package func plan(_ snapshot: Snapshot, files: [AddFile]) -> CompactionPlan {
    let keep =
      Int64(exactly: (Double(policy.targetFileBytes) * policy.keepShare).rounded(.down)) ?? .max
    var partitions: [String: [AddFile]] = [:]
    for file in files where file.sizeBytes < keep {
      partitions[partitionIdentity(file.partitionValues), default: []].append(file)
    }
    let tasks = partitions.sorted { $0.key < $1.key }.flatMap { _, files in
      bins(files).map { bin in
        CompactionTask(
          version: snapshot.version, inputs: bin.map(\.path),
          partitionValues: bin[0].partitionValues,
          inputBytes: bin.lazy.map(\.sizeBytes).saturatedSum(),
          targetFileBytes: policy.targetFileBytes)
      }
    }
    return CompactionPlan(tasks: tasks, filesTotal: snapshot.files.count)
  }

  private func bins(_ files: [AddFile]) -> [[AddFile]] {
    let inOrder = files.sorted {
      $0.modifiedMillis != $1.modifiedMillis
        ? $0.modifiedMillis < $1.modifiedMillis : $0.path < $1.path
    }
    var bins: [[AddFile]] = []
    var bin: [AddFile] = []
    var binBytes: Int64 = 0
    for file in inOrder {
      if !bin.isEmpty && binBytes.addingSaturated(file.sizeBytes) > policy.targetFileBytes {
        bins.append(bin)
        (bin, binBytes) = ([], 0)
      }
      bin.append(file)
      binBytes = binBytes.addingSaturated(file.sizeBytes)
    }
    bins.append(bin)
    return bins.filter { $0.count >= policy.minInputFiles }
  }
}
