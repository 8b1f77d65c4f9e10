import Base
import Store

/// Files of one directory that are to be deleted, packed: little more than their names.
struct PathChunk: Sendable {
  let directory: String
  /// With a `/` between two.
  private var names: [UInt8] = []
  private var sizes: [Int64] = []

  private static let countMax = 1024

  var count: Int { sizes.count }
  var sizeBytes: Int64 { sizes.saturatedSum() }

  /// Adds a file to the last chunk if that is of its directory and has room, else to a new one.
  static func append(_ file: ObjectEntry, to chunks: inout [PathChunk]) {
    let directory = Store.directory(of: file.path)
    if chunks.last?.directory != directory || chunks[chunks.count - 1].count == countMax {
      chunks.append(PathChunk(directory: directory))
    }
    chunks[chunks.count - 1].append(file)
  }

  private init(directory: String) { self.directory = directory }

  private mutating func append(_ file: ObjectEntry) {
    if count > 0 { names.append(UInt8(ascii: "/")) }
    names += VacuumScope.name(file.path).utf8
    sizes.append(file.sizeBytes)
  }

  var files: [(path: String, sizeBytes: Int64)] {
    let names = names.split(separator: UInt8(ascii: "/"))
    return zip(names, sizes).map { name, size in
      let name = String(decoding: name, as: UTF8.self)
      return (directory.isEmpty ? name : directory + "/" + name, size)
    }
  }
}
