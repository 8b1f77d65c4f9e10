package import Base

/// `TimeUnit`.
package enum TimeUnit: Int16, Sendable {
  case millis = 1
  case micros = 2
  case nanos = 3
}

/// `LogicalType`: what a leaf's values or a group's children mean. A Thrift union, whose one
/// field's id is the case.
package enum LogicalType: Hashable, Sendable {
  case string
  case map
  case list
  case enumeration
  case decimal(scale: Int32, precision: Int32)
  case date
  case time(isAdjustedToUTC: Bool, unit: TimeUnit)
  case timestamp(isAdjustedToUTC: Bool, unit: TimeUnit)
  case integer(bitWidth: Int8, isSigned: Bool)
  /// Every value is null: the physical type was guessed.
  case null
  case json
  case bson
  case uuid
  case float16
  /// Of that version of the encoding; 1 when it says nothing.
  case variant(version: Int8?)
  /// Well-known binary; OGC:CRS84 without a `crs`.
  case geometry(crs: String?)
  case geography(crs: String?, algorithm: EdgeAlgorithm?)
  /// A group that stands for a list of fixed size.
  case vector
  /// A member of the union that this build does not know.
  case other(id: Int16)

  private var id: Int16 {
    switch self {
    case .string: 1
    case .map: 2
    case .list: 3
    case .enumeration: 4
    case .decimal: 5
    case .date: 6
    case .time: 7
    case .timestamp: 8
    case .integer: 10
    case .null: 11
    case .json: 12
    case .bson: 13
    case .uuid: 14
    case .float16: 15
    case .variant: 16
    case .geometry: 17
    case .geography: 18
    case .vector: 19
    case .other(let id): id
    }
  }

  /// The members without parameters.
  private static func simple(_ id: Int16) -> LogicalType {
    switch id {
    case 1: .string
    case 2: .map
    case 3: .list
    case 4: .enumeration
    case 6: .date
    case 11: .null
    case 12: .json
    case 13: .bson
    case 14: .uuid
    case 15: .float16
    case 19: .vector
    default: .other(id: id)
    }
  }
}

extension LogicalType: ThriftReadable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    var last = try reader.beginStruct()
    var type = LogicalType.other(id: 0)
    while let field = try reader.nextField(after: &last) {
      guard field.type == .structure else { throw .malformed(offset: reader.offset) }
      switch field.id {
      case 5: type = try LogicalType.readDecimal(&reader)
      case 7:
        let (isAdjustedToUTC, unit) = try LogicalType.readTime(&reader)
        type = unit.map { .time(isAdjustedToUTC: isAdjustedToUTC, unit: $0) } ?? .other(id: 7)
      case 8:
        let (isAdjustedToUTC, unit) = try LogicalType.readTime(&reader)
        type =
          unit.map { .timestamp(isAdjustedToUTC: isAdjustedToUTC, unit: $0) } ?? .other(id: 8)
      case 10: type = try LogicalType.readInteger(&reader)
      case 16: type = try LogicalType.readVariant(&reader)
      case 17: type = .geometry(crs: try LogicalType.readReferenceSystem(&reader).crs)
      case 18:
        let (crs, algorithm) = try LogicalType.readReferenceSystem(&reader)
        type = .geography(crs: crs, algorithm: algorithm)
      default:
        type = .simple(field.id)
        try reader.skip(field)
      }
    }
    self = type
  }

  private static func readDecimal(
    _ reader: inout ThriftReader
  ) throws(DecodingFault) -> LogicalType {
    var last = try reader.beginStruct()
    var scale: Int32 = 0
    var precision: Int32 = 0
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: scale = try reader.readInt32(field)
      case 2: precision = try reader.readInt32(field)
      default: try reader.skip(field)
      }
    }
    return .decimal(scale: scale, precision: precision)
  }

  /// No unit: none, or one that later versions of the format have.
  private static func readTime(
    _ reader: inout ThriftReader
  ) throws(DecodingFault) -> (Bool, TimeUnit?) {
    var last = try reader.beginStruct()
    var isAdjustedToUTC = false
    var unit: TimeUnit?
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: isAdjustedToUTC = try reader.readBool(field)
      case 2:
        guard field.type == .structure else { throw .malformed(offset: reader.offset) }
        var lastUnit = try reader.beginStruct()
        while let member = try reader.nextField(after: &lastUnit) {
          unit = TimeUnit(rawValue: member.id)
          try reader.skip(member)
        }
      default: try reader.skip(field)
      }
    }
    return (isAdjustedToUTC, unit)
  }

  private static func readInteger(
    _ reader: inout ThriftReader
  ) throws(DecodingFault) -> LogicalType {
    var last = try reader.beginStruct()
    var bitWidth: Int8 = 0
    var isSigned = false
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: bitWidth = Int8(truncatingIfNeeded: try reader.readInt64(field))
      case 2: isSigned = try reader.readBool(field)
      default: try reader.skip(field)
      }
    }
    return .integer(bitWidth: bitWidth, isSigned: isSigned)
  }
}

extension LogicalType {
  fileprivate static func readVariant(
    _ reader: inout ThriftReader
  ) throws(DecodingFault) -> LogicalType {
    var last = try reader.beginStruct()
    var version: Int8?
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: version = Int8(truncatingIfNeeded: try reader.readInt64(field))
      default: try reader.skip(field)
      }
    }
    return .variant(version: version)
  }

  /// GeometryType or GeographyType: the former has no second field.
  fileprivate static func readReferenceSystem(
    _ reader: inout ThriftReader
  ) throws(DecodingFault) -> (crs: String?, algorithm: EdgeAlgorithm?) {
    var last = try reader.beginStruct()
    var crs: String?
    var algorithm: EdgeAlgorithm?
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: crs = try reader.readString(field)
      case 2: algorithm = EdgeAlgorithm(rawValue: try reader.readInt32(field))
      default: try reader.skip(field)
      }
    }
    return (crs, algorithm)
  }
}

extension LogicalType: ThriftWritable {
  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(id, Parameters(type: self))
  }

  /// The struct inside the union; empty for most members.
  private struct Parameters: ThriftWritable {
    let type: LogicalType

    func writeFields(to writer: inout ThriftWriter) {
      switch type {
      case .decimal(let scale, let precision):
        writer.field(1, scale)
        writer.field(2, precision)
      case .time(let isAdjustedToUTC, let unit), .timestamp(let isAdjustedToUTC, let unit):
        writer.field(1, isAdjustedToUTC)
        writer.field(2, Unit(unit: unit))
      case .integer(let bitWidth, let isSigned):
        writer.field(1, byte: bitWidth)
        writer.field(2, isSigned)
      case .variant(let version): writer.field(1, byte: version)
      case .geometry(let crs): writer.field(1, crs)
      case .geography(let crs, let algorithm):
        writer.field(1, crs)
        writer.field(2, algorithm?.rawValue)
      default: break
      }
    }
  }

  private struct Unit: ThriftWritable {
    let unit: TimeUnit
    func writeFields(to writer: inout ThriftWriter) { writer.field(unit.rawValue, Empty()) }
  }

  private struct Empty: ThriftWritable {
    func writeFields(to writer: inout ThriftWriter) {}
  }
}
