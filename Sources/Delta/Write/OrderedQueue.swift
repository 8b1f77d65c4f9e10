/// Puts results that finish in any order back into the order of their ordinals 0, 1, 2, …
///
/// What reaches a file then depends only on the input, not on which worker was faster. The result
/// of an ordinal may come in several parts, one after the other.
struct OrderedQueue<Element> {
  private struct Entry {
    var parts: [Element] = []
    var isComplete = false
  }

  private var waiting: [Int: Entry] = [:]
  /// Everything below it has been given out.
  private(set) var next = 0

  /// Takes a part of the result of `ordinal`; returns the parts whose turn it is.
  ///
  /// - Parameter isLast: whether the ordinal's result is complete with it; said once per ordinal.
  mutating func insert(_ part: Element, ordinal: Int, isLast: Bool = true) -> [Element] {
    waiting[ordinal, default: Entry()].parts.append(part)
    waiting[ordinal]?.isComplete = isLast
    var ready: [Element] = []
    while var due = waiting[next] {
      ready += due.parts
      guard due.isComplete else {
        due.parts = []
        waiting[next] = due
        break
      }
      waiting[next] = nil
      next += 1
    }
    return ready
  }
}
