import Base
public import Columns
package import Ingest

/// How `Conversion` reads its sources and writes its table.
public struct ConversionOptions: Sendable {
  public enum Mode: String, Sendable, CaseIterable {
    /// Adds to the table, creating it if it is missing.
    case append
    /// Replaces every row in one commit; old versions stay readable.
    case overwrite
    /// Creates the table; fails if there is one.
    case error
  }

  public enum BadRowPolicy: String, Sendable, CaseIterable {
    case fail, quarantine, skip
  }

  /// How many bad rows a load may have.
  public enum BadRowLimit: Sendable, Equatable {
    case rows(Int)
    case percent(Double)

    func isExceeded(bad: Int, read: Int) -> Bool {
      switch self {
      case .rows(let limit): bad > limit
      case .percent(let limit): Double(bad) > Double(read) * limit / 100
      }
    }
  }

  public var mode = Mode.append
  /// Columns, or `year month day hour(column)`.
  public var partitionBy: [String] = []
  /// Order of the rows within each file: columns, or `name desc`. See `SortTerm`.
  public var sortBy: [String] = []
  /// The declared columns; nil infers them, or takes an existing table's.
  public var schema: Schema?
  /// Types by column name that inference must not change.
  public var typeHints: [String: DataType] = [:]
  public var allStrings = false
  public enum InputFormat: String, Sendable, CaseIterable {
    case csv, json, parquet
  }

  /// Where the records of a JSON text are.
  public enum JSONRecords: Sendable, Equatable {
    /// As their content tells.
    case found
    /// One a line.
    case lines
    /// Values one after another.
    case values
    /// The elements of the array that the text is.
    case array
    /// The elements of an array that is a member of the object that the text is.
    case member(String)
  }

  /// What the lines of delimited text end with.
  public enum LineEnd: String, Sendable, CaseIterable {
    /// LF or CR LF; a CR elsewhere is text.
    case lf
    /// CR; an LF is text.
    case cr
    /// Any of these, from line to line.
    case any
  }

  /// Whether folders such as `dt=2024-01-01` in the paths of sources are values of columns.
  public var readsPathColumns = true
  /// What the sources are; nil: each is told from its content.
  public var inputFormat: InputFormat?
  /// Where the records of JSON sources are; nil: it is told from their content.
  package var jsonLayout: JSONLayout?
  public var dialect = Dialect()
  /// How the characters of the sources are written; nil: it is told from their bytes.
  package var encoding: TextEncoding?
  public var onBadRow = BadRowPolicy.fail
  public var badRowLimit: BadRowLimit?
  public var evolution = Evolution()
  public var targetFileBytes: Int64 = 256 << 20
  /// Text that one worker takes at a time.
  var textUnitBytes = TextUnits.unitBytes
  public var fileFormat = FileFormat()
  /// Loads sources even if the table's ledger already holds them.
  public var force = false
  /// Replaces the rows of sources that changed since they were loaded.
  public var reloadChanged = false
  /// Commits only if the table is still at this version.
  public var ifVersion: Int64?
  /// What the history keeps with the load.
  public var userMetadata: String?
  /// An append that takes the partitions out for which this holds, in the same commit: SQL over
  /// partition columns. A new row for which it does not hold is a bad one.
  public var replacedPartitions: String?

  public init() {}

  /// What the user says about the text; everything else is detected.
  public struct Dialect: Sendable {
    /// One byte or several.
    public var delimiter: [UInt8]?
    /// `.some(nil)` means that nothing quotes.
    public var quote: UInt8??
    /// `.some(nil)` means that nothing escapes; quotes are doubled.
    public var escape: UInt8??
    /// What lines end with.
    public var lineEnd: LineEnd?
    public var hasHeader: Bool?
    /// Records of the header; with it there is one.
    public var headerCount: Int?
    /// Whether a delimiter stands behind the last field of a record.
    public var endsWithDelimiter: Bool?
    public var skipRows = 0
    /// Lines that begin with it are skipped; `.some(nil)` means that none is.
    public var comment: UInt8??
    /// Texts that mean null in every column, unquoted.
    public var nullTexts: [String] = []
    /// `%d/%m/%Y` and the like.
    public var dateFormat: String?
    public var timestampFormat: String?
    /// Whether fractions begin behind commas.
    public var decimalComma: Bool?
    /// Missing fields are null and surplus fields become columns; else such a row is a bad one.
    public var padsRagged = false

    public init() {}
  }
}

extension ConversionOptions {
  /// Declares the columns: DDL, or the path of a file that holds DDL or a Delta schema in JSON.
  public mutating func setSchema(_ textOrFile: String) throws(GrebeError) {
    schema = try SchemaSource.read(textOrFile)
  }

  /// Declares where the records of JSON sources are.
  public mutating func setJSONRecords(_ records: JSONRecords) {
    switch records {
    case .found: jsonLayout = nil
    case .lines: jsonLayout = .lines
    case .values: jsonLayout = .values
    case .array: jsonLayout = .array
    case .member(let name): jsonLayout = .arrayMember(name)
    }
  }

  /// Declares the encoding of the sources by its name, as iconv knows it.
  public mutating func setEncoding(_ name: String) throws(GrebeError) {
    guard let known = TextEncoding(name: name) else {
      throw GrebeError(
        .invalidArgument, "unknown encoding", place: "--encoding \(name)",
        hint: "utf-8, utf-16, latin1, windows-1252, or a name that `iconv -l` lists")
    }
    encoding = known
  }

  /// Declares the type of one column.
  ///
  /// - Throws: `invalidArgument` for what is no type, and for a second one of the same column.
  public mutating func setType(of column: String, _ type: String) throws(GrebeError) {
    let declared: DataType
    do throws(DDLFault) {
      declared = try DataType(ddl: type)
    } catch {
      throw GrebeError(
        .invalidArgument, error.message, place: "--type \(column)=\(type)",
        hint: "types: boolean, int, bigint, double, decimal(p,s), date, timestamp, string")
    }
    let name = column.lowercased()
    if let other = typeHints.first(where: { $0.key.lowercased() == name && $0.value != declared }) {
      throw GrebeError(
        .invalidArgument, "the column is declared as \(other.value) too",
        place: "--type \(column)=\(type)", hint: "a column has one type")
    }
    typeHints[column] = declared
  }
}
