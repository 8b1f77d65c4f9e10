import Base
package import Store

/// What `checkStoreConformance` found wrong.
package struct ConformanceFailure: Error, CustomStringConvertible {
  package var description: String
}

/// What every `ObjectStore` promises, checked on an empty one. Throws at the first broken promise.
package func checkStoreConformance(_ store: any ObjectStore) throws {
  try checkEmptyStore(store)
  try checkPutAndRead(store)
  try checkPutIfAbsent(store)
  try checkHints(store)
  try checkWriters(store)
  try checkLists(store)
  try checkWalks(store)
  try checkIllegalPaths(store)
}

private func require(_ holds: Bool, _ promise: String) throws {
  if !holds { throw ConformanceFailure(description: promise) }
}

private func requireError(
  _ code: ErrorCode, _ promise: String, _ body: () throws -> Void
) throws {
  do { try body() } catch let error as StoreError {
    return try require(error.code == code, "\(promise): \(error.code) \(error)")
  }
  throw ConformanceFailure(description: "\(promise): nothing was thrown")
}

private func checkEmptyStore(_ store: any ObjectStore) throws {
  try require(try store.list("", recursive: true).isEmpty, "an empty store lists nothing")
  try require(try store.list("no/such", recursive: false).isEmpty, "no directory has no files")
  try require(try store.entry("missing") == nil, "a missing file has no entry")
  try requireError(.notFound, "reading a missing file") {
    _ = try store.read("missing", range: nil)
  }
  try requireError(.notFound, "opening a missing file") { _ = try store.openReader("missing") }
  try store.delete("missing")
}

private func checkPutAndRead(_ store: any ObjectStore) throws {
  let bytes = Buffer<UInt8>(utf8: "0123456789")
  try store.put("a/b/one", bytes.bytes)
  try require(try store.read("a/b/one", range: nil) == bytes, "what was put is read")
  try require(
    try store.read("a/b/one", range: 3..<5) == Buffer(utf8: "34"), "a range is read alone")
  try require(try store.read("a/b/one", range: 10..<10).count == 0, "an empty range at the end")
  try requireError(.corrupt, "a range past the end") {
    _ = try store.read("a/b/one", range: 5..<11)
  }
  try require(try store.entry("a/b/one")?.sizeBytes == 10, "an entry knows the size")
  try require(try store.entry("a/b") == nil, "a directory has no entry")

  let reader = try store.openReader("a/b/one")
  try store.put("a/b/one", Buffer<UInt8>(utf8: "new").bytes)
  try require(try store.read("a/b/one", range: nil) == Buffer(utf8: "new"), "put replaces")
  try require(try reader.read(0..<10) == bytes, "an open reader keeps the file it opened")
  try store.put("empty", Buffer<UInt8>().bytes)
  try require(try store.read("empty", range: nil).count == 0, "an empty file is a file")
  try store.delete("empty")
  try require(try store.entry("empty") == nil, "a deleted file is gone")
}

private func checkPutIfAbsent(_ store: any ObjectStore) throws {
  let first = Buffer<UInt8>(utf8: "first")
  try require(try store.putIfAbsent("log/0", first.bytes) == .written, "the first caller writes")
  let again = try store.putIfAbsent("log/0", Buffer<UInt8>(utf8: "second").bytes)
  try require(again == .alreadyExists, "the second caller is told")
  try require(try store.read("log/0", range: nil) == first, "the first caller's bytes stay")

  let winners = WinnerCount()
  withWorkers(count: 8) { worker, _ in
    let bytes = Buffer<UInt8>(repeating: UInt8(worker), count: 1000 + worker)
    if (try? store.putIfAbsent("log/1", bytes.bytes)) == .written { winners.add(worker) }
  }
  try require(winners.all.count == 1, "of eight callers one writes, not \(winners.all)")
  let seen = Array(try store.read("log/1", range: nil))
  let winner = winners.all[0]
  try require(
    seen == Array(repeating: UInt8(winner), count: 1000 + winner), "the winner's bytes stay, whole")
}

private func checkHints(_ store: any ObjectStore) throws {
  let first = Buffer<UInt8>(utf8: "first")
  try require(try store.putHint("hints/0", first.bytes) == .written, "a hint is written")
  let again = try store.putHint("hints/0", Buffer<UInt8>(utf8: "second").bytes)
  try require(again == .alreadyExists, "a hint replaces nothing")
  try require(try store.read("hints/0", range: nil) == first, "a hint is read")
  try store.put("hints/below/1", first.bytes)
  try require(try store.paths(in: "hints") == ["hints/0"], "paths of the directory alone")
  try require(try store.paths(in: "no/such").isEmpty, "no directory has no paths")
  try store.put("hints/1", first.bytes)
  let later = try store.list("hints", from: "hints/00").map(\.path)
  try require(later == ["hints/1"], "a list from a path on leaves out those before: \(later)")
  let all = try store.list("hints", from: "hints/0").map(\.path)
  try require(all == ["hints/0", "hints/1"], "a list begins with its first path: \(all)")
  for path in ["hints/0", "hints/1", "hints/below/1"] { try store.delete(path) }
}

private func checkWriters(_ store: any ObjectStore) throws {
  let writer = try store.createWriter("data/x=1/part")
  try writer.append(Buffer<UInt8>(utf8: "ab").bytes)
  try require(try store.entry("data/x=1/part") == nil, "nothing is visible before finish")
  try require(try store.list("data", recursive: true).isEmpty, "nothing is listed before finish")
  try writer.append(Buffer<UInt8>(utf8: "cd").bytes)
  try require(writer.sizeBytes == 4, "a writer counts its bytes")
  try writer.finish()
  try require(
    try store.read("data/x=1/part", range: nil) == Buffer(utf8: "abcd"), "appends make the file")
  do {
    let abandoned = try store.createWriter("data/abandoned")
    try abandoned.append(Buffer<UInt8>(utf8: "gone").bytes)
  }
  try require(try store.entry("data/abandoned") == nil, "an abandoned writer leaves nothing")
}

private func checkLists(_ store: any ObjectStore) throws {
  for name in ["list/b", "list/a", "list/a-1", "list/a/c", "list/é", "list/B", "listing"] {
    if name == "list/a/c" { continue }  // Not every store lets a file and a directory share a name.
    try store.put(name, Buffer<UInt8>(utf8: name).bytes)
  }
  try store.put("list/d/e/f", Buffer<UInt8>(utf8: "f").bytes)
  let flat = try store.list("list", recursive: false).map(\.path)
  try require(
    flat == ["list/B", "list/a", "list/a-1", "list/b", "list/é"], "sorted by bytes: \(flat)")
  let deep = try store.list("list", recursive: true).map(\.path)
  try require(
    deep == ["list/B", "list/a", "list/a-1", "list/b", "list/d/e/f", "list/é"], "deep: \(deep)")
  let entry = try store.list("list/d/e", recursive: false)
  try require(entry.map(\.sizeBytes) == [1], "lists carry sizes")
}

private func checkWalks(_ store: any ObjectStore) throws {
  for name in ["walk/a", "walk/in/b", "walk/in/deep/c", "walk/out/d", "walk/out/deep/e"] {
    try store.put(name, Buffer<UInt8>(utf8: name).bytes)
  }
  var asked: [String] = []
  var found: [String] = []
  try store.walk { (directory) throws(StoreError) in
    asked.append(directory)
    return directory.hasPrefix("walk") && directory != "walk/out"
  } _: { (item) throws(StoreError) in
    if case .files(let entries) = item { found += entries.map(\.path) }
  }
  let below = found.filter { $0.hasPrefix("walk/") }.sorted()
  try require(below == ["walk/a", "walk/in/b", "walk/in/deep/c"], "a walk: \(found)")
  try require(!found.contains { $0.hasPrefix("list/") }, "what is declined is passed over")
  try require(!asked.contains("walk/out/deep"), "nor is what is below asked for: \(asked)")
  try require(Set(asked).count == asked.count, "each directory is asked for once: \(asked)")
  try require(try !store.removeEmptyDirectory("walk/in"), "a directory with files stays")
}

private func checkIllegalPaths(_ store: any ObjectStore) throws {
  for path in ["", "/etc/passwd", "../x", "a/../b", "./a", "a//b", "a/", "a\0b", ".."] {
    try requireError(.invalidArgument, "the path \(path.debugDescription)") {
      try store.put(path, Buffer<UInt8>().bytes)
    }
    try requireError(.invalidArgument, "the path \(path.debugDescription)") {
      _ = try store.read(path, range: nil)
    }
  }
}
