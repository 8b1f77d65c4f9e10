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

  /// Whether some field between tabs is `\N`, some backslash is part of another, and none stands
  /// where these databases write none: beside `D:\Games`, `C:\new` is a path, too.
  private func hasDatabaseNull() -> Bool {
    let bytes = body.span
    func isEdge(_ index: Int) -> Bool {
      !bytes.indices.contains(index) || bytes[index] == ASCII.tab
        || bytes[index] == ASCII.lineFeed || bytes[index] == ASCII.carriageReturn
    }
    var (hasNull, hasOther) = (false, false)
    var index = 0
    while index + 1 < bytes.count {
      guard bytes[index] == ASCII.backslash else {
        index += 1
        continue
      }
      let isField = isEdge(index - 1) && isEdge(index + 2)
      switch bytes[index + 1] {
      case UInt8(ascii: "N") where isField: hasNull = true
      // The end of the data, as psql writes it.
      case UInt8(ascii: ".") where isField: break
      case ASCII.backslash, ASCII.zero, ASCII.tab, ASCII.lineFeed, ASCII.carriageReturn:
        hasOther = true
      case let letter:
        guard CSVDialect.escaped(letter) != nil else { return false }
        hasOther = true
      }
      index += 2
    }
    return hasNull && hasOther
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
