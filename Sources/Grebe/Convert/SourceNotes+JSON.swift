import Columns
import Ingest

// JSON that is read as it stands, where its author may mean other rows.
extension SourceNotes {
  /// Arrays that fill one column: pages of records, a line each, or a table of texts whose first
  /// row may name the columns.
  var arraysAsValues: String? {
    note(where: \.isOfArrays) { source in
      "each record of \(source.file.name) is an array, and all of it is one value of the column "
        + "\"\(JSONInference.valueColumn)\""
    }
  }

  /// Objects that are one row and may be pages of many, unless the table has a column of that name.
  var pages: String? {
    func list(in source: RecognizedSource) -> String? {
      guard case .mayBePage(let member) = source.rowsDoubt, !known.contains(member.lowercased())
      else { return nil }
      return member
    }
    return note(where: { list(in: $0) != nil }) { source in
      let member = list(in: source) ?? ""
      return "\(source.file.name) is one row, and \"\(member)\" of it a list of objects; "
        + "--json-records \(member) takes each of them for a row"
    }
  }

  /// Lines that say what Elasticsearch is to do with the next one.
  var bulkActions: String? {
    note(where: { $0.bulkAction != nil }) { source in
      "lines of \(source.file.name) such as {\"\(source.bulkAction ?? "")\": ...} are actions of "
        + "Elasticsearch's bulk format and are rows, too; take them out first, if they are no data"
    }
  }
}

extension RecognizedSource {
  fileprivate var isOfArrays: Bool {
    guard case .json(_, .values, _) = shape.format, case .array = types.first?.type else {
      return false
    }
    return true
  }

  /// The name of such an action, if there are some: a member that holds where to, and nothing else.
  fileprivate var bulkAction: String? {
    guard case .json(_, .objects, _) = shape.format else { return nil }
    let actions = ["index", "create", "update", "delete"]
    return types.first { name, type in
      guard actions.contains(name), case .structure(let fields) = type else { return false }
      return fields.contains { $0.name == "_index" || $0.name == "_id" }
        && fields.allSatisfy { $0.name.hasPrefix("_") || $0.name == "routing" }
    }?.name
  }
}
