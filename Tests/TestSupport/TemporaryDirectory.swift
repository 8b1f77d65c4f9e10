import Base
import Glibc

/// A directory of its own for one test, removed with everything in it when released.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init() {
    var random = SystemRandomNumberGenerator()
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    path = parent + "/grebe-test-" + randomUUID(using: &random)
    let status = unsafe mkdir(path, 0o755)
    precondition(status == 0)
  }

  deinit { removeTree(path) }

  /// Names in the directory, hidden ones included.
  package func names(_ directory: String = "") -> [String] {
    directoryNames(path + "/" + directory).sorted()
  }
}

private func directoryNames(_ path: String) -> [String] {
  guard let stream = unsafe opendir(path) else { return [] }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  while let entry = unsafe readdir(stream) {
    let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name)!
    let name = unsafe String(
      cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

private func removeTree(_ path: String) {
  for name in directoryNames(path) {
    let child = path + "/" + name
    if unsafe unlink(child) != 0 { removeTree(child) }
  }
  _ = unsafe rmdir(path)
}

/// A folder of public test data shared by all checkouts, or nil where there is none; its parts are
/// named by `GREBE_SHARED_DATA`, else `../shared/data` beside the package.
package func sharedData(_ name: String, sourceFile: StaticString = #filePath) -> String? {
  let given = unsafe getenv("GREBE_SHARED_DATA").map { unsafe String(cString: $0) }
  var package = sourceFile.description.split(separator: "/")
  while let last = package.popLast(), last != "Tests" {}
  let beside = "/" + package.dropLast().joined(separator: "/") + "/shared/data"
  let path = (given ?? beside) + "/" + name
  return unsafe access(path, R_OK) == 0 ? path : nil
}
