// The enumerations of parquet.thrift. Those that may grow in files newer than this build are
// structs around their number, so that an unknown one is refused where it matters and not before.
package import Compression

/// `Type`: how a leaf's values are stored.
package enum ParquetType: Int32, Sendable {
  case boolean = 0
  case int32 = 1
  case int64 = 2
  case int96 = 3
  case float = 4
  case double = 5
  case byteArray = 6
  case fixedLengthByteArray = 7

  /// As the specification spells it.
  package var name: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .int32: "INT32"
    case .int64: "INT64"
    case .int96: "INT96"
    case .float: "FLOAT"
    case .double: "DOUBLE"
    case .byteArray: "BYTE_ARRAY"
    case .fixedLengthByteArray: "FIXED_LEN_BYTE_ARRAY"
    }
  }
}

/// `FieldRepetitionType`.
package enum Repetition: Int32, Sendable {
  case required = 0
  case optional = 1
  case repeated = 2
}

/// `ConvertedType`: the annotation that `LogicalType` superseded; written beside it.
package struct ConvertedType: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32
  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let utf8 = ConvertedType(rawValue: 0)
  package static let map = ConvertedType(rawValue: 1)
  package static let mapKeyValue = ConvertedType(rawValue: 2)
  package static let list = ConvertedType(rawValue: 3)
  package static let enumeration = ConvertedType(rawValue: 4)
  package static let decimal = ConvertedType(rawValue: 5)
  package static let date = ConvertedType(rawValue: 6)
  package static let timeMillis = ConvertedType(rawValue: 7)
  package static let timeMicros = ConvertedType(rawValue: 8)
  package static let timestampMillis = ConvertedType(rawValue: 9)
  package static let timestampMicros = ConvertedType(rawValue: 10)
  package static let uint8 = ConvertedType(rawValue: 11)
  package static let uint16 = ConvertedType(rawValue: 12)
  package static let uint32 = ConvertedType(rawValue: 13)
  package static let uint64 = ConvertedType(rawValue: 14)
  package static let int8 = ConvertedType(rawValue: 15)
  package static let int16 = ConvertedType(rawValue: 16)
  package static let int32 = ConvertedType(rawValue: 17)
  package static let int64 = ConvertedType(rawValue: 18)
  package static let json = ConvertedType(rawValue: 19)
  package static let bson = ConvertedType(rawValue: 20)
  package static let interval = ConvertedType(rawValue: 21)
}

/// `Encoding` of values or levels in a page.
package struct PageEncoding: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: Int32
  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let plain = PageEncoding(rawValue: 0)
  package static let plainDictionary = PageEncoding(rawValue: 2)
  package static let rle = PageEncoding(rawValue: 3)
  package static let bitPacked = PageEncoding(rawValue: 4)
  package static let deltaBinaryPacked = PageEncoding(rawValue: 5)
  package static let deltaLengthByteArray = PageEncoding(rawValue: 6)
  package static let deltaByteArray = PageEncoding(rawValue: 7)
  package static let rleDictionary = PageEncoding(rawValue: 8)
  package static let byteStreamSplit = PageEncoding(rawValue: 9)
  package static let alp = PageEncoding(rawValue: 10)

  package var description: String {
    switch self {
    case .plain: "PLAIN"
    case .plainDictionary: "PLAIN_DICTIONARY"
    case .rle: "RLE"
    case .bitPacked: "BIT_PACKED"
    case .deltaBinaryPacked: "DELTA_BINARY_PACKED"
    case .deltaLengthByteArray: "DELTA_LENGTH_BYTE_ARRAY"
    case .deltaByteArray: "DELTA_BYTE_ARRAY"
    case .rleDictionary: "RLE_DICTIONARY"
    case .byteStreamSplit: "BYTE_STREAM_SPLIT"
    case .alp: "ALP"
    default: "encoding \(rawValue)"
    }
  }
}

/// `CompressionCodec`.
package struct CodecNumber: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: Int32
  package init(rawValue: Int32) { self.rawValue = rawValue }

  package init(_ codec: Codec) {
    switch codec {
    case .none: rawValue = 0
    case .snappy: rawValue = 1
    case .gzip: rawValue = 2
    case .brotli: rawValue = 4
    case .lz4Hadoop: rawValue = 5
    case .zstd: rawValue = 6
    case .lz4Raw: rawValue = 7
    }
  }

  /// Nil for a codec this build does not have.
  package var codec: Codec? {
    switch rawValue {
    case 0: Codec.none
    case 1: .snappy
    case 2: .gzip()
    case 4: .brotli()
    case 5: .lz4Hadoop
    case 6: .zstd()
    case 7: .lz4Raw
    default: nil
    }
  }

  package var description: String {
    switch rawValue {
    case 3: "LZO"
    default: codec?.name ?? "codec \(rawValue)"
    }
  }
}

/// `PageType`.
package struct PageType: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32
  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let data = PageType(rawValue: 0)
  package static let index = PageType(rawValue: 1)
  package static let dictionary = PageType(rawValue: 2)
  package static let dataV2 = PageType(rawValue: 3)
}

/// `EdgeInterpolationAlgorithm` of a GEOGRAPHY.
package struct EdgeAlgorithm: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32
  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let spherical = EdgeAlgorithm(rawValue: 0)
  package static let vincenty = EdgeAlgorithm(rawValue: 1)
  package static let thomas = EdgeAlgorithm(rawValue: 2)
  package static let andoyer = EdgeAlgorithm(rawValue: 3)
  package static let karney = EdgeAlgorithm(rawValue: 4)
}

/// `BoundaryOrder` of a column index.
package struct BoundaryOrder: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32
  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let unordered = BoundaryOrder(rawValue: 0)
  package static let ascending = BoundaryOrder(rawValue: 1)
  package static let descending = BoundaryOrder(rawValue: 2)
}
