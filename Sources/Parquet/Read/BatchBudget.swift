/// What the rows of a batch may take in all leaves together: a few hundred bytes can claim millions
/// of elements in each of any number of columns. One leaf after the other takes its part while it
/// decodes, so that the one that goes too far is stopped, not found out.
final class BatchBudget {
  private var levelsLeft: Int
  /// Bytes of strings that lie in no page and in no dictionary.
  private(set) var dataBytesLeft: Int

  init(levels: Int, dataBytes: Int) {
    levelsLeft = levels
    dataBytesLeft = dataBytes
  }

  /// Whether there is so much left. It is taken either way: nothing comes of a batch that is too
  /// large.
  func take(levels: Int, dataBytes: Int) -> Bool {
    levelsLeft -= levels
    dataBytesLeft -= dataBytes
    return levelsLeft >= 0 && dataBytesLeft >= 0
  }
}
