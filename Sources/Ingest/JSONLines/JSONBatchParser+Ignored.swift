import Base
import Columns
import JSON

// Members that nobody wants: their names, so that a report can tell of them.

extension JSONBatchParser {
  /// The unknown members of the batch by their names, where they are to be counted. Names are told
  /// apart as they are written, and looked up by a hash of their bytes: one becomes a string only
  /// when it is new. O(members, bytes of their names).
  func ignoredMembers(_ data: Buffer<UInt8>) -> [IgnoredMember] {
    guard options.unknownMembers == .count, !notes.unknown.isEmpty else { return [] }
    let bytes = data.span
    let bad = rowsNotJSON()
    // Each with the record that had it last.
    var found: [(member: JSONUnknownMember, rowCount: Int)] = []
    var places: [UInt64: Int] = [:]
    for unknown in notes.unknown where bad.isEmpty || !bad.contains(unknown.row) {
      var hash = nameHash(bytes.extracting(unknown.key))
      // Bounded: a turn passes a name that was found.
      while let place = places[hash], !isSameName(found[place].member, unknown, bytes) {
        hash &+= 1
      }
      guard let place = places[hash] else {
        places[hash] = found.count
        found.append((unknown, 1))
        continue
      }
      if found[place].member.row != unknown.row { found[place].rowCount += 1 }
      found[place].member.row = unknown.row
    }
    return found.compactMap { member, rowCount in
      guard let name = (try? JSONDocument(data, range: member.key))?.root.string else { return nil }
      return IgnoredMember(
        name: (path(member.parent).map { $0 + "." } ?? "") + name, rowCount: rowCount)
    }
  }

  private func isSameName(
    _ one: JSONUnknownMember, _ other: JSONUnknownMember, _ bytes: Span<UInt8>
  ) -> Bool {
    guard one.key.count == other.key.count, one.parent == other.parent else { return false }
    for offset in 0..<one.key.count
    where bytes[one.key.lowerBound + offset] != bytes[other.key.lowerBound + offset] {
      return false
    }
    return true
  }

  /// FNV-1a.
  private func nameHash(_ name: Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in name.indices { hash = (hash ^ UInt64(name[index])) &* 0x100_0000_01B3 }
    return hash
  }
}
