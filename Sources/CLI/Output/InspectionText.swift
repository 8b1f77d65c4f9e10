import Base
import Columns
import Parquet

/// A file's inspection for people.
enum InspectionText {
  static func render(_ file: FileInspection, file path: String) -> String {
    var parts = [summary(file, path)]
    if let schema = file.schema {
      parts.append(
        "schema\n" + schema.children.flatMap { node($0, depth: 1) }.joined(separator: "\n"))
    }
    for (index, group) in file.rowGroups.enumerated() { parts += rowGroup(group, index) }
    return parts.joined(separator: "\n\n")
  }

  private static func summary(_ file: FileInspection, _ path: String) -> String {
    var lines = [
      ("file", path),
      ("size", "\(size(file.sizeBytes)), of which \(size(Int64(file.footerSizeBytes))) footer"),
    ]
    if let encryption = file.encryption { lines.append(("encrypted", encryption)) }
    if let schema = file.schema {
      lines.append(("written by", file.createdBy ?? "unknown"))
      lines.append(("rows", countText(Int(clamping: file.rowCount ?? 0))))
      lines.append(("row groups", countText(file.rowGroups.count)))
      lines.append(
        ("columns", "\(countText(schema.children.count)), \(countText(schema.leafCount)) leaves"))
      lines.append(("format", "version \(file.formatVersion ?? 0)"))
    }
    for (key, value) in file.keyValueMetadata {
      lines.append(("metadata", key + (value.map { " = " + excerpt($0, to: 72) } ?? "")))
    }
    return lines.map { name, value in
      name + String(repeating: " ", count: max(1, 12 - name.count)) + value
    }.joined(separator: "\n")
  }

  /// `12.3 MB (12,345,678 bytes)`.
  private static func size(_ bytes: Int64) -> String {
    bytes < 1000 ? byteText(bytes) : "\(byteText(bytes)) (\(countText(Int(bytes))) bytes)"
  }

  private static func node(_ node: FileInspection.SchemaNode, depth: Int) -> [String] {
    var line = String(repeating: "  ", count: depth) + (node.repetition ?? "required") + " "
    line += (node.physicalType ?? "group") + " " + node.name
    if let type = node.logicalType { line += " (\(type))" }
    if let id = node.fieldID { line += " = \(id)" }
    return [line] + node.children.flatMap { self.node($0, depth: depth + 1) }
  }

  // MARK: Row groups

  private static func rowGroup(_ group: FileInspection.RowGroup, _ index: Int) -> [String] {
    var title = "row group \(index): \(counted(Int(clamping: group.rowCount), "row")), "
    title += "\(byteText(group.compressedSizeBytes)) compressed, "
    title += "\(byteText(group.uncompressedSizeBytes)) uncompressed"
    if !group.sortingColumns.isEmpty {
      title += ", sorted by " + group.sortingColumns.map(sorting).joined(separator: ", ")
    }
    let names = [
      "column", "type", "codec", "encodings", "values", "nulls", "min", "max", "compressed",
      "uncompressed", "indexes",
    ]
    var parts = [
      title + "\n"
        + TextTable.render(
          names: names, rows: group.columns.map(chunk), numeric: [4, 5, 8, 9])
    ]
    let pages = group.columns.flatMap { chunk in
      (chunk.pages ?? []).enumerated().map { page(chunk.path, $0, $1) }
    }
    if group.columns.contains(where: { $0.pages != nil }) {
      parts.append(
        "pages of row group \(index)\n"
          + TextTable.render(
            names: [
              "column", "page", "kind", "encoding", "values", "nulls", "rows", "offset", "header",
              "compressed", "uncompressed", "crc",
            ], rows: pages, numeric: [1, 4, 5, 6, 7, 8, 9, 10]))
    }
    return parts
  }

  private static func sorting(_ column: FileInspection.SortingColumn) -> String {
    column.path + (column.isDescending ? " descending" : "")
      + (column.nullsFirst ? " nulls first" : "")
  }

  private static func chunk(_ chunk: FileInspection.Chunk) -> [String] {
    guard let details = chunk.details, !chunk.isEncrypted || chunk.details != nil else {
      let what = chunk.isEncrypted ? "encrypted" : "no metadata"
      return [chunk.path, what] + Array(repeating: "", count: 8) + [indexes(chunk)]
    }
    let statistics = details.statistics
    return [
      chunk.path, details.physicalType + (chunk.isEncrypted ? ", encrypted" : ""), details.codec,
      details.encodings.joined(separator: ","), countText(Int(clamping: details.valueCount)),
      statistics?.nullCount.map { countText(Int(clamping: $0)) } ?? "?",
      bound(statistics?.min, details.floatType, isExact: statistics?.minIsExact),
      bound(statistics?.max, details.floatType, isExact: statistics?.maxIsExact),
      byteText(details.compressedSizeBytes), byteText(details.uncompressedSizeBytes),
      indexes(chunk),
    ]
  }

  /// Short enough for a table; `…` for what is cut here, `~` for what the writer cut.
  private static func bound(_ value: Scalar?, _ type: DataType?, isExact: Bool?) -> String {
    guard let value else { return "?" }
    let text = excerpt(value.text(as: type), to: 24)
    return isExact == false ? "~" + text : text
  }

  private static func indexes(_ chunk: FileInspection.Chunk) -> String {
    var found: [String] = []
    if chunk.columnIndex != nil { found.append("column") }
    if chunk.offsetIndex != nil { found.append("offset") }
    if chunk.details?.bloomFilter != nil { found.append("bloom") }
    return found.joined(separator: ",")
  }

  private static func page(
    _ path: String, _ index: Int, _ page: FileInspection.Page
  ) -> [String] {
    func count(_ value: Int64?) -> String { value.map { countText(Int(clamping: $0)) } ?? "" }
    return [
      path, String(index), page.kind, page.encoding ?? "", count(page.valueCount),
      count(page.nullCount), count(page.rowCount), count(page.offset),
      countText(page.headerSizeBytes), count(page.compressedSizeBytes),
      count(page.uncompressedSizeBytes), page.hasChecksum ? "yes" : "no",
    ]
  }
}
