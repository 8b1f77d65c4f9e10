import Base
import Columns
import Parquet
import Store

/// Reads all of a data file and compares it with what the log says of it.
///
/// Memory: one row group's decoder, and a batch of rows.
struct DataVerification {
  let target: ScanTarget
  /// Of the table; positions in the target's schema of the columns that can be read.
  let columns: [Int]
  let version: Int64

  init(_ snapshot: Snapshot, store: any ObjectStore) {
    target = ScanTarget(store: store, snapshot: snapshot)
    columns = target.schema.fields.indices.filter { [target] in
      target.schema.fields[$0].type.unknownPart == nil
    }
    version = snapshot.version
  }

  /// What is wrong with the file, and its rows, deleted ones included.
  ///
  /// - Throws: `io` and `cancelled`; everything else is a finding.
  func findings(
    _ file: AddFile, path: String, cancellation: Cancellation
  ) throws(DeltaError) -> (findings: [Finding], rowCount: Int64) {
    var findings: [Finding] = []
    do throws(DeltaError) {
      let scanner = try FileScanner(file, of: target, columns: columns)
      var rowCount: Int64 = 0
      for group in scanner.file.metadata.rowGroups { rowCount += Int64(group.rowCount) }
      if let stated = file.rowCount, stated != rowCount {
        findings.append(
          finding(
            .rowCount, "the file has \(rowCount) rows, the log says \(stated)", path))
      } else if let stated = file.impossibleRowCount {
        findings.append(
          finding(
            .rowCount, "the file has \(rowCount) rows, the log says \(stated), which none has",
            path))
      }
      do throws(DeltaError) {
        let tallies = try tallies(scanner, cancellation)
        findings += compare(tallies, file, path: path, rowCount: rowCount)
        try readOtherColumns(scanner, cancellation)
      } catch {
        if error.code == .io || error.code == .cancelled { throw error }
        findings += damage(scanner, path: path, first: error)
      }
      return (findings, rowCount)
    } catch {
      if error.code == .io || error.code == .cancelled { throw error }
      findings.append(Finding(.dataDamaged, error, version: version, file: path))
      return (findings, 0)
    }
  }

  private func finding(
    _ kind: Finding.Kind, _ message: String, _ path: String, column: String? = nil
  ) -> Finding {
    Finding(kind, message, version: version, file: path, column: column)
  }

  /// Of every column of the table, over the rows that are not deleted.
  private func tallies(
    _ scanner: FileScanner, _ cancellation: Cancellation
  ) throws(DeltaError) -> [ColumnTally] {
    var tallies = columns.map { ColumnTally(target.schema.fields[$0]) }
    for group in 0..<scanner.rowGroupCount {
      try scanner.forEachBatch(rowGroup: group) { (batch) throws(DeltaError) in
        try checkCancelled(cancellation, target.store)
        for index in tallies.indices { tallies[index].add(batch.columns[index]) }
        return true
      }
    }
    return tallies
  }

  /// Columns that the table does not have any more, or not yet.
  private func readOtherColumns(
    _ scanner: FileScanner, _ cancellation: Cancellation
  ) throws(DeltaError) {
    let used = Set(scanner.fileColumns)
    let rest = scanner.file.metadata.schema.fields.indices.filter { !used.contains($0) }
    guard !rest.isEmpty else { return }
    for group in 0..<scanner.rowGroupCount {
      _ = try scanner.file.forEachBatch(rowGroup: group, columns: Array(rest)) {
        (_) throws(DeltaError) in
        try checkCancelled(cancellation, target.store)
        return true
      }
    }
  }

  /// Every column of every row group on its own, to find all that is damaged.
  private func damage(
    _ scanner: FileScanner, path: String, first: DeltaError
  ) -> [Finding] {
    var findings: [Finding] = []
    let names = scanner.file.metadata.schema.names
    for group in 0..<scanner.rowGroupCount {
      for column in names.indices {
        do throws(DeltaError) {
          _ = try scanner.file.forEachBatch(rowGroup: group, columns: [column]) {
            (_) throws(DeltaError) in true
          }
        } catch {
          var found = Finding(.dataDamaged, error, version: version, file: path)
          found.column = names[column]
          findings.append(found)
        }
      }
    }
    return findings.isEmpty
      ? [Finding(.dataDamaged, first, version: version, file: path)] : findings
  }
}

// MARK: Comparison

extension DataVerification {
  private func compare(
    _ tallies: [ColumnTally], _ file: AddFile, path: String, rowCount: Int64
  ) -> [Finding] {
    var findings: [Finding] = []
    let deleted = file.deletionVector?.cardinality ?? 0
    if let live = tallies.first?.rowCount, Int64(live) != rowCount - deleted {
      findings.append(
        finding(
          .rowCount, "\(live) rows were read of \(rowCount), of which \(deleted) are deleted", path)
      )
    }
    let comparison = Comparison(
      statistics: StatisticsReader(file), deleted: Int(clamping: deleted))
    for (index, tally) in zip(columns, tallies) {
      let physical = target.declaredSchema.fields[index]
      for (kind, column, message) in comparison.faults(tally, physical, below: []) {
        findings.append(finding(kind, message, path, column: column))
      }
    }
    return findings
  }
}

/// A file's statistics beside its rows.
private struct Comparison {
  /// Nil where the log has none.
  let statistics: StatisticsReader?
  /// Rows of the file that are deleted.
  let deleted: Int

  typealias Fault = (kind: Finding.Kind, column: String, message: String)

  /// What does not hold for a column and the fields below it.
  ///
  /// - Parameter above: names, of the table and physical, of the structs it lies in.
  func faults(
    _ tally: ColumnTally, _ physical: Field, below above: [(name: String, physical: String)]
  ) -> [Fault] {
    let path = above + [(name: tally.field.name, physical: physical.name)]
    let name = path.map(\.name).joined(separator: ".")
    var faults: [Fault] = []
    if !tally.field.nullable && tally.nullCount > 0 {
      faults.append(
        (.nullInRequired, name, "\(tally.nullCount) nulls where there must be none"))
    }
    if let stated = statistics?.column(path.map(\.physical), physical) {
      for message in contradictions(stated, tally) { faults.append((.statistics, name, message)) }
    }
    if case .structure(let fields) = physical.type {
      for (tally, field) in zip(tally.fields, fields) {
        faults += self.faults(tally, field, below: path)
      }
    }
    return faults
  }

  /// What the statistics say that does not hold. The reader has already left out what statistics
  /// that are not tight do not say.
  private func contradictions(_ stated: ColumnStatistics, _ tally: ColumnTally) -> [String] {
    var found: [String] = []
    // Some writers count the nulls of deleted rows, or those of null structs, others do not.
    let most = (tally.nullCount + tally.absentCount).addingSaturated(deleted)
    if let nulls = stated.nullCount, !(tally.nullCount...most).contains(nulls) {
      found.append("the log says \(nulls) nulls, and there are \(tally.nullCount)")
    }
    if let min = tally.min, let bound = stated.min, let order = Scalar.compare(min, bound) {
      if order < 0 {
        found.append("the log says that the smallest value is \(bound), and \(min) is there")
      } else if order > 0, stated.minIsExact, deleted == 0, min.isDiscrete {
        found.append("the log says that the smallest value is \(bound), and it is \(min)")
      }
    }
    if let max = tally.max, let bound = stated.max, let order = Scalar.compare(max, bound) {
      if order > 0 {
        found.append("the log says that the largest value is \(bound), and \(max) is there")
      } else if order < 0, stated.maxIsExact, deleted == 0, max.isDiscrete {
        found.append("the log says that the largest value is \(bound), and it is \(max)")
      }
    }
    return found
  }
}

extension Scalar {
  /// Whether every writer writes the value itself as its bound.
  fileprivate var isDiscrete: Bool {
    switch self {
    case .integer, .date: true
    default: false
    }
  }
}
