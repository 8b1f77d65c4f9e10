import Testing

@testable import Delta

@Suite("Ordered queue") struct OrderedQueueTests {
  @Test func `results come out in the order of their ordinals`() {
    var queue = OrderedQueue<String>()
    #expect(queue.insert("c", ordinal: 2) == [])
    #expect(queue.insert("a", ordinal: 0) == ["a"])
    #expect(queue.next == 1)
    #expect(queue.insert("b", ordinal: 1) == ["b", "c"])
    #expect(queue.next == 3)
  }

  @Test func `parts of the ordinal whose turn it is come out at once, others wait`() {
    var queue = OrderedQueue<String>()
    #expect(queue.insert("b1", ordinal: 1, isLast: false) == [])
    #expect(queue.insert("a1", ordinal: 0, isLast: false) == ["a1"])
    #expect(queue.insert("a2", ordinal: 0, isLast: false) == ["a2"])
    #expect(queue.insert("a3", ordinal: 0) == ["a3", "b1"])
    #expect(queue.insert("c", ordinal: 2) == [])
    #expect(queue.insert("b2", ordinal: 1) == ["b2", "c"])
    #expect(queue.next == 3)
  }
}
