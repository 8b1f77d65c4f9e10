package import Base
package import Store
import Synchronization

/// Something a store does that lasts: what a fault can fall before, after, or in the middle of.
package enum StoreEffect: Sendable, Equatable {
  case put(String)
  case putIfAbsent(String)
  case append(String)
  case finish(String)
  case delete(String)

  package var path: String {
    switch self {
    case .put(let path), .putIfAbsent(let path), .append(let path), .finish(let path),
      .delete(let path):
      path
    }
  }
}

/// What goes wrong at one effect.
package enum Mishap: Sendable, Equatable, CaseIterable {
  /// The process dies, and nothing has happened.
  case crashBefore
  /// It dies when it has happened: its caller never learns of it.
  case crashAfter
  /// It dies when half of the bytes are visible under the final name, as on a store without atomic
  /// writes. What makes no file visible does not happen.
  case torn
  /// An error, and nothing has happened. The store lives on.
  case errorBefore
  /// An error, and yet it has happened.
  case errorAfter
  /// It happens, the answer gets lost, and the store's client asks again: the caller gets the
  /// second answer.
  case repeated

  package var isDeadly: Bool {
    switch self {
    case .crashBefore, .crashAfter, .torn: true
    case .errorBefore, .errorAfter, .repeated: false
    }
  }
}

/// Which effect goes wrong, counted from 0.
package enum Fault: Sendable, Equatable {
  case none
  case before(Int)
  case after(Int)
  case torn(Int)
  case at(Int, Mishap)

  func mishap(at index: Int) -> Mishap? {
    switch self {
    case .before(index): .crashBefore
    case .after(index): .crashAfter
    case .torn(index): .torn
    case .at(index, let mishap): mishap
    default: nil
    }
  }
}

/// Lets one effect after the other go wrong, up to the last: each run has a fault at the next one,
/// and the first run that none was left for is the end.
///
/// - Parameter run: whether the effect of that number took place.
/// - Returns: how many there were.
@discardableResult
package func forEachEffect(_ run: (Int) throws -> Bool) rethrows -> Int {
  var effect = 0
  while try run(effect) {
    effect += 1
    precondition(effect < 1000, "every run has more effects than the last")
  }
  return effect
}

/// Wraps a store; something goes wrong at some effects. After a crash every call fails: the process
/// is dead.
///
/// `beforeEffect` runs ahead of each effect, `beforeCall` ahead of every call: a test scripts a
/// second writer there.
package final class FaultyStore: ObjectStore {
  private struct State: Sendable {
    var effects: [StoreEffect] = []
    var isDead = false
  }

  package let base: any ObjectStore
  private let mishap: @Sendable (Int, StoreEffect) -> Mishap?
  private let beforeEffect: @Sendable (StoreEffect) -> Void
  private let beforeCall: @Sendable () -> Void
  private let listing: ListingDelay?
  private let state = Mutex(State())

  /// - Parameters:
  ///   - mishap: what goes wrong at an effect, given its number.
  ///   - listing: what lists show late; shared by the stores of all processes.
  package init(
    _ base: any ObjectStore, listing: ListingDelay? = nil,
    beforeEffect: @escaping @Sendable (StoreEffect) -> Void = { _ in },
    beforeCall: @escaping @Sendable () -> Void = {},
    mishap: @escaping @Sendable (Int, StoreEffect) -> Mishap?
  ) {
    self.base = base
    self.mishap = mishap
    self.listing = listing
    self.beforeEffect = beforeEffect
    self.beforeCall = beforeCall
  }

  package convenience init(
    _ base: any ObjectStore, fault: Fault = .none, listing: ListingDelay? = nil,
    beforeEffect: @escaping @Sendable (StoreEffect) -> Void = { _ in }
  ) {
    self.init(base, listing: listing, beforeEffect: beforeEffect) { index, _ in
      fault.mishap(at: index)
    }
  }

  /// What happened so far, failed effects included.
  package var effects: [StoreEffect] { state.withLock { $0.effects } }
  package var isDead: Bool { state.withLock { $0.isDead } }
  package var location: String { base.location }

  private func failure(_ path: String, _ mishap: Mishap?) -> StoreError {
    if mishap?.isDeadly == true { state.withLock { $0.isDead = true } }
    return StoreError(.io, "the store failed on purpose", path: path)
  }

  private func alive(_ path: String) throws(StoreError) {
    beforeCall()
    if isDead { throw StoreError(.io, "the store is dead", path: path) }
  }

  /// - Parameter tearing: makes half of the bytes visible.
  fileprivate func effect<R>(
    _ kind: StoreEffect, tearing: () throws(StoreError) -> Void,
    _ body: () throws(StoreError) -> R
  ) throws(StoreError) -> R {
    try alive(kind.path)
    beforeEffect(kind)
    let index = state.withLock { state in
      state.effects.append(kind)
      return state.effects.count - 1
    }
    let mishap = mishap(index, kind)
    switch mishap {
    case .crashBefore, .errorBefore: throw failure(kind.path, mishap)
    case .torn:
      try tearing()
      throw failure(kind.path, mishap)
    case .crashAfter, .errorAfter, .repeated, nil: break
    }
    let result = try body()
    listing?.note(kind)
    switch mishap {
    case .crashAfter, .errorAfter: throw failure(kind.path, mishap)
    case .repeated: return try body()
    case .crashBefore, .errorBefore, .torn, nil: return result
    }
  }

  package func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry] {
    try alive(directory)
    let entries = try base.list(directory, recursive: recursive)
    return listing?.visible(entries) ?? entries
  }

  package func walk(
    entering: (_ directory: String) throws(StoreError) -> Bool,
    _ body: (StoreItem) throws(StoreError) -> Void
  ) throws(StoreError) {
    try alive("")
    try base.walk(entering: entering, body)
  }

  package func removeEmptyDirectory(_ path: String) throws(StoreError) -> Bool {
    try alive(path)
    return try base.removeEmptyDirectory(path)
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
    let whole = Buffer<UInt8>(copying: bytes)
    try effect(.put(path)) { () throws(StoreError) in
      try tear(path, whole)
    } _: { () throws(StoreError) in
      try base.put(path, whole.bytes)
    }
  }

  package func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    let whole = Buffer<UInt8>(copying: bytes)
    return try effect(.putIfAbsent(path)) { () throws(StoreError) in
      try tear(path, whole)
    } _: { () throws(StoreError) in
      try base.putIfAbsent(path, whole.bytes)
    }
  }

  fileprivate func tear(_ path: String, _ bytes: Buffer<UInt8>) throws(StoreError) {
    let half = bytes.slice(0..<bytes.count / 2)
    try base.put(path, half.bytes)
  }

  package func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter {
    try alive(path)
    return FaultyWriter(store: self, base: try base.createWriter(path), path: path)
  }

  package func delete(_ path: String) throws(StoreError) {
    try effect(.delete(path)) { () throws(StoreError) in
    } _: { () throws(StoreError) in
      try base.delete(path)
    }
  }
}

private final class FaultyWriter: ObjectWriter {
  private let store: FaultyStore
  private let base: any ObjectWriter
  private let path: String
  private var written: [UInt8] = []
  private var isFinished = false
  var sizeBytes: Int64 { base.sizeBytes }

  init(store: FaultyStore, base: any ObjectWriter, path: String) {
    self.store = store
    self.base = base
    self.path = path
  }

  func append(_ bytes: RawSpan) throws(StoreError) {
    let whole = Buffer<UInt8>(copying: bytes)
    var isAppended = false
    try store.effect(.append(path)) { () throws(StoreError) in
    } _: { () throws(StoreError) in
      // Asked for twice, it is in one place of the file all the same.
      if isAppended { return }
      isAppended = true
      try base.append(whole.bytes)
      written += Array(whole)
    }
  }

  func finish() throws(StoreError) {
    let whole = Buffer(written)
    try store.effect(.finish(path)) { () throws(StoreError) in
      try store.tear(path, whole)
    } _: { () throws(StoreError) in
      if !isFinished { try base.finish() }
      isFinished = true
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
