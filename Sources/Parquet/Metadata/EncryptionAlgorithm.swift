package import Base

/// `EncryptionAlgorithm` of modular encryption, read to name it in the refusal.
package enum EncryptionAlgorithm: Sendable, Equatable {
  case aesGCM
  /// Pages in counter mode, metadata in GCM.
  case aesGCMCounter
  case other(id: Int16)

  /// As the specification spells it.
  package var name: String {
    switch self {
    case .aesGCM: "AES_GCM_V1"
    case .aesGCMCounter: "AES_GCM_CTR_V1"
    case .other(let id): "algorithm \(id)"
    }
  }
}

extension EncryptionAlgorithm: ThriftReadable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self = .other(id: 0)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: self = .aesGCM
      case 2: self = .aesGCMCounter
      default: self = .other(id: field.id)
      }
      try reader.skip(field)
    }
  }
}

/// `FileCryptoMetaData`: what stands before an encrypted footer.
package struct FileCryptoMetaData: Sendable, Equatable, ThriftReadable {
  package var algorithm: EncryptionAlgorithm

  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    algorithm = .other(id: 0)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: algorithm = try reader.readStruct(EncryptionAlgorithm.self, field)
      default: try reader.skip(field)
      }
    }
  }
}
