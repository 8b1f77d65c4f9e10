/// The keys that a replay has seen. Each brings its hash along, so that one is hashed once, by the
/// worker that parsed it, however often the set grows.
struct FileKeySet: Sendable {
  private var keys: [FileKey] = []
  /// Positions in `keys`, plus one, by hash, the next free slot where it is taken; zero is free. A
  /// power of two of them, at most half in use.
  private var slots: [UInt32] = []

  var isEmpty: Bool { keys.isEmpty }

  func contains(_ key: FileKey) -> Bool {
    !slots.isEmpty && slots[slot(of: key)] != 0
  }

  /// False if the key was there. O(1), amortised.
  mutating func insert(_ key: FileKey) -> Bool {
    precondition(keys.count < Int(UInt32.max))
    if keys.count * 2 >= slots.count { grow() }
    let slot = slot(of: key)
    if slots[slot] != 0 { return false }
    keys.append(key)
    slots[slot] = UInt32(keys.count)
    return true
  }

  /// Where the key is, or would be.
  private func slot(of key: FileKey) -> Int {
    let mask = slots.count - 1
    var slot = key.hash & mask
    while slots[slot] != 0, keys[Int(slots[slot]) - 1] != key { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let mask = max(slots.count * 2, 64) - 1
    slots = Array(repeating: 0, count: mask + 1)
    for (index, key) in keys.enumerated() {
      var slot = key.hash & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(index + 1)
    }
  }
}
