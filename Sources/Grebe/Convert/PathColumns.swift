import Base
import Columns
import Ingest

/// Columns whose values stand in the paths of sources, as Hive, Spark and others write partitions:
///
///     dt=2024-01-01/country=NL/part-0.csv    dt, country: a value each for all rows of the source
///
/// A source that has such a column itself, or a record of JSON with such a member, keeps its own
/// values. `%XX` is read as in URLs; `__HIVE_DEFAULT_PARTITION__`, or nothing, is null.
struct PathColumns: Sendable {
  /// A value of a path.
  typealias Entry = (name: String, text: String?)

  /// A column, and the texts that paths have for it, each with the first source that has it.
  private struct Known: Sendable {
    let name: String
    var sources: [String: SourceFile] = [:]
    /// Of those that may hold a value, the first.
    let first: SourceFile
  }

  private static let null = "__HIVE_DEFAULT_PARTITION__"

  /// How values are written that have more than one spelling.
  private let dialect: CSVDialect
  private let matching: ConversionOptions.ColumnMatching
  private var known: [Known] = []
  /// In `known`, by name in lower case.
  private var places: [String: Int] = [:]
  /// The columns that sources fill so, and the value that each text is there.
  private var values: [Int: [String: Scalar]] = [:]
  private var positions: [String: Int] = [:]

  /// None.
  init() {
    dialect = CSVDialect()
    matching = .ignoreCase
  }

  /// Those of some sources, in the order in which they first appear; none if the user says so.
  ///
  /// - Parameter sources: each with the names, in lower case, of columns that it has itself.
  init(
    _ sources: some Sequence<(file: SourceFile, own: Set<String>)>, _ options: ConversionOptions
  ) {
    dialect = PathColumns.dialect(options.dialect.dateFormat, options.dialect.timestampFormat)
    matching = options.evolution.matching
    guard options.readsPathColumns else { return }
    for (file, own) in sources {
      for (name, text) in PathColumns.entries(of: file) {
        let key = name.lowercased()
        if own.contains(key) { continue }
        if places[key] == nil {
          places[key] = known.count
          known.append(Known(name: name, first: file))
        }
        guard let text, let place = places[key] else { continue }
        if known[place].sources[text] == nil { known[place].sources[text] = file }
      }
    }
  }

  static func dialect(_ dateFormat: String?, _ timestampFormat: String?) -> CSVDialect {
    CSVDialect(hasHeader: false, dateFormat: dateFormat, timestampFormat: timestampFormat)
  }

  var names: [String] { known.map(\.name) }

  /// The columns, each as one of the first source whose path has it.
  var newColumns: [(file: SourceFile, names: [String])] { known.map { ($0.first, [$0.name]) } }

  /// What the path of a source says: the absolute one, so that its rows do not depend on where the
  /// command was started. O(length).
  static func entries(of file: SourceFile) -> [Entry] {
    guard !file.isAnonymous else { return [] }
    var entries: [Entry] = []
    for folder in file.identity.split(separator: "/").dropLast() {
      guard let equals = folder.firstIndex(of: "="), equals > folder.startIndex else { continue }
      let name = unescaped(folder[..<equals])
      let text = unescaped(folder[folder.index(after: equals)...])
      // Of two of one name the inner one counts.
      entries.removeAll { $0.name.lowercased() == name.lowercased() }
      entries.append((name, text.isEmpty || text == null ? nil : text))
    }
    return entries
  }

  /// Not everybody who names folders so escapes them: what is no escape stands for itself.
  private static func unescaped(_ text: Substring) -> String {
    percentDecoded(String(text)) ?? String(text)
  }

  /// The type of a column's values, as of text in delimited sources; nil where all are null.
  private func type(of known: Known) -> DataType? {
    var text = BufferBuilder<UInt8>()
    for value in known.sources.keys { PathColumns.append(value, to: &text) }
    var inference = TypeInference(dialect: dialect, fieldCount: 1)
    inference.rowLimit = known.sources.count
    inference.observe(text.take(), isWhole: true)
    return inference.columns.first.flatMap { $0.isAllNull ? nil : $0.type }
  }

  /// The types of the columns, by name.
  var types: [(name: String, type: DataType)] {
    known.compactMap { column in type(of: column).map { (column.name, $0) } }
  }

  /// Reads the values as those of a schema's columns.
  ///
  /// - Parameters:
  ///   - strict: columns whose numbers may not lose leading zeros.
  ///   - json: columns that hold JSON texts.
  /// - Throws: `corrupt` for a value that its column does not hold.
  mutating func bind(
    to schema: Schema, strict: Set<Int>, json: Range<Int>? = nil
  ) throws(GrebeError) {
    if known.isEmpty { return }
    let lookup = SchemaLookup(schema)
    values = [:]
    positions = [:]
    for column in known {
      guard let index = matching.position(of: column.name, in: lookup) else { continue }
      positions[column.name.lowercased()] = index
      var scalars: [String: Scalar] = [:]
      for (text, file) in column.sources {
        if let json, json.contains(index) {
          scalars[text] = .string(jsonQuoted(text))
          continue
        }
        scalars[text] = try PathColumns.scalar(
          text, of: schema.fields[index], isStrict: strict.contains(index), dialect: dialect,
          place: file.name)
      }
      values[index] = scalars
    }
  }

  /// The values of a source, by the columns that sources fill.
  func values(of file: SourceFile) -> [Int: Scalar] {
    if known.isEmpty { return [:] }
    var found: [Int: Scalar] = [:]
    for (name, text) in PathColumns.entries(of: file) {
      guard let index = positions[name.lowercased()] else { continue }
      if let text { found[index] = values[index]?[text] }
    }
    return found
  }

  /// The same as texts, by the names of the columns.
  func texts(of file: SourceFile, in schema: Schema) -> [String: String] {
    if known.isEmpty { return [:] }
    var texts: [String: String] = [:]
    for (name, text) in PathColumns.entries(of: file) {
      guard let index = positions[name.lowercased()], let text else { continue }
      texts[schema.fields[index].name] = text
    }
    return texts
  }

  /// Positions of the columns that the path of a source says something of.
  func columns(of file: SourceFile) -> Set<Int> {
    if known.isEmpty { return [] }
    return Set(PathColumns.entries(of: file).compactMap { positions[$0.name.lowercased()] })
  }

  /// Names in the path of a source that no column has.
  func ignored(of file: SourceFile) -> [String] {
    if known.isEmpty { return [] }
    return PathColumns.entries(of: file).map(\.name).filter {
      places[$0.lowercased()] != nil && positions[$0.lowercased()] == nil
    }
  }

  /// What to tell of columns that were found in paths.
  var note: String? {
    guard let first = known.first(where: { positions[$0.name.lowercased()] != nil }) else {
      return nil
    }
    let names = known.map(\.name).filter { positions[$0.lowercased()] != nil }
    let path = first.first.name
    return "note: the paths of sources, such as \(path), have values of "
      + (names.count == 1 ? "column " : "columns ") + names.joined(separator: ", ")
      + "; --hive-partitioning no leaves them out"
  }

  /// A value as its column holds it.
  static func scalar(
    _ text: String, of field: Field, isStrict: Bool, dialect: CSVDialect, place: String
  ) throws(GrebeError) -> Scalar {
    var field = field
    field.nullable = true
    var options = CSVParserOptions(schema: Schema([field]), dialect: dialect)
    if isStrict { options.strictColumns = [0] }
    let (given, record) = (options, text)
    let parsed = try exposing { () throws(IngestError) in
      var bytes = BufferBuilder<UInt8>()
      append(record, to: &bytes)
      return try CSVBatchParser(given).parse(bytes, isEnd: true)
    }
    guard parsed.rejects.isEmpty, parsed.batch.rowCount == 1 else {
      throw GrebeError(
        .corrupt, "\"\(text)\" in the path is not a valid \(field.type) of column \(field.name)",
        place: place, hint: "--hive-partitioning no leaves the values in paths out")
    }
    return parsed.batch.columns[0][0]
  }

  /// The value as a record of one quoted field.
  private static func append(_ value: String, to text: inout BufferBuilder<UInt8>) {
    text.append(ASCII.quote)
    for byte in value.utf8 {
      if byte == ASCII.quote { text.append(byte) }
      text.append(byte)
    }
    text.append(ASCII.quote)
    text.append(ASCII.lineFeed)
  }
}
