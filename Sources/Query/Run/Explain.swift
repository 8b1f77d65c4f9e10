import Columns
package import Compute

extension PreparedQuery {
  /// The plan, a step a line from the result down to the scan; with the numbers of a run if there
  /// was one.
  package func explain(_ metrics: ScanMetrics? = nil) -> [String] {
    var lines: [String] = []
    var next: LogicalPlan? = plan
    while let plan = next {
      lines.append(String(repeating: "  ", count: lines.count) + line(plan))
      next = plan.input
    }
    return lines + (metrics.map(describe) ?? [])
  }

  /// What a run's scan left out and read, a line each.
  package func describe(_ metrics: ScanMetrics) -> [String] {
    var lines = [
      "files:      \(metrics.filesTotal) in all, \(metrics.filesPruned) pruned, "
        + "\(metrics.filesRead) read",
      "row groups: \(metrics.rowGroupsTotal) in those, \(metrics.rowGroupsPruned) pruned, "
        + "\(metrics.rowGroupsTotal - metrics.rowGroupsPruned) read",
    ]
    if metrics.pagesTotal > 0 {
      lines.append(
        "pages:      \(metrics.pagesTotal) in those with an index, \(metrics.pagesPruned) pruned")
    }
    return lines + [
      "bytes read: \(metrics.bytesRead)",
      "rows read:  \(metrics.rowsRead)",
    ]
  }

  private func line(_ plan: LogicalPlan) -> String {
    let below = plan.input?.schema.names ?? []
    func text(_ expression: BoundExpression) -> String { expression.description(names: below) }
    switch plan {
    case .scan(let node):
      let columns = zip(node.schema.fields, node.columns.positions).map { field, column in
        fieldTexts(field, node.columns.fields[column])
      }.joined(separator: ", ")
      let condition = node.predicate.map {
        ", pruned by " + $0.description(names: source.schema.names)
      }
      return "scan \(node.table) [\(columns)]\(condition ?? "")"
    case .filter(_, let predicate): return "filter \(text(predicate))"
    case .aggregate(_, let keys, let calls):
      let aggregates = calls.map { $0.description(names: below) }.joined(separator: ", ")
      return "aggregate [\(aggregates)]"
        + (keys.isEmpty ? "" : " by " + keys.map(text).joined(separator: ", "))
    case .project(_, let expressions, let schema):
      let columns = zip(expressions, schema.names).map { expression, name in
        let shown = text(expression)
        return shown == name || name.isEmpty ? shown : "\(shown) AS \(name)"
      }
      return "project " + columns.joined(separator: ", ")
    case .distinct: return "distinct"
    case .sort(_, let keys, let limit):
      let order = keys.map { key in
        let name = plan.schema.names[key.column]
        return (name.isEmpty ? "#\(key.column + 1)" : name) + (key.isDescending ? " DESC" : "")
          + (key.nullsFirst ? " NULLS FIRST" : "")
      }
      return "sort " + order.joined(separator: ", ") + (limit.map { ", first \($0)" } ?? "")
    case .limit(_, let count, let offset):
      return "limit " + (count.map(String.init) ?? "ALL") + (offset > 0 ? " OFFSET \(offset)" : "")
    }
  }

  /// A column, or those of its fields that are looked at.
  private func fieldTexts(_ field: Field, _ paths: Set<[Int]>?) -> String {
    guard let paths else { return field.name }
    let texts = paths.map { path in
      var text = field.name
      var type = field.type
      for index in path {
        guard case .structure(let fields) = type else { break }
        text += "." + fields[index].name
        type = fields[index].type
      }
      return text
    }
    return texts.sorted().joined(separator: ", ")
  }
}
