import Base
package import Store
import Synchronization

/// Which files of the log are not in the store.
package enum MissingFiles {
  /// Paths of the data files, and of the files of their deletion vectors, that are gone, in the
  /// order of `files`. Every worker asks for some.
  ///
  /// - Throws: `corrupt` for a data file of another size than the log says.
  package static func find(
    _ files: [AddFile], in store: any ObjectStore, environment: Environment
  ) throws(DeltaError) -> [String] {
    let missing = Mutex<[Int: [String]]>([:])
    try forEachIndex(
      below: files.count, parallelism: environment.parallelism, parent: environment.cancellation,
      interrupted: DeltaError(
        .cancelled, "interrupted; nothing was changed", table: store.location)
    ) { (index, _) throws(DeltaError) in
      let gone = try parts(missingOf: files[index], in: store)
      if !gone.isEmpty { missing.withLock { $0[index] = gone } }
    }
    return missing.withLock { $0.sorted { $0.key < $1.key }.flatMap(\.value) }
  }

  private static func parts(
    missingOf file: AddFile, in store: any ObjectStore
  ) throws(DeltaError) -> [String] {
    var gone: [String] = []
    let location = try file.location(in: store)
    if let sizeBytes = try storing({ () throws(StoreError) in try location.sizeBytes(in: store) }) {
      if sizeBytes != file.sizeBytes {
        throw .corrupt(
          "the file has \(sizeBytes) bytes and should have \(file.sizeBytes)",
          table: store.location, file: location.path)
      }
    } else {
      gone.append(location.path)
    }
    if let vector = try file.deletionVector?.location(in: store),
      try storing({ () throws(StoreError) in try vector.sizeBytes(in: store) }) == nil
    {
      gone.append(vector.path)
    }
    return gone
  }
}
