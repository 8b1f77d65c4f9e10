import Base

/// Whether a text shows a table to people rather than to programs.
enum TableDrawing {
  /// Lines that are looked at, and bytes of them.
  private static let lineLimit = 200
  private static let byteLimit = 1 << 16

  /// What of its lines tells so, if anything.
  ///
  /// - Parameter fieldCount: what the delimiter leaves of a record.
  static func doubt(
    _ body: Buffer<UInt8>, _ dialect: CSVDialect, fieldCount: Int
  ) -> DialectDoubt? {
    let isDivided = fieldCount > 1
    if isDivided && dialect.delimiter != ASCII.pipe { return nil }
    let lines = lines(body, dialect)
    guard lines.count > 1 else { return nil }
    if isDivided { return isMarkdownRule(lines[1]) ? .markdownTable : nil }
    return areAligned(lines) ? .alignedColumns : nil
  }

  private static func lines(_ body: Buffer<UInt8>, _ dialect: CSVDialect) -> [[UInt8]] {
    let bytes = body.span
    var lines: [[UInt8]] = []
    var line: [UInt8] = []
    for index in 0..<min(bytes.count, byteLimit) where lines.count < lineLimit {
      if !dialect.endsLine(bytes[index]) {
        if bytes[index] != ASCII.carriageReturn { line.append(bytes[index]) }
      } else if !line.isEmpty {
        lines.append(line)
        line = []
      }
    }
    return lines
  }

  /// Whether a line is nothing but dashes between bars, perhaps with colons: `|---|:-:|`.
  private static func isMarkdownRule(_ line: [UInt8]) -> Bool {
    let signs = [ASCII.minus, ASCII.pipe, ASCII.colon, ASCII.space]
    return line.allSatisfy(signs.contains) && line.contains(ASCII.minus)
      && line.contains(ASCII.pipe)
  }

  /// Whether all lines have a blank at one place, with text before and behind it, and most of them
  /// several blanks there.
  private static func areAligned(_ lines: [[UInt8]]) -> Bool {
    let shortest = lines.map(\.count).min() ?? 0
    // Names are above columns that people look at, while lines of logs have times.
    guard shortest > 2, !lines[0].contains(where: isDigit) else { return false }
    func isWide(_ line: [UInt8], _ place: Int) -> Bool {
      line[place - 1] == ASCII.space || place + 1 < line.count && line[place + 1] == ASCII.space
    }
    return (1..<shortest - 1).contains { place in
      lines.allSatisfy { line in
        line[place] == ASCII.space && line[0] != ASCII.space
          && line[(place + 1)...].contains { $0 != ASCII.space }
      } && lines.count { isWide($0, place) } * 2 > lines.count
    }
  }
}
