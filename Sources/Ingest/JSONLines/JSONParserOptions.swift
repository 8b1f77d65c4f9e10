package import Base
package import Columns

/// What a parser makes of JSON records.
package struct JSONParserOptions: Sendable {
  /// Columns, filled by the members of their names (`Field.jsonKey`); columns that no member fills
  /// are null. In inferred columns `void` and empty structs stand for what no sample has shown; the
  /// batches have `batchSchema` instead.
  package var schema: Schema
  package var layout: JSONLayout
  /// False: the schema is one column that records of any kind fill.
  package var areObjects: Bool
  /// True: records are arrays that fill the columns by position, all of them.
  package var areTuples = false
  /// Columns of the schema whose type is a guess: a value that does not fit contradicts the guess.
  /// In every other column it makes the row a bad one, or is rescued.
  package var inferredColumns: Set<Int>
  /// Those of them that only another kind of number contradicts: anything else makes the row a bad
  /// one.
  package var numberColumns: Set<Int> = []
  /// Columns in which a string with leading zeros or a plus sign, which would be lost, is no
  /// number.
  package var strictColumns: Set<Int> = []
  /// Of columns whose types are given but for fields of structs that are guesses, the given types.
  package var givenTypes: [Int: DataType] = [:]
  /// Columns of the schema whose absence from a record is told, as `ParsedBatch.absences`: their
  /// values there are for the caller to fill, so it makes no bad row of them.
  package var absenceColumns: Set<Int> = []
  /// What becomes of members that the schema lacks, besides being rescued.
  package var unknownMembers: UnknownMembers
  /// Whether the last column of the schema, a string, is filled with a JSON object of what the
  /// schema has no place for: members that it lacks, and values that do not fit their column, which
  /// are null there. Null where there is nothing of the kind.
  package var rescues: Bool
  /// Formats of strings in date and timestamp columns; nil: ISO 8601.
  package var dateFormat: String?
  package var timestampFormat: String?
  /// A record longer than this is an error.
  package var recordBytesMax: Int
  /// Arrays and objects within one another; a record with more is a bad row.
  package var depthMax = Limits.jsonDepth
  /// Rejects after which a batch ends early, so that a text of nothing but damage does not become
  /// more rejects than fit in memory.
  package var rejectCountMax = 8192
  /// Length at which the text of a rejected row is cut.
  package var rejectTextBytesMax: Int
  package var kernelLevel: KernelLevel

  package enum UnknownMembers: Sendable {
    /// Reported as `ParsedBatch.newFields`.
    case collect
    /// Left out, and told as `ParsedBatch.ignoredMembers`.
    case count
    case ignore
  }

  /// Name of the column that `rescues` fills.
  package static let rescuedColumn = "_rescued_data"

  package init(
    schema: Schema, layout: JSONLayout = .lines, areObjects: Bool = true,
    inferredColumns: Set<Int> = [], unknownMembers: UnknownMembers = .collect,
    rescues: Bool = false, recordBytesMax: Int = 16 << 20, rejectTextBytesMax: Int = 64 << 10,
    kernelLevel: KernelLevel = .best
  ) {
    self.schema = schema
    self.layout = layout
    self.areObjects = areObjects
    self.inferredColumns = inferredColumns
    self.unknownMembers = unknownMembers
    self.rescues = rescues
    self.recordBytesMax = recordBytesMax
    self.rejectTextBytesMax = rejectTextBytesMax
    self.kernelLevel = kernelLevel
  }

  /// The schema of the batches.
  package var batchSchema: Schema { schema.stored }
}

extension Schema {
  /// With types that tables hold, where guesses are still open.
  package var stored: Schema {
    Schema(
      fields.map { field in
        var stored = field
        stored.type = field.type.storedType
        return stored
      })
  }
}
