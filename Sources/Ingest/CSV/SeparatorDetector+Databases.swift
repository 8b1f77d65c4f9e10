import Base

// PostgreSQL's COPY and MySQL's SELECT INTO OUTFILE separate fields by tabs, quote none, write null
// as `\N` and put a backslash before tabs, line ends and backslashes in values, or before letters
// that stand for them.
extension SeparatorDetector {
  /// The same candidate with backslashes for escapes, where a text is written so.
  func asDatabaseText(_ found: Candidate, _ dialect: CSVDialect) -> Candidate {
    guard found.delimiter == [ASCII.tab], found.escape == nil, found.quotedCount == 0,
      overrides.escape == nil, overrides.delimiter.map({ $0 == [ASCII.tab] }) ?? true,
      hasDatabaseNull()
    else { return found }
    var escaped = measure(dialect, found.delimiter, found.quote, ASCII.backslash)
    guard escaped.badCount <= found.badCount, escaped.agreement >= found.agreement,
      escaped.fieldCount > 1
    else { return found }
    escaped.isDatabaseText = true
    return escaped
  }

  /// Whether some field between tabs is `\N`, and some backslash is part of another.
  private func hasDatabaseNull() -> Bool {
    let bytes = body.span
    func isEdge(_ index: Int) -> Bool {
      !bytes.indices.contains(index) || bytes[index] == ASCII.tab
        || bytes[index] == ASCII.lineFeed || bytes[index] == ASCII.carriageReturn
    }
    var (hasNull, hasOther) = (false, false)
    for index in bytes.indices where bytes[index] == ASCII.backslash {
      if isEdge(index - 1), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "N"),
        isEdge(index + 2)
      {
        hasNull = true
      } else {
        hasOther = true
      }
      if hasNull && hasOther { return true }
    }
    return false
  }
}

extension CSVDialect {
  /// What a letter behind an escape stands for in the text of databases.
  static func escaped(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "t"): ASCII.tab
    case UInt8(ascii: "n"): ASCII.lineFeed
    case UInt8(ascii: "r"): ASCII.carriageReturn
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "v"): 0x0B
    default: nil
    }
  }
}
