import Base
import Store
import TestSupport
import Testing

@Suite("FaultyStore: what goes wrong") struct FaultyStoreTests {
  private let disk = InMemoryStore()
  private let bytes = Buffer<UInt8>(utf8: "0123456789")

  private func text(_ path: String) -> String? {
    (try? disk.read(path, range: nil)).map { String(decoding: Array($0), as: UTF8.self) }
  }

  @Test(arguments: Mishap.allCases)
  func `an entry that is put meets every mishap`(_ mishap: Mishap) throws {
    let store = FaultyStore(disk, fault: .at(0, mishap))
    let outcome = try? store.putIfAbsent("x", bytes.bytes)
    #expect(store.effects == [.putIfAbsent("x")])
    #expect(store.isDead == mishap.isDeadly)
    #expect((try? store.entry("x")) == nil || !mishap.isDeadly)
    switch mishap {
    case .crashBefore, .errorBefore: #expect(text("x") == nil && outcome == nil)
    case .crashAfter, .errorAfter: #expect(text("x") == "0123456789" && outcome == nil)
    case .torn: #expect(text("x") == "01234" && outcome == nil)
    case .repeated: #expect(text("x") == "0123456789" && outcome == .alreadyExists)
    }
  }

  @Test func `a file being written is torn at its end, whatever was appended how`() throws {
    let store = FaultyStore(disk, fault: .torn(2))
    let writer = try store.createWriter("d/x")
    try writer.append(bytes.bytes)
    try writer.append(bytes.bytes)
    #expect(throws: StoreError.self) { try writer.finish() }
    #expect(text("d/x") == "0123456789")
    #expect(store.isDead)
  }

  @Test func `what is asked for twice happens once`() throws {
    let store = FaultyStore(disk) { _, _ in .repeated }
    let writer = try store.createWriter("x")
    try writer.append(bytes.bytes)
    try writer.finish()
    try store.put("y", bytes.bytes)
    try store.delete("y")
    #expect(text("y") == nil)
    #expect(text("x") == "0123456789")
  }

  @Test func `a late list leaves out what was made last`() throws {
    let delay = ListingDelay { 2 }
    let first = FaultyStore(disk, listing: delay)
    let second = FaultyStore(disk, listing: delay)
    for name in ["a", "b", "c"] { _ = try first.putIfAbsent(name, bytes.bytes) }
    try second.put("a", bytes.bytes)
    #expect(try second.list("", recursive: true).map(\.path) == ["a"])
    #expect(try second.entry("c") != nil)
    #expect(try disk.list("", recursive: true).count == 3)
    // Who misses what was deleted finds all from before, also what is replaced after it.
    try second.delete("b")
    try second.put("a", bytes.bytes)
    _ = try first.putIfAbsent("d", bytes.bytes)
    #expect(try first.list("", recursive: true).map(\.path) == ["a", "c"])
  }
}
