/// How the records of a JSON text follow one another. spec/ingest/json.md, "Layouts".
package enum JSONLayout: Sendable, Hashable {
  /// A value a line (NDJSON, JSON Lines); blank lines do not count.
  case lines
  /// Values one after another, any white space between them: concatenated, pretty-printed, or one.
  case values
  /// The elements of the one array at the top.
  case array
  /// The elements of the array that is this member of the one object at the top. The object's other
  /// members are no rows and are left out.
  case arrayMember(String)

  /// The member whose elements they are.
  package var rowsMember: String? {
    if case .arrayMember(let name) = self { name } else { nil }
  }

  /// Whether records are elements of an array.
  var isArray: Bool {
    switch self {
    case .lines, .values: false
    case .array, .arrayMember: true
    }
  }
}

/// How a text seems to be laid out, and why.
package struct DetectedJSONLayout: Sendable, Equatable {
  package var layout: JSONLayout
  /// Bytes before the first record: byte-order mark, and all up to and including the `[` of an
  /// array.
  package var dataOffset: Int
  /// Newlines in those bytes.
  package var dataLine: Int
  /// Names of the columns, where the first record is an array of them and the others are arrays of
  /// values; `dataOffset` lies behind it then.
  package var names: [String]?
  /// Of an object whose rows are guessed to be one member.
  package var rowsDoubt: JSONRowsDoubt?
  /// What was decided and why, for a person.
  package var reasons: [DetectedDialect.Reason]
}

/// Why the rows of a text may be others than the elements of a member of its object, or why they
/// may be these.
package enum JSONRowsDoubt: Sendable, Hashable {
  /// The object has other members, such as this one.
  case leavesOut(String)
  /// It is one line, and with another such line behind it would be a row.
  case isOneLine
  /// There are no elements, and so nothing that shows what they are.
  case isEmpty
  /// The one object is a row, and this member of it is a list of objects.
  case mayBePage(String)
}
