import Base
public import Columns

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
  /// The declared columns; nil infers them, or takes an existing table's.
  public var schema: Schema?
  /// Types by column name that inference must not change.
  public var typeHints: [String: DataType] = [:]
  public var allStrings = false
  public var dialect = Dialect()
  public var onBadRow = BadRowPolicy.fail
  public var badRowLimit: BadRowLimit?
  public var targetFileBytes: Int64 = 256 << 20
  public var fileFormat = FileFormat()
  /// Loads sources even if the table's ledger already holds them.
  public var force = false
  /// Commits only if the table is still at this version.
  public var ifVersion: Int64?

  public init() {}

  /// What the user says about the text; everything else is detected.
  public struct Dialect: Sendable {
    /// One byte or several.
    public var delimiter: [UInt8]?
    /// `.some(nil)` means that nothing quotes.
    public var quote: UInt8??
    /// `.some(nil)` means that nothing escapes; quotes are doubled.
    public var escape: UInt8??
    public var hasHeader: Bool?
    public var skipRows = 0
    /// Lines that begin with it are skipped.
    public var comment: UInt8?
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

  /// Declares the type of one column.
  public mutating func setType(of column: String, _ type: String) throws(GrebeError) {
    do throws(DDLFault) {
      typeHints[column] = try DataType(ddl: type)
    } catch {
      throw GrebeError(
        .invalidArgument, error.message, place: "--type \(column)=\(type)",
        hint: "types: boolean, int, bigint, double, decimal(p,s), date, timestamp, string")
    }
  }
}
