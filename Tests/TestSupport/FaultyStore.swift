package import Base
package import Store
import Synchronization

/// Something a store does that lasts: what a crash can fall before, after, or in the middle of.
package enum StoreEffect: Sendable, Equatable {
  case put(String)
  case putIfAbsent(String)
  case append(String)
  case finish(String)
  case delete(String)
}

/// When the process "dies", counted in effects from 0.
package enum Fault: Sendable, Equatable {
  case none
  /// The effect does not happen.
  case before(Int)
  /// The effect happens, and its caller never learns of it.
  case after(Int)
  /// Half of the bytes become visible under the final name, as on a store without atomic writes.
  case torn(Int)
}

/// Wraps a store; fails at one effect, and from then on at every call: the process is dead.
///
/// `beforeEffect` runs ahead of each effect: a test scripts a second writer there.
package final class FaultyStore: ObjectStore {
  private struct State: Sendable {
    var effects: [StoreEffect] = []
    var isDead = false
  }

  package let base: any ObjectStore
  private let fault: Fault
  private let beforeEffect: @Sendable (StoreEffect) -> Void
  private let state = Mutex(State())

  package init(
    _ base: any ObjectStore, fault: Fault = .none,
    beforeEffect: @escaping @Sendable (StoreEffect) -> Void = { _ in }
  ) {
    self.base = base
    self.fault = fault
    self.beforeEffect = beforeEffect
  }

  /// What happened so far, the failed effect included.
  package var effects: [StoreEffect] { state.withLock { $0.effects } }
  package var isDead: Bool { state.withLock { $0.isDead } }
  package var location: String { base.location }

  private func crash(_ path: String) -> StoreError {
    state.withLock { $0.isDead = true }
    return StoreError(.io, "the store failed on purpose", path: path)
  }

  private func alive(_ path: String) throws(StoreError) {
    if isDead { throw StoreError(.io, "the store is dead", path: path) }
  }

  fileprivate func effect<R>(
    _ kind: StoreEffect, _ path: String, torn: () throws(StoreError) -> Void,
    _ body: () throws(StoreError) -> R
  ) throws(StoreError) -> R {
    try alive(path)
    beforeEffect(kind)
    let index = state.withLock { state in
      state.effects.append(kind)
      return state.effects.count - 1
    }
    if fault == .before(index) { throw crash(path) }
    if fault == .torn(index) {
      try torn()
      throw crash(path)
    }
    let result = try body()
    if fault == .after(index) { throw crash(path) }
    return result
  }

  package func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry] {
    try alive(directory)
    return try base.list(directory, recursive: recursive)
  }

  package func entry(_ path: String) throws(StoreError) -> ObjectEntry? {
    try alive(path)
    return try base.entry(path)
  }

  package func read(_ path: String, range: Range<Int64>?) throws(StoreError) -> Buffer<UInt8> {
    try alive(path)
    return try base.read(path, range: range)
  }

  package func openReader(_ path: String) throws(StoreError) -> any ObjectReader {
    try alive(path)
    return try base.openReader(path)
  }

  package func put(_ path: String, _ bytes: RawSpan) throws(StoreError) {
    let half = bytes.extracting(first: bytes.byteCount / 2)
    let whole = Buffer<UInt8>(copying: bytes)
    let part = Buffer<UInt8>(copying: half)
    try effect(.put(path), path) { () throws(StoreError) in
      try base.put(path, part.bytes)
    } _: { () throws(StoreError) in
      try base.put(path, whole.bytes)
    }
  }

  package func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    let whole = Buffer<UInt8>(copying: bytes)
    let part = Buffer<UInt8>(copying: bytes.extracting(first: bytes.byteCount / 2))
    return try effect(.putIfAbsent(path), path) { () throws(StoreError) in
      try base.put(path, part.bytes)
    } _: { () throws(StoreError) in
      try base.putIfAbsent(path, whole.bytes)
    }
  }

  package func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter {
    try alive(path)
    return FaultyWriter(store: self, base: try base.createWriter(path), path: path)
  }

  package func delete(_ path: String) throws(StoreError) {
    try effect(.delete(path), path) { () throws(StoreError) in
    } _: { () throws(StoreError) in
      try base.delete(path)
    }
  }
}

private final class FaultyWriter: ObjectWriter {
  private let store: FaultyStore
  private let base: any ObjectWriter
  private let path: String
  var sizeBytes: Int64 { base.sizeBytes }

  init(store: FaultyStore, base: any ObjectWriter, path: String) {
    self.store = store
    self.base = base
    self.path = path
  }

  func append(_ bytes: RawSpan) throws(StoreError) {
    let whole = Buffer<UInt8>(copying: bytes)
    try store.effect(.append(path), path) { () throws(StoreError) in
    } _: { () throws(StoreError) in
      try base.append(whole.bytes)
    }
  }

  func finish() throws(StoreError) {
    try store.effect(.finish(path), path) { () throws(StoreError) in
      try base.finish()
    } _: { () throws(StoreError) in
      try base.finish()
    }
  }
}

extension Buffer where Element == UInt8 {
  package init(copying bytes: RawSpan) {
    var writer = ByteWriter(capacity: bytes.byteCount)
    writer.append(bytes)
    self = writer.freeze()
  }

  package init(utf8 text: String) { self.init(Array(text.utf8)) }
}
