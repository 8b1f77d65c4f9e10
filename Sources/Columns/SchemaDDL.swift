// Column lists as Spark's DDL writes them.
//
//   schema  := column ("," column)*
//   column  := name ":"? type ("NOT" "NULL")? ("COMMENT" string)?
//   name    := word | "`" any "`"
//   type    := word ( "(" integer ("," integer)? ")" )?      (of VARCHAR and CHAR no limit is kept)
//            | "STRUCT" "<" column ("," column)* ">" | "ARRAY" "<" type ">"
//            | "MAP" "<" type "," type ">"
//   string  := "'" any "'", with '' for one quote
//
// New columns may be fields of structs that are there: a path, `customer.address.zip STRING`.
import Base

/// Why a column list or type name could not be understood, and at which character.
package struct DDLFault: Error, Equatable {
  package let message: String
  package let characterOffset: Int
}

extension Schema {
  /// Parses `id BIGINT NOT NULL, at TIMESTAMP`. O(text).
  package init(ddl text: String) throws(DDLFault) {
    var scanner = DDLScanner(text)
    let fields = try scanner.readFields()
    guard scanner.isAtEnd else { throw scanner.fault("expected a comma or the end") }
    self.init(fields)
  }

  /// Parses `customer.zip STRING, note STRING`: fields, and for each the names of the column and
  /// the fields that it goes into, the outermost first. O(text).
  package static func additions(
    ddl text: String
  ) throws(DDLFault) -> [(field: Field, path: [String])] {
    var scanner = DDLScanner(text)
    var additions: [(field: Field, path: [String])] = []
    repeat {
      var names = [try scanner.readName()]
      while scanner.take(".") { names.append(try scanner.readName()) }
      let field = try scanner.readField(named: names.removeLast())
      additions.append((field, names))
    } while scanner.take(",")
    guard scanner.isAtEnd else { throw scanner.fault("expected a comma or the end") }
    return additions
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

  /// The columns of a list, none of them twice.
  mutating func readFields(depth: Int = 0) throws(DDLFault) -> [Field] {
    var fields: [Field] = []
    var names: Set<String> = []
    repeat {
      let field = try readField(named: try readName(), depth: depth)
      guard names.insert(field.name.lowercased()).inserted else {
        throw fault("column \(field.name) is declared twice")
      }
      fields.append(field)
    } while take(",")
    return fields
  }

  /// What follows a column's name.
  mutating func readField(named name: String, depth: Int = 0) throws(DDLFault) -> Field {
    _ = take(":")
    var field = Field(name, try readType(depth: depth))
    if takeKeyword("NOT") {
      guard takeKeyword("NULL") else { throw fault("expected NULL after NOT") }
      field.nullable = false
    }
    if takeKeyword("COMMENT") { field.metadata["comment"] = jsonQuoted(try readString()) }
    return field
  }

  private mutating func readString() throws(DDLFault) -> String {
    guard take("'") else { throw fault("expected a comment in single quotes") }
    var text = ""
    while offset < characters.count {
      let character = characters[offset]
      offset += 1
      if character != "'" {
        text.append(character)
      } else if offset < characters.count, characters[offset] == "'" {
        text.append("'")
        offset += 1
      } else {
        return text
      }
    }
    throw fault("a comment is not closed")
  }

  mutating func readName() throws(DDLFault) -> String {
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

  private mutating func expect(_ character: Character) throws(DDLFault) {
    guard take(character) else { throw fault("expected \(character)") }
  }

  mutating func readType(depth: Int = 0) throws(DDLFault) -> DataType {
    guard depth <= Limits.schemaDepth else { throw fault("types are nested too deeply") }
    let start = offset
    let name = word().uppercased()
    if let plain = DDLScanner.plainTypes[name] {
      if plain == .string && name != "STRING" && take("(") {
        guard Int(word()) != nil, take(")") else { throw fault("expected a length") }
      }
      return plain
    }
    if let nested = try readNested(name, depth: depth + 1) { return nested }
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

  /// What follows STRUCT, ARRAY or MAP; nil after another word.
  private mutating func readNested(
    _ name: String, depth: Int
  ) throws(DDLFault) -> DataType? {
    guard ["STRUCT", "ARRAY", "MAP"].contains(name) else { return nil }
    try expect("<")
    let type: DataType
    switch name {
    case "STRUCT": type = .structure(try readFields(depth: depth))
    case "ARRAY": type = .array(element: try readType(depth: depth), containsNull: true)
    default:
      let key = try readType(depth: depth)
      try expect(",")
      type = .map(key: key, value: try readType(depth: depth), valueContainsNull: true)
    }
    try expect(">")
    return type
  }

  private static let plainTypes: [String: DataType] = [
    "BOOLEAN": .boolean, "BOOL": .boolean,
    "TINYINT": .byte, "BYTE": .byte,
    "SMALLINT": .short, "SHORT": .short,
    "INT": .integer, "INTEGER": .integer,
    "BIGINT": .long, "LONG": .long,
    "FLOAT": .float, "REAL": .float,
    "DOUBLE": .double,
    "STRING": .string, "TEXT": .string, "VARCHAR": .string, "CHAR": .string,
    "BINARY": .binary,
    "DATE": .date,
    "TIMESTAMP": .timestamp, "TIMESTAMP_LTZ": .timestamp, "DATETIME": .timestamp,
    "TIMESTAMP_NTZ": .timestampNtz,
  ]
}
