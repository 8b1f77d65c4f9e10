import Base

// Paths below a store's root: `/`-separated, raw, without `.`, `..`, empty parts or NUL.

/// Refuses what could leave the root or name two files at once.
func checkPath(_ path: String, allowsRoot: Bool = false) throws(StoreError) {
  if path.isEmpty && allowsRoot { return }
  let isLegal =
    !path.isEmpty && !path.utf8.contains(0)
    && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .allSatisfy { part in
        !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
      }
  if !isLegal {
    throw StoreError(
      .invalidArgument,
      "a path in a store must not be absolute or contain `.`, `..` or empty parts",
      path: path)
  }
}

/// The directory part of a legal path; empty for a file at the root.
package func directory(of path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
  return String(path[..<slash])
}

/// Files that are being written have such names; lists leave them out.
private let temporaryPrefix = ".grebe-"
private let temporarySuffix = ".tmp"

func temporaryName(_ id: String) -> String { temporaryPrefix + id + temporarySuffix }

package func isTemporaryName(_ name: String) -> Bool {
  name.hasPrefix(temporaryPrefix) && name.hasSuffix(temporarySuffix)
}

/// By the bytes of the path, the order that version numbers and object stores use.
func sortedByPath(_ entries: [ObjectEntry]) -> [ObjectEntry] {
  entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
}
