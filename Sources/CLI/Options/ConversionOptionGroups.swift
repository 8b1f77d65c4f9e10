import ArgumentParser
import Base
import Columns
import Grebe

extension ConversionOptions.Mode: ChoiceArgument {}
extension ConversionOptions.BadRowPolicy: ChoiceArgument {}
extension ConversionOptions.LineEnd: ChoiceArgument {}

/// Where the rows go and how the files look.
struct ConversionTargetOptions: ParsableArguments {
  @Option(
    name: .long, help: "append (creates a missing table), overwrite, or error if there is a table.")
  var mode = ConversionOptions.Mode.append

  @Option(name: .long, help: "Columns, or year, month, day, hour of one: country,day(at); none.")
  var partitionBy: String?

  @Option(name: .long, help: "Order of the rows in each file: country,at desc.")
  var sortBy: String?

  @Option(
    name: .long, help: "Size to aim for, per file. (default: 256 MB)", transform: ByteSize.parse)
  var targetFileSize = ByteSize(argument: "256MB")!

  @Flag(name: .long, help: "Load sources again that the table already holds.")
  var force = false

  @Option(name: .long, help: "Commit only if the table is still at this version (else exit 75).")
  var ifVersion: Int64?

  @Option(
    name: .long,
    help: "With --mode overwrite: replace only the partitions for which this holds.")
  var replaceWhere: String?

  func validate() throws {
    guard targetFileSize.bytes >= 1 << 16 else {
      throw ValidationError("--target-file-size must be at least 64KiB")
    }
    if replaceWhere != nil && mode != .overwrite {
      throw ValidationError("--replace-where goes with --mode overwrite")
    }
  }

  func apply(to options: inout ConversionOptions) throws {
    options.mode = replaceWhere == nil ? mode : .append
    options.replacedPartitions = replaceWhere
    options.partitionBy = partitionBy.map(splitOutsideParentheses) ?? []
    options.sortBy = sortBy.map(splitOutsideParentheses) ?? []
    options.targetFileBytes = targetFileSize.bytes
    options.force = force || replaceWhere != nil
    options.ifVersion = ifVersion
  }
}

/// `a, month(b)` -> `a`, `month(b)`; commas in parentheses do not split.
func splitOutsideParentheses(_ text: String) -> [String] {
  var parts = [""]
  var depth = 0
  for character in text {
    if character == "(" { depth += 1 }
    if character == ")" { depth -= 1 }
    if character == "," && depth == 0 {
      parts.append("")
    } else {
      parts[parts.count - 1].append(character)
    }
  }
  return parts.map { String($0.trimmingPrefix(while: \.isWhitespace)) }
    .map { part in
      var part = part
      while part.last?.isWhitespace == true { part.removeLast() }
      return part
    }
}

struct ConversionTypeOptions: ParsableArguments {
  @Option(
    name: .long, help: "Columns as DDL, \"id BIGINT NOT NULL, at TIMESTAMP\", or a file with that.")
  var schema: String?

  @Option(name: .customLong("type"), help: "Type of one column, as name=TYPE; repeats.")
  var typeHints: [String] = []

  @Flag(name: .long, help: "Every column is a string.")
  var allStrings = false

  func validate() throws {
    if allStrings && schema != nil {
      throw ValidationError("--all-strings goes without --schema, which names the types")
    }
  }

  func apply(to options: inout ConversionOptions) throws {
    if let schema { try options.setSchema(schema) }
    for hint in typeHints {
      guard let equals = hint.firstIndex(of: "=") else {
        throw ExitError(status: .usage, message: "--type needs name=TYPE", place: hint)
      }
      try options.setType(
        of: String(hint[..<equals]), String(hint[hint.index(after: equals)...]))
    }
    options.allStrings = allStrings
  }
}

struct DialectOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: "One byte or several, or tab, space, comma, semicolon, pipe; \\x01, \\001, ^A.",
    transform: DelimiterBytes.init(parsing:))
  var delimiter: DelimiterBytes?

  @Option(name: .long, help: "One byte, or none.", transform: OptionalByte.init(parsing:))
  var quote: OptionalByte?

  @Option(
    name: .long, help: "A byte that makes the next one ordinary, or none: quotes are doubled.",
    transform: OptionalByte.init(parsing:))
  var escape: OptionalByte?

  @Option(name: .long, help: "What ends lines: lf (or CR LF), cr, or any of these.")
  var lineEnd: ConversionOptions.LineEnd?

  @Option(name: .long, help: "Whether the first row holds names: yes, no or auto.")
  var header = HeaderChoice.auto

  @Option(name: .long, help: "Rows that hold names, joined by _ where there are several.")
  var headerLines: Int?

  @Option(name: .long, help: "Whether a delimiter follows the last field: yes, no or auto.")
  var trailingDelimiter = HeaderChoice.auto

  @Option(
    name: .long, parsing: .unconditional, help: "Lines to pass over before the header.")
  var skipRows = 0

  @Option(
    name: .long, help: "Lines that begin with this byte are skipped; none: no line is.",
    transform: OptionalByte.init(parsing:))
  var comment: OptionalByte?

  @Option(
    name: .customLong("null"), parsing: .unconditionalSingleValue,
    help: "Text that means null, besides an empty field; repeats.")
  var nullTexts: [String] = []

  @Option(name: .long, help: "How dates are written, in JSON as well: %d/%m/%Y.")
  var dateFormat: String?

  @Option(name: .long, help: "How time stamps are written, in JSON as well: \"%d/%m/%Y %H:%M\".")
  var timestampFormat: String?

  @Flag(
    name: .long, inversion: .prefixedNo,
    help: "Numbers are written 1.234,5; or 1,234.5. (default: as they or earlier loads show)")
  var decimalComma: Bool?

  @Option(
    name: .long,
    help: "A row with too few or too many fields is bad, or pad: null, and more columns.")
  var ragged = RaggedChoice.bad

  func validate() throws {
    if skipRows < 0 { throw ValidationError("--skip-rows must not be negative") }
    if let headerLines {
      guard headerLines > 0 else { throw ValidationError("--header-lines must be at least 1") }
      if header == .no { throw ValidationError("--header-lines goes without --header no") }
    }
  }

  func apply(to options: inout ConversionOptions) {
    options.dialect.delimiter = delimiter?.bytes
    options.dialect.lineEnd = lineEnd
    options.dialect.headerCount = headerLines
    options.dialect.endsWithDelimiter = trailingDelimiter.value
    options.dialect.quote = quote.map(\.byte)
    options.dialect.escape = escape.map(\.byte)
    options.dialect.hasHeader = header.value
    options.dialect.skipRows = skipRows
    options.dialect.comment = comment.map(\.byte)
    options.dialect.nullTexts = nullTexts.filter { !$0.isEmpty }
    options.dialect.dateFormat = dateFormat
    options.dialect.timestampFormat = timestampFormat
    options.dialect.decimalComma = decimalComma
    options.dialect.padsRagged = ragged == .pad
  }
}

enum RaggedChoice: String, ChoiceArgument {
  case bad, pad
}

enum HeaderChoice: String, ChoiceArgument {
  case yes, no, auto

  var value: Bool? {
    switch self {
    case .yes: true
    case .no: false
    case .auto: nil
    }
  }
}

struct BadRowOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "fail (nothing is committed), quarantine (into TABLE/_quarantine), or skip.")
  var onBadRow = ConversionOptions.BadRowPolicy.fail

  @Option(
    name: .long, parsing: .unconditional,
    help: "Commit nothing over so many bad rows: a number, or a share such as 1%.",
    transform: BadRowLimitArgument.init(parsing:))
  var maxBadRows: BadRowLimitArgument?

  func apply(to options: inout ConversionOptions) {
    options.onBadRow = onBadRow
    options.badRowLimit = maxBadRows?.limit
  }
}

struct BadRowLimitArgument {
  let limit: ConversionOptions.BadRowLimit

  init(parsing argument: String) throws {
    if argument.hasSuffix("%"), let share = Double(argument.dropLast()), (0...100).contains(share) {
      limit = .percent(share)
    } else if let count = Int(argument), count >= 0 {
      limit = .rows(count)
    } else {
      throw ValidationError("a number of rows, such as 100, or a share of them, such as 0.5%")
    }
  }
}
