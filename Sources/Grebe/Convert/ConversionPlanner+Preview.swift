import Base
import Columns
import Ingest
import Store

extension ConversionPlanner {
  /// What the plan does, with the first rows.
  func preview(
    _ plan: ConversionPlan, _ sources: [SourceFile], known: [SourceFile]
  ) throws(GrebeError) -> ConversionPreview {
    if !plan.parquet.isEmpty { return try previewParquet(plan, sources, known: known) }
    var preview = preview(of: plan)
    guard let (first, sampled) = try firstWithRows(plan) else { return preview }
    var plan = plan
    var (parsed, rows) = try firstRows(sampled, of: first, plan)
    if !parsed.newFields.isEmpty {
      // A load would meet them too, and start over.
      for field in parsed.newFields { try plan.checkAdding(field, from: first.file) }
      plan = try plan.widened(
        Contradictions(types: [:], newFields: parsed.newFields, fieldCounts: [:]))
      (parsed, rows) = try firstRows(sampled, of: first, plan)
      preview = self.preview(of: plan)
    }
    preview.rows = rows.slice(0..<min(10, rows.rowCount))
    let reasons = sampled.reasons + sampled.nullSpellings(first, plan.sourceSchema)
    preview.dialect = reasons.map { "\($0.property): \($0.text)" }
    preview.rowsRead = parsed.rowsRead
    preview.ignoredColumns += parsed.ignoredMembers.map(\.name)
    if sampled.isWhole && plan.sources.count == 1 {
      preview.notes += [plan.typesNote(rowsRead: parsed.rowsRead)].compactMap { $0 }
    }
    let bad = parsed.rejects.filter { !$0.reason.isNoRow }
    preview.badRowCount = bad.count
    preview.firstBadRow = bad.first.map { row in
      let reject = Reject(
        row, source: first.file.name, context: "", textStart: first.dataOffset,
        firstLine: first.dataLine)
      let error = BadRowFailure.error(reject, row)
      return "\(error.message) (\(error.place))"
    }
    return preview
  }

  /// Without rows.
  private func preview(of plan: ConversionPlan) -> ConversionPreview {
    ConversionPreview(
      schema: plan.tableSchema, partitionColumns: plan.partition.partitionColumns, dialect: [],
      sources: target.sourceReports,
      rows: ColumnBatch(
        schema: plan.tableSchema, columns: plan.tableSchema.fields.map { Column($0.type, []) },
        rowCount: 0), notes: plan.notes, addedColumns: target.addedColumns(plan, options),
      renamedColumns: plan.renamedColumns, ignoredColumns: plan.ignoredColumns)
  }

  /// The first source, but for JSON without a record, which others may come behind.
  private func firstWithRows(
    _ plan: ConversionPlan
  ) throws(GrebeError) -> (source: PlannedSource, sampled: SampledSource)? {
    var first: (source: PlannedSource, sampled: SampledSource)?
    for source in plan.sources {
      guard let sampled = try sample(source.file, after: nil) else { continue }
      first = first ?? (source, sampled)
      if !source.format.isJSON || sampled.hasJSONRecords || source.dataOffset == 0 {
        return (source, sampled)
      }
    }
    return first
  }

  private func firstRows(
    _ sampled: SampledSource, of source: PlannedSource, _ plan: ConversionPlan
  ) throws(GrebeError) -> (parsed: ParsedBatch, rows: ColumnBatch) {
    var text = BufferBuilder<UInt8>()
    // As the plan has it, which knows of the other sources.
    let start = min(Int(source.dataOffset), sampled.text.count)
    text.append(contentsOf: sampled.text.slice(start..<sampled.text.count).span)
    let defaults = plan.defaults(
      of: source.file,
      besides: try ColumnDefaults(plan.sourceSchema.stored, given: plan.partition.given))
    let parser = try exposing { () throws(IngestError) in
      try TextParser(source, of: plan, defaults: defaults)
    }
    let parsed = try parser.preview(text, isEnd: sampled.isWhole)
    let rows = try plan.partition.comparing(
      defaults.filling(parsed, of: parser), absences: parsed.absences, lacks: parser.lacks
    ).rows
    return (parsed, try plan.completing(rows).rows)
  }
}

extension TextParser {
  /// The rows of a sample.
  fileprivate func preview(
    _ text: consuming BufferBuilder<UInt8>, isEnd: Bool
  ) throws(GrebeError) -> ParsedBatch {
    do throws(IngestError) {
      return try parse(text, isEnd: isEnd, isSourceEnd: isEnd)
    } catch {
      throw GrebeError(error)
    }
  }
}
