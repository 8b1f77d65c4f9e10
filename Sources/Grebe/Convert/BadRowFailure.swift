import Base
import Columns
import Ingest

/// The errors with which a load refuses bad rows.
enum BadRowFailure {
  /// - Parameter narrow: columns of the table that could be wider.
  static func error(
    _ reject: Reject, _ row: RejectedRow?, narrow: Set<String> = []
  ) -> GrebeError {
    guard let row else {
      return GrebeError(
        .corrupt, "column \(reject.column ?? ""): \(reject.message)",
        place: "\(reject.source): row \(reject.line)", hint: BadRowFailure.hint)
    }
    var what = reject.message
    var hint = row.reason == .invalidUTF8 ? encodingHint : BadRowFailure.hint
    if row.reason == .nullInRequired, let column = row.column {
      what =
        row.message == RejectReason.missingColumnMessage
        ? "the source lacks column \(column), which allows no null"
        : "a null in column \(column), which allows none"
    } else if let column = row.column, let value = row.value, let type = row.expectedType {
      let isOutOfRange = row.reason == .outOfRange
      what =
        "\(quoted(value)) in column \(column) "
        + (isOutOfRange ? "does not fit \(type)" : "is not a valid \(type)")
      if !isOutOfRange && isTemporal(type) && mayBeTwoDates(value) {
        hint =
          "it may begin with the day or the month: --date-format or --timestamp-format, such as "
          + "%d/%m/%Y, says which; " + BadRowFailure.hint
      }
      if narrow.contains(column), type.widened(toHoldText: value) != nil { hint = wideningHint }
      if !isOutOfRange && isPadded(value, type) {
        hint =
          "its first characters would be lost: --type \(column)=\(type) takes it for a number; "
          + BadRowFailure.hint
      }
    }
    if row.reason == .tooFewFields || row.reason == .tooManyFields {
      what += ": " + quoted(row.rawText)
      hint = BadRowFailure.hint + "; --delimiter, --skip-rows or --comment if it is no such row"
    }
    return GrebeError(
      .corrupt, what, place: "\(reject.source): line \(reject.line)", hint: hint)
  }

  private static func isTemporal(_ type: DataType) -> Bool {
    type == .date || type == .timestamp || type == .timestampNtz
  }

  /// Whether the value is no number only for the zeros or the sign that it begins with.
  private static func isPadded(_ value: String, _ type: DataType) -> Bool {
    let text = value.drop { $0 == "\"" || $0 == "-" }
    return type.isNumeric && (text.first == "+" || text.first == "0")
      && text.dropFirst().first?.isNumber == true
  }

  private static let hint =
    "nothing was committed; --on-bad-row quarantine sets such rows aside and loads the rest"

  private static let wideningHint =
    "nothing was committed; --on-type-conflict widen gives the table's column a wider type; "
    + "--on-bad-row quarantine sets such rows aside and loads the rest"

  /// The encoding is told from the front of a source.
  private static let encodingHint =
    "nothing was committed; --encoding, such as windows-1252, names the encoding of the sources; "
    + "--on-bad-row quarantine sets such rows aside"

  /// - Parameter first: what is wrong with the first bad row, and where it is.
  static func error(
    tooMany counts: RowCounts, limit: ConversionOptions.BadRowLimit,
    first: (message: String, place: String)?
  ) -> GrebeError {
    let limitText =
      switch limit {
      case .rows(let count): "\(count)"
      case .percent(let share): "\(share)%"
      }
    return GrebeError(
      .corrupt,
      "\(counts.bad) of \(counts.read) rows are bad, over the limit of \(limitText)"
        + (first.map { "; the first: \($0.message)" } ?? ""),
      place: first?.place ?? "",
      hint: "nothing was committed; --max-bad-rows sets the limit")
  }

  /// The text, cut, in quotes; strings of JSON have theirs.
  private static func quoted(_ text: String) -> String {
    let hasQuotes = text.count > 1 && text.first == "\"" && text.last == "\""
    return hasQuotes ? excerpt(text) : "\"\(excerpt(text))\""
  }
}
