import Ingest
import Synchronization

/// How the text of a source becomes rows. Sources that are written alike share one: a load may have
/// a hundred thousand of them.
final class TextLayout: Sendable {
  let coding: SourceCoding
  let format: TextFormat
  /// For each field of a record, the source column it fills; nil for fields that are left out.
  let columnMap: [Int?]
  /// Names of the fields, as far as they have any.
  let names: [String]
  /// Names of the fields that are left out.
  let ignoredColumns: [String]

  init(coding: SourceCoding, format: TextFormat, columnMap: [Int?], names: [String] = []) {
    self.coding = coding
    self.format = format
    self.columnMap = columnMap
    self.names = names
    ignoredColumns = columnMap.indices.filter { columnMap[$0] == nil }.map {
      $0 < names.count ? names[$0] : PlannedSource.surplusName($0)
    }
  }
}

/// What sources that are alike have in common, before their fields have columns.
final class SourceShape: Sendable, Hashable {
  let coding: SourceCoding
  let format: TextFormat
  /// Columns that the records seem to have, in order.
  let names: [String]
  /// Whether the source names them, or another one for it, so that they are found by name.
  let namesColumns: Bool
  /// What became of names that its header has more than once.
  let renamed: [RenamedField]
  /// The same for a person; nil if there are none.
  let repeatedNames: String?

  init(_ source: SampledSource) {
    coding = source.coding
    format = source.format
    names = source.names
    namesColumns = source.namesColumns
    renamed = source.renamed
    let told = source.reasons.first { $0.property == DetectedDialect.Reason.repeatedNames }?.text
    repeatedNames = told ?? source.renamed.first.map(SourceShape.shown)
  }

  /// Of a member of JSON with a zero byte in its name.
  private static func shown(_ renamed: RenamedField) -> String {
    let header = renamed.header.map { $0 == "\0" ? "\\0" : String($0) }.joined()
    return "\"\(header)\" becomes \"\(renamed.name)\""
  }

  /// - Parameter names: what the columns of a source without a header are called.
  init(_ shape: SourceShape, named names: some Sequence<String>) {
    coding = shape.coding
    format = shape.format
    self.names = Array(names)
    namesColumns = true
    renamed = []
    repeatedNames = nil
  }

  /// Whether the source is delimited text that names its columns itself.
  var hasHeader: Bool {
    if case .csv(let dialect) = format { return dialect.hasHeader }
    return false
  }

  var isJSON: Bool { format.isJSON }

  /// Of JSON, the member of its one object whose elements the rows are.
  var rowsMember: String? {
    if case .json(let layout, _, _) = format { return layout.rowsMember }
    return nil
  }

  /// Names are compared by their bytes: of spellings that Swift takes for equal, each source keeps
  /// its own, so that no result depends on which worker was first.
  static func == (a: SourceShape, b: SourceShape) -> Bool {
    if a === b { return true }
    guard a.namesColumns == b.namesColumns, a.renamed == b.renamed,
      a.coding == b.coding, a.format == b.format, a.names.count == b.names.count
    else { return false }
    let (rows, others) = (a.rowsMember.map { [$0] } ?? [], b.rowsMember.map { [$0] } ?? [])
    return zip(a.names + rows, b.names + others).allSatisfy {
      $0.utf8.elementsEqual($1.utf8)
    }
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(format)
    hasher.combine(names)
  }
}

/// One of each shape that sources were found to have.
final class SourceShapes: Sendable {
  /// A source without records, and its comments.
  struct Empty: Sendable {
    let file: SourceFile
    /// Place among the sources of the load.
    let ordinal: Int
    let commentCount: Int
  }

  private let known = Mutex<Set<SourceShape>>([])
  private let empty = Mutex<[Empty]>([])

  func shared(_ shape: SourceShape) -> SourceShape {
    known.withLock { $0.insert(shape).memberAfterInsert }
  }

  func note(_ source: Empty) {
    if source.commentCount > 0 { empty.withLock { $0.append(source) } }
  }

  /// Sources that have comments and no records, in order.
  var withoutRecords: [Empty] { empty.withLock { $0 }.sorted { $0.ordinal < $1.ordinal } }
}

/// A source of text, and of what was found out about it as much as planning needs.
struct RecognizedSource: Sendable {
  let file: SourceFile
  /// Place among the sources of the load.
  let ordinal: Int
  let shape: SourceShape
  /// Where in the text the first record starts, and the newlines before it.
  let dataOffset: Int
  let dataLine: Int
  /// What of the text before it is told to the user.
  let passedOver: PassedOverLines
  /// See `SampledSource`.
  let doubts: [DialectDoubt]
  let rowsDoubt: JSONRowsDoubt?
  let encodingDoubt: EncodingDoubt?
  /// Whether some of its lines end with CR and others with LF.
  let mixesLineEnds: Bool
  /// What the source itself shows, however it is read.
  var decimalMark: DecimalMark
  /// Whether it has names of columns and no record.
  let isHeaderOnly: Bool
  /// Whether it is JSON and has a record.
  let hasJSONRecords: Bool
  /// Of the first sources, types that the values of their samples have, by column.
  let types: [SampledSource.TypedName]
}

extension RecognizedSource {
  /// Numbers that may be fractions or thousands.
  var ambiguousNumbers: AmbiguousNumbers? {
    if case .ambiguous(let numbers) = decimalMark { numbers } else { nil }
  }
}

extension [RecognizedSource] {
  /// The first source of each shape, in order. O(n).
  var firstOfEachShape: [RecognizedSource] {
    var seen: Set<ObjectIdentifier> = []
    return filter { seen.insert(ObjectIdentifier($0.shape)).inserted }
  }

  /// Lines that are no rows: before the tables of the sources, and in those without records. O(n).
  func passedOverCount(_ empty: [SourceShapes.Empty]) -> Int {
    let others = Set(empty.map(\.ordinal))
    let alone = empty.reduce(0) { $0 + $1.commentCount }
    return lazy.filter { !others.contains($0.ordinal) }
      .reduce(alone) { $0 + $1.passedOver.lineCount }
  }
}
