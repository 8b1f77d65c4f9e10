import Base
import Delta

/// A row: which one, and in which partition.
struct Row: Hashable, Comparable {
  var partition: Int
  var id: Int

  static func < (left: Row, right: Row) -> Bool {
    (left.partition, left.id) < (right.partition, right.id)
  }
}

/// Rows that a deletion takes.
struct Predicate: Equatable {
  var partition: Int
  var modulus: Int
  var remainder: Int

  func holds(_ row: Row) -> Bool { row.partition == partition && row.id % modulus == remainder }
}

/// What a transaction means, whatever files it moves.
enum Intent: Equatable {
  case append([Row])
  /// An append that is to happen once, however often it is tried.
  case load(source: Int, [Row])
  case delete(Predicate)
  case overwriteAll([Row])
  case overwrite(partition: Int, [Row])
  /// A row whose number says how many rows another partition has.
  case count(of: Int, Row)
  /// The table as it was.
  case restore(version: Int64)
  /// Nothing that a reader of rows sees.
  case upkeep
}

// Data files of the simulation are the numbers of their rows, separated by spaces; deletion vectors
// the same, in their descriptor.

func bytes(of ids: [Int]) -> Buffer<UInt8> {
  Buffer(Array(ids.map(String.init).joined(separator: " ").utf8))
}

/// Nil for what was cut short.
func ids(in bytes: Buffer<UInt8>) -> [Int]? {
  if bytes.count == 0 { return [] }
  var ids: [Int] = []
  var id: Int?
  for index in 0..<bytes.count {
    let byte = bytes[index]
    if byte == UInt8(ascii: " ") {
      guard let found = id else { return nil }
      ids.append(found)
      id = nil
    } else {
      id = (id ?? 0) * 10 + Int(byte) - 48
    }
  }
  if let id { ids.append(id) }
  return ids
}

extension AddFile {
  static func simulated(_ path: String, _ ids: [Int], partition: Int, bytes: Int) -> AddFile {
    AddFile(
      path: path, partitionValues: ["p": String(partition)], sizeBytes: Int64(bytes),
      modifiedMillis: 1, statisticsJSON: "{\"numRecords\":\(ids.count)}")
  }

  var partition: Int { Int((partitionValues["p"] ?? nil) ?? "") ?? -1 }

  var deletedIDs: [Int] {
    (deletionVector?.pathOrInlineVector.split(separator: " ") ?? []).compactMap { Int($0) }
  }

  func deleting(_ ids: [Int]) -> AddFile {
    var file = self
    let all = (deletedIDs + ids).sorted()
    file.deletionVector = DeletionVector(
      storageType: "i", pathOrInlineVector: all.map(String.init).joined(separator: " "),
      offset: nil, sizeBytes: 1, cardinality: Int64(all.count))
    file.dataChange = true
    return file
  }

  /// The rows that the file has, of those that its bytes say.
  func rows(_ ids: [Int]) -> [Row] {
    let deleted = Set(deletedIDs)
    return ids.filter { !deleted.contains($0) }.map { Row(partition: partition, id: $0) }
  }
}
