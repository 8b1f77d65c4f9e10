import Delta

/// The rows of a load in the order of its units, as runs of one source each.
struct SourceRuns {
  private let runs: [(ordinal: Int, rowCount: Int)]
  private let sourceCount: Int

  init(_ runs: [(ordinal: Int, rowCount: Int)], sourceCount: Int) {
    self.runs = runs.filter { $0.rowCount > 0 }
    self.sourceCount = sourceCount
  }

  /// For each file the sources whose rows it may hold. O(files + runs).
  ///
  /// - Parameter inOrder: whether the files, one after the other, hold the rows in the order of
  ///   the units. Partitioned or sorted, they do not, and each may hold rows of every source.
  func ordinals(of files: [AddFile], inOrder: Bool) -> [ClosedRange<Int>] {
    let all = 0...max(sourceCount - 1, 0)
    let total = runs.reduce(0) { $0 + $1.rowCount }
    let counts = files.map { Int($0.rowCount ?? -1) }
    guard inOrder, counts.allSatisfy({ $0 > 0 }), counts.reduce(0, +) == total else {
      return files.map { _ in all }
    }
    var result: [ClosedRange<Int>] = []
    var index = 0
    var left = runs.first?.rowCount ?? 0
    for count in counts {
      var lowest = runs[index].ordinal
      var highest = lowest
      var wanted = count
      while wanted > 0 {
        if left == 0 {
          index += 1
          left = runs[index].rowCount
        }
        lowest = min(lowest, runs[index].ordinal)
        highest = max(highest, runs[index].ordinal)
        let taken = min(wanted, left)
        wanted -= taken
        left -= taken
      }
      // What is left over belongs to the next file; a run that is used up does not.
      if left == 0, index + 1 < runs.count {
        index += 1
        left = runs[index].rowCount
      }
      result.append(lowest...highest)
    }
    return result
  }
}
