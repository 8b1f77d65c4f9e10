// Where deletion vectors are: Delta protocol (PROTOCOL.md), "Deletion Vector Descriptor Schema" and
// "Deletion Vector File Storage Format". A file is a version byte, then vectors, each as
//
//   size UInt32, bytes (`RowSet+Coding.swift`), CRC-32 of the bytes UInt32        big endian
import Base
import Columns
package import Store

extension DeletionVector {
  /// The rows of the data file that are deleted.
  ///
  /// - Throws: `corrupt` naming the file of vectors where it is gone, or the bytes, their checksum,
  ///   or the number of rows are not what they should be.
  package func rows(in store: any ObjectStore) throws(DeltaError) -> RowSet {
    let place = try location(in: store)
    let file = place?.path
    let bytes = if let place { try stored(in: store, place) } else { try inline() }
    do throws(DecodingFault) {
      let rows = try RowSet(decoding: bytes.bytes)
      guard rows.count == UInt64(bitPattern: cardinality) else { throw .malformed(offset: 0) }
      return rows
    } catch {
      throw .corrupt(
        "the deletion vector is damaged or not of \(cardinality) rows", table: store.location,
        file: file, hint: "restore the file from a copy")
    }
  }

  /// Where its file is; nil for a vector that is in the log itself.
  package func location(in store: any ObjectStore) throws(DeltaError) -> DataFileLocation? {
    storageType == "p"
      ? try DataFileLocation(logged: pathOrInlineVector, in: store)
      : try path().map { .inside($0) }
  }

  /// The path, below the table's root, of a file that a UUID names; nil for a vector that is in the
  /// log itself.
  package func path() throws(DeltaError) -> String? {
    switch storageType {
    case "i": return nil
    case "u":
      let prefix = pathOrInlineVector.dropLast(DeletionVector.encodedUUIDCount)
      let encoded = pathOrInlineVector.suffix(DeletionVector.encodedUUIDCount)
      guard let bytes = base85Decoded(encoded), bytes.count == 16 else {
        throw .corrupt("a deletion vector's name is no UUID in base 85: \(pathOrInlineVector)")
      }
      let directory = prefix.isEmpty ? "" : prefix + "/"
      return directory + "deletion_vector_\(uuidText(bytes)).bin"
    default:
      throw DeltaError(
        .unsupported,
        "a deletion vector is stored in a way this build does not know: "
          + storageType)
    }
  }

  private func inline() throws(DeltaError) -> Buffer<UInt8> {
    guard let bytes = base85Decoded(pathOrInlineVector), (0...Int64(bytes.count)) ~= sizeBytes
    else {
      throw .corrupt("a deletion vector in the log is not \(sizeBytes) bytes in base 85")
    }
    return Buffer(Array(bytes.prefix(Int(sizeBytes))))
  }

  private func stored(
    in store: any ObjectStore, _ place: DataFileLocation
  ) throws(DeltaError) -> Buffer<UInt8> {
    let path = place.path
    let start = offset ?? 0
    guard (0..<Limits.logNumber) ~= start, (0...Int64(Int32.max)) ~= sizeBytes else {
      throw .corrupt("a deletion vector's place is out of range", file: path)
    }
    let reader = try place.openNeededReader(in: store)
    let framed: Buffer<UInt8>
    do throws(StoreError) {
      framed = try reader.read(start..<start + sizeBytes + 8)
    } catch {
      throw DeltaError(
        error.code, "the deletion vector cannot be read: \(error.message)", table: store.location,
        file: path, hint: error.hint)
    }
    let bytes = framed.slice(4..<4 + Int(sizeBytes))
    guard Int64(bigEndian32(framed, at: 0)) == sizeBytes,
      bigEndian32(framed, at: 4 + Int(sizeBytes)) == CRC32().checksum(bytes.bytes)
    else {
      throw .corrupt(
        "the deletion vector's size or checksum is wrong", table: store.location, file: path,
        hint: "restore the file from a copy")
    }
    return bytes
  }
}

/// Collects deletion vectors into files below a table's root. Nothing is visible before `finish`.
package struct DeletionVectorWriter: ~Copyable {
  /// A file ends at the first vector that reaches this size.
  private static let fileBytes = 64 << 20

  private let store: any ObjectStore
  private let random: RandomSource
  private var bytes = ByteWriter()
  private var id: String
  package private(set) var paths: [String] = []

  package init(store: any ObjectStore, environment: Environment) {
    self.store = store
    random = environment.random
    id = random.uuid()
  }

  /// What an `add` says of a vector of these rows. The file it names is there after `finish`.
  package mutating func append(_ rows: RowSet) throws(DeltaError) -> DeletionVector {
    if bytes.count >= DeletionVectorWriter.fileBytes { try finish() }
    if bytes.count == 0 { bytes.append(1 as UInt8) }
    let offset = bytes.count
    let encoded = rows.encoded()
    bytes.appendInteger(UInt32(encoded.count).byteSwapped)
    bytes.append(encoded)
    bytes.appendInteger(CRC32().checksum(encoded.bytes).byteSwapped)
    return DeletionVector(
      storageType: "u", pathOrInlineVector: base85Encoded(uuidBytes(id)), offset: Int64(offset),
      sizeBytes: Int64(encoded.count), cardinality: Int64(rows.count))
  }

  /// Writes the file in progress, if there is one, durably.
  package mutating func finish() throws(DeltaError) {
    guard bytes.count > 0 else { return }
    let file = bytes.take()
    let path = "deletion_vector_\(id).bin"
    let span = file.bytes
    try storing { () throws(StoreError) in try store.put(path, span) }
    paths.append(path)
    id = random.uuid()
  }
}

private func uuidBytes(_ text: String) -> [UInt8] {
  let digits = text.utf8.compactMap(hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

private func bigEndian32(_ bytes: Buffer<UInt8>, at offset: Int) -> UInt32 {
  (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[offset + $1]) }
}

extension DeletionVector {
  fileprivate static let encodedUUIDCount = 20
}
