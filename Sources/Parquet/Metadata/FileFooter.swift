// The end of a file:
//
//   ... row groups, indexes ...  FileMetaData (Thrift)  its size (u32, little endian)  "PAR1"
//
// "PARE" instead: the footer is encrypted, and FileCryptoMetaData stands before it.
package import Base

/// What the last bytes of a file are.
package enum FileFooter: Sendable {
  /// The footer starts earlier: call again with exactly these bytes of the file.
  case needs(Range<Int64>)
  case plain(FileMetaData, sizeBytes: Int)
  case encrypted(EncryptionAlgorithm, sizeBytes: Int)

  private static let trailerSizeBytes = 8
  private static let smallestSizeBytes: Int64 = 12

  /// Where a footer of `sizeBytes` starts.
  static func offset(sizeBytes: Int, fileSizeBytes: Int64) -> Int64 {
    fileSizeBytes - Int64(trailerSizeBytes + sizeBytes)
  }

  /// - Parameter tail: the last bytes of the file, at least eight.
  /// - Throws: `ParquetError`: `corrupt` when the bytes are no footer, `unsupported` when it is
  ///   larger than `Limits.footerBytes`.
  package static func parse(
    tail: Buffer<UInt8>, fileSizeBytes: Int64
  ) throws(ParquetError) -> FileFooter {
    let end = ParquetPlace(offset: fileSizeBytes)
    guard fileSizeBytes >= smallestSizeBytes, tail.count >= trailerSizeBytes,
      Int64(tail.count) <= fileSizeBytes
    else { throw .corrupt("too short for a Parquet file", at: end) }
    let magic = Array(tail.slice(tail.count - 4..<tail.count))
    let isEncrypted = magic == Array("PARE".utf8)
    guard isEncrypted || magic == Array("PAR1".utf8) else {
      throw .corrupt("not a Parquet file: it does not end in PAR1", at: end)
    }
    var sizeBytes = 0
    for index in 0..<4 { sizeBytes |= Int(tail[tail.count - 8 + index]) << (8 * index) }
    guard Int64(sizeBytes) <= fileSizeBytes - smallestSizeBytes else {
      throw .corrupt("the footer claims \(sizeBytes) bytes, more than the file has", at: end)
    }
    guard sizeBytes <= Limits.footerBytes else {
      throw ParquetError(.unsupported, "the footer has \(sizeBytes) bytes", at: end)
    }
    if sizeBytes + trailerSizeBytes > tail.count {
      return .needs(fileSizeBytes - Int64(sizeBytes + trailerSizeBytes)..<fileSizeBytes)
    }
    let start = tail.count - trailerSizeBytes - sizeBytes
    let footer = tail.slice(start..<start + sizeBytes)
    let offset = offset(sizeBytes: sizeBytes, fileSizeBytes: fileSizeBytes)
    var reader = ThriftReader(footer.bytes)
    do {
      if isEncrypted {
        let crypto = try FileCryptoMetaData(from: &reader)
        return .encrypted(crypto.algorithm, sizeBytes: sizeBytes)
      }
      return .plain(try FileMetaData(from: &reader), sizeBytes: sizeBytes)
    } catch {
      throw .corrupt(
        "the footer is damaged: \(error.text)",
        at: ParquetPlace(offset: offset + Int64(error.offset)))
    }
  }
}
