// Column lists as Spark's DDL writes them.
//
//   schema  := column ("," column)*
//   column  := name ":"? type ("NOT" "NULL")? ("COMMENT" string)?
//   name    := word | "`" any "`"
//   type    := word ( "(" integer ("," integer)? ")" )?

/// Why a column list or type name could not be understood, and at which character.
package struct DDLFault: Error, Equatable {
  package let message: String
  package let characterOffset: Int
}

extension Schema {
  /// Parses `id BIGINT NOT NULL, at TIMESTAMP`. O(text).
  package init(ddl text: String) throws(DDLFault) {
    var scanner = DDLScanner(text)
    var fields: [Field] = []
    repeat {
      let field = try scanner.readField()
      guard !fields.contains(where: { $0.name.lowercased() == field.name.lowercased() }) else {
        throw scanner.fault("column \(field.name) is declared twice")
      }
      fields.append(field)
    } while scanner.take(",")
    guard scanner.isAtEnd else { throw scanner.fault("expected a comma or the end") }
    self.init(fields)
  }
}

extension DataType {
  /// Parses one type, such as `DECIMAL(15,2)`.
  package init(ddl text: String) throws(DDLFault) {
    var scanner = DDLScanner(text)
    self = try scanner.readType()
    guard scanner.isAtEnd else { throw scanner.fault("unexpected text after the type") }
  }
}

private struct DDLScanner {
  private let characters: [Character]
  private var offset = 0

  init(_ text: String) { characters = Array(text) }

  func fault(_ message: String) -> DDLFault {
    DDLFault(message: message, characterOffset: offset)
  }

  private mutating func skipSpace() {
    while offset < characters.count, characters[offset].isWhitespace { offset += 1 }
  }

  var isAtEnd: Bool { characters[offset...].allSatisfy(\.isWhitespace) }

  mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard offset < characters.count, characters[offset] == character else { return false }
    offset += 1
    return true
  }

  private mutating func word() -> String {
    skipSpace()
    let start = offset
    while offset < characters.count,
      characters[offset].isLetter || characters[offset].isNumber || characters[offset] == "_"
        || characters[offset] == "$"
    {
      offset += 1
    }
    return String(characters[start..<offset])
  }

  private mutating func takeKeyword(_ keyword: String) -> Bool {
    let start = offset
    if word().uppercased() == keyword { return true }
    offset = start
    return false
  }

  mutating func readField() throws(DDLFault) -> Field {
    let name = try readName()
    _ = take(":")
    let type = try readType()
    var field = Field(name, type)
    if takeKeyword("NOT") {
      guard takeKeyword("NULL") else { throw fault("expected NULL after NOT") }
      field.nullable = false
    }
    return field
  }

  private mutating func readName() throws(DDLFault) -> String {
    var name = ""
    if take("`") {
      while offset < characters.count, characters[offset] != "`" {
        name.append(characters[offset])
        offset += 1
      }
      guard take("`") else { throw fault("a quoted name is not closed") }
    } else {
      name = word()
    }
    guard !name.isEmpty else { throw fault("expected a column name") }
    return name
  }

  mutating func readType() throws(DDLFault) -> DataType {
    let start = offset
    let name = word().uppercased()
    if let plain = DDLScanner.plainTypes[name] { return plain }
    guard ["DECIMAL", "DEC", "NUMERIC"].contains(name) else {
      offset = start
      throw fault(name.isEmpty ? "expected a type" : "unknown type \(name)")
    }
    guard take("(") else { return .decimal(precision: 10, scale: 0) }
    let precision = Int(word()) ?? 0
    let scale = take(",") ? Int(word()) ?? -1 : 0
    guard take(")"), (1...DataType.maxDecimalPrecision).contains(precision),
      (0...precision).contains(scale)
    else { throw fault("a decimal is decimal(PRECISION, SCALE), 1 to 38 digits") }
    return .decimal(precision: precision, scale: scale)
  }

  private static let plainTypes: [String: DataType] = [
    "BOOLEAN": .boolean, "BOOL": .boolean,
    "TINYINT": .byte, "BYTE": .byte,
    "SMALLINT": .short, "SHORT": .short,
    "INT": .integer, "INTEGER": .integer,
    "BIGINT": .long, "LONG": .long,
    "FLOAT": .float, "REAL": .float,
    "DOUBLE": .double,
    "STRING": .string, "TEXT": .string, "VARCHAR": .string,
    "BINARY": .binary,
    "DATE": .date,
    "TIMESTAMP": .timestamp, "TIMESTAMP_LTZ": .timestamp,
    "TIMESTAMP_NTZ": .timestampNtz,
  ]
}
