import Base
import Store
import TestSupport
import Testing

@Suite("Stores: what all promise") struct StoreConformanceTests {
  @Test func `a local directory`() throws {
    let directory = TemporaryDirectory()
    try checkStoreConformance(try LocalStore(root: directory.path))
  }

  @Test func `a local directory that does not exist yet`() throws {
    let directory = TemporaryDirectory()
    try checkStoreConformance(try LocalStore(root: directory.path + "/lake/orders/"))
  }

  @Test func `memory`() throws {
    try checkStoreConformance(InMemoryStore())
  }

  @Test func `a faulty store without a fault`() throws {
    try checkStoreConformance(FaultyStore(InMemoryStore()))
  }

  @Test(arguments: [Fault.before(1), .after(1), .torn(1)])
  func `a faulty store fails at its effect and at everything after`(_ fault: Fault) throws {
    let base = InMemoryStore()
    let store = FaultyStore(base, fault: fault)
    let bytes = Buffer<UInt8>(utf8: "0123456789")
    try store.put("a", bytes.bytes)
    #expect(throws: StoreError.self) { _ = try store.putIfAbsent("b", bytes.bytes) }
    #expect(throws: StoreError.self) { _ = try store.entry("a") }
    let expected: Int64? = fault == .before(1) ? nil : fault == .after(1) ? 10 : 5
    #expect(try base.entry("b")?.sizeBytes == expected)
    #expect(store.effects == [.put("a"), .putIfAbsent("b")])
  }
}
