extension LocalStore {
  /// Directories that are links are not entered: what is behind them may be anywhere.
  package func walk(
    entering: (_ directory: String) throws(StoreError) -> Bool,
    _ body: (StoreItem) throws(StoreError) -> Void
  ) throws(StoreError) {
    var pending = [""]
    while let directory = pending.popLast() {
      if !directory.isEmpty {
        guard try entering(directory) else { continue }
      }
      var files: [ObjectEntry] = []
      var isEmpty = true
      let path = absolutePath(directory)
      // The time it had before anything in it is touched.
      let modified = (try? Platform.status(path))?.modifiedMillis
      do throws(WalkFailure) {
        try Platform.forEachEntry(path) { (name, isDirectory) throws(WalkFailure) in
          isEmpty = false
          let child = directory.isEmpty ? name : directory + "/" + name
          if isDirectory {
            pending.append(child)
            return
          }
          do throws(StoreError) {
            if let entry = try entry(child) { files.append(entry) }
            if files.count == walkFileCount {
              try body(.files(files))
              files = []
            }
          } catch {
            throw .body(error)
          }
        }
      } catch {
        switch error {
        case .body(let error): throw error
        case .system(let fault):
          if fault.isNotFound { continue }
          throw fault.error(path)
        }
      }
      if !files.isEmpty { try body(.files(files)) }
      if isEmpty, !directory.isEmpty, let modified {
        try body(.emptyDirectory(path: directory, modifiedMillis: modified))
      }
    }
  }

  package func removeEmptyDirectory(_ path: String) throws(StoreError) -> Bool {
    try checkPath(path, allowsRoot: true)
    do throws(SystemFault) {
      try Platform.removeDirectory(absolutePath(path))
      return true
    } catch {
      if error.isNotFound || error.isNotEmpty { return false }
      throw error.error(absolutePath(path))
    }
  }
}

/// Why a walk through a directory ended early.
enum WalkFailure: Error {
  case system(SystemFault)
  case body(StoreError)
}
