import Base
import Columns
import Compute
import Parquet

/// How the columns of a table come out of one of its files: from the file, under the table's
/// names, cast where the table's type has grown since, from the partition values, or as nulls
/// where the file is older than the column.
struct LogicalBatch: Sendable {
  private enum Origin: Sendable {
    case file(FileColumn)
    case constant(Scalar)
  }

  private struct FileColumn {
    /// Among those decoded.
    let position: Int
    /// The table's type, physical; nil: it is the file's.
    let cast: DataType?
  }

  /// Positions in the file's schema to decode, in order.
  private(set) var fileColumns: [Int] = []
  /// What of them.
  private var shapes: [ColumnShape] = []
  private let schema: Schema
  private var origins: [Origin] = []

  /// - Parameters:
  ///   - columns: positions in the target's schema.
  ///   - fields: see `ScanColumns`.
  init(
    _ file: AddFile, of target: ScanTarget, metadata: ParquetMetadata, columns: [Int],
    fields: [Int: Set<[Int]>] = [:]
  ) throws(DeltaError) {
    schema = target.schema.selecting(columns)
    for column in columns {
      do throws(DeltaError) {
        try append(column, of: target, file, metadata, fields: fields[column])
      } catch {
        var error = error
        error.file = file.path
        throw error
      }
    }
  }

  private mutating func append(
    _ column: Int, of target: ScanTarget, _ file: AddFile, _ metadata: ParquetMetadata,
    fields: Set<[Int]>?
  ) throws(DeltaError) {
    let field = target.schema.fields[column]
    let physical = target.physicalSchema.fields[column]
    if let unknown = field.type.unknownPart {
      throw DeltaError(
        .unsupported,
        "column \(field.name) has the type \(unknown), which this build does not read")
    }
    if target.partitionColumns.contains(field.name) {
      let text = file.partitionValues[physical.name] ?? nil
      let value = try partitionScalar(text, type: field.type, column: field.name)
      return origins.append(.constant(value))
    }
    guard let index = try metadata.column(of: physical, target.columnMapping) else {
      return origins.append(.constant(.null))
    }
    var shape = try metadata.shapes[index].logical(
      as: target.declaredSchema.fields[column].type, byID: target.columnMapping == .id)
    if let fields {
      // A file's struct may have no fields at all: then it is refused as it is.
      shape = shape.keeping(shape.leaves(at: fields, of: physical)) ?? shape
    }
    let cast = try castNeeded(from: shape.type, to: physical)
    origins.append(.file(FileColumn(position: fileColumns.count, cast: cast)))
    fileColumns.append(index)
    shapes.append(shape)
  }

  var projection: Projection { Projection(shapes) }

  /// Rows of which every column is a constant.
  func constants(count: Int) -> ColumnBatch {
    let columns = zip(origins, schema.fields).map { origin, field in
      guard case .constant(let scalar) = origin else { preconditionFailure("a file column") }
      return Column(field.type, repeating: scalar, count: count)
    }
    return ColumnBatch(schema: schema, columns: columns, rowCount: count)
  }

  /// The table's rows for the file's. Constants are one value repeated.
  func assemble(_ batch: ColumnBatch) throws(DeltaError) -> ColumnBatch {
    var columns: [Column] = []
    for (origin, field) in zip(origins, schema.fields) {
      switch origin {
      case .file(let place):
        var column = batch.columns[place.position]
        if let type = place.cast {
          column = try computing { () throws(ComputeError) in try Cast.apply(column, to: type) }
        }
        columns.append(column.type == field.type ? column : column.renamed(to: field.type))
      case .constant(let scalar):
        columns.append(Column(field.type, repeating: scalar, count: batch.rowCount))
      }
    }
    return ColumnBatch(schema: schema, columns: columns, rowCount: batch.rowCount)
  }
}

extension ColumnShape {
  /// The leaves of this column, a struct, that hold the fields at some paths; any leaf if the file
  /// has none of them, to tell which of the structs are null.
  ///
  /// - Parameter field: the column as the table has it, physical.
  fileprivate func leaves(at paths: Set<[Int]>, of field: Field) -> Set<Int> {
    var found: Set<Int> = []
    for path in paths { found.formUnion(part(at: path[...], of: field.type)?.leaves ?? []) }
    return found.isEmpty ? Set(leaves.prefix(1)) : found
  }

  private func part(at path: ArraySlice<Int>, of type: DataType) -> ColumnShape? {
    guard let index = path.first else { return self }
    guard case .structure(let fields) = type, case .structure(let shapes) = kind else { return nil }
    return shapes.first { $0.field.name == fields[index].name }?
      .part(at: path.dropFirst(), of: fields[index].type)
  }
}

/// Nil when the file's type is the table's; the table's type when reading can widen to it.
private func castNeeded(from type: DataType, to field: Field) throws(DeltaError) -> DataType? {
  if type == field.type { return nil }
  guard type.widens(to: field.type), Cast.isPossible(from: type, to: field.type) else {
    throw DeltaError(
      .corrupt, "the file has column \(field.name) as \(type), the table as \(field.type)")
  }
  return field.type
}

extension DataType {
  private func reads(as other: DataType) -> Bool { self == other || widens(to: other) }

  /// Whether every value of this type is one of `other`, so that an older file may be read as it:
  /// what `Cast.isWidening` says, and what files say less exactly than tables.
  func widens(to other: DataType) -> Bool {
    switch (self, other) {
    // Files hold instants without saying whether a zone was meant; the table knows.
    case (.timestamp, .timestampNtz), (.timestampNtz, .timestamp): true
    case (.string, .binary), (.binary, .string): true
    // Tables have microseconds; the nanoseconds are cut off.
    case (.timestampNanos, .timestamp), (.timestampNanos, .timestampNtz),
      (.timestampNtzNanos, .timestamp), (.timestampNtzNanos, .timestampNtz):
      true
    // Fields go by name; one that the file lacks is null.
    case (.structure(let fields), .structure(let wanted)):
      wanted.allSatisfy { field in
        fields.first { $0.name == field.name }.map { $0.type.reads(as: field.type) } ?? true
      }
    case (.array(let element, _), .array(let wanted, _)): element.reads(as: wanted)
    case (.map(let key, let value, _), .map(let wantedKey, let wantedValue, _)):
      key.reads(as: wantedKey) && value.reads(as: wantedValue)
    // Files may hold small integers in the width Parquet has for them.
    case (.integer, .byte), (.integer, .short), (.short, .byte): true
    default: Cast.isWidening(from: self, to: other)
    }
  }
}

/// Runs computations whose failure is the table's.
func computing<R>(_ body: () throws(ComputeError) -> R) throws(DeltaError) -> R {
  do { return try body() } catch {
    throw DeltaError(error.code, error.description, hint: error.hint)
  }
}
