package import Base

/// `BoundingBox` of geometries: the extremes of each axis; `xMin > xMax` wraps around the
/// antimeridian.
package struct BoundingBox: Sendable, Equatable {
  package var xMin: Double
  package var xMax: Double
  package var yMin: Double
  package var yMax: Double
  package var zMin: Double?
  package var zMax: Double?
  package var mMin: Double?
  package var mMax: Double?

  package init(
    x: (Double, Double), y: (Double, Double), z: (Double, Double)? = nil,
    m: (Double, Double)? = nil
  ) {
    (xMin, xMax) = x
    (yMin, yMax) = y
    (zMin, zMax) = (z?.0, z?.1)
    (mMin, mMax) = (m?.0, m?.1)
  }
}

/// `GeospatialStatistics` of a GEOMETRY or GEOGRAPHY chunk.
package struct GeospatialStatistics: Sendable, Equatable {
  package var boundingBox: BoundingBox?
  /// Codes of well-known binary; empty when they are not known.
  package var typeCodes: [Int32]?

  package init(boundingBox: BoundingBox? = nil, typeCodes: [Int32]? = nil) {
    self.boundingBox = boundingBox
    self.typeCodes = typeCodes
  }
}

extension BoundingBox: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(x: (.nan, .nan), y: (.nan, .nan))
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: xMin = try reader.readDouble(field)
      case 2: xMax = try reader.readDouble(field)
      case 3: yMin = try reader.readDouble(field)
      case 4: yMax = try reader.readDouble(field)
      case 5: zMin = try reader.readDouble(field)
      case 6: zMax = try reader.readDouble(field)
      case 7: mMin = try reader.readDouble(field)
      case 8: mMax = try reader.readDouble(field)
      default: try reader.skip(field)
      }
    }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, xMin)
    writer.field(2, xMax)
    writer.field(3, yMin)
    writer.field(4, yMax)
    writer.field(5, zMin)
    writer.field(6, zMax)
    writer.field(7, mMin)
    writer.field(8, mMax)
  }
}

extension GeospatialStatistics: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init()
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: boundingBox = try reader.readStruct(BoundingBox.self, field)
      case 2: typeCodes = try reader.readInt32List(field)
      default: try reader.skip(field)
      }
    }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, boundingBox)
    writer.field(2, list: typeCodes)
  }
}
