import Ingest

// Digits that may be numbers or codes. Of columns whose type is given there is nothing to say.
extension SourceNotes {
  /// A line for each kind, with the first column that has such values.
  var doubtedNumbers: [String?] {
    NumberDoubt.allCases.map { kind in
      note { _, doubt -> (column: String, value: String)? in
        guard case .numbers(let column, let value, kind) = doubt, readsNumbers(in: column),
          !typed.contains(column.lowercased())
        else { return nil }
        return (column, value)
      } text: { source, columns in
        let (column, value) = columns[0]
        let rest = more(columns.count - 1)
        return kind.isText
          ? "\(column)\(rest) of \(source.file.name) \(rest.isEmpty ? "stays" : "stay") text, as "
            + "values such as \(value) may be \(kind.alternative); --type \(column)=\(kind.type) "
            + "reads numbers"
          : "numbers of \(source.file.name) such as \(value) in \(column)\(rest) are read as "
            + "\(kind.alternative); --type \(column)=STRING keeps them as they are"
      }
    }
  }
}

extension NumberDoubt {
  fileprivate var isText: Bool {
    switch self {
    case .blanksInNumbers: false
    case .blanksInText, .exponentsInText: true
    }
  }

  /// What they may be besides, or what they are read as.
  fileprivate var alternative: String {
    switch self {
    case .blanksInNumbers: "thousands"
    case .blanksInText: "thousands or telephone numbers"
    case .exponentsInText: "exponents or codes"
    }
  }

  /// A type that holds them as numbers.
  fileprivate var type: String { self == .exponentsInText ? "DOUBLE" : "BIGINT" }
}
