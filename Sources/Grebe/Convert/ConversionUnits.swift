import Store
import Synchronization

/// What one worker converts at a time.
enum ConversionUnit: Sendable {
  case text(TextUnit)
  case rowGroups(RowGroupUnit)

  var ordinal: Int {
    switch self {
    case .text(let unit): unit.ordinal
    case .rowGroups(let unit): unit.ordinal
    }
  }
}

/// The units of a plan, in order, as workers ask for them.
enum ConversionUnits: Sendable {
  case text(TextUnits)
  case rowGroups(RowGroupUnits)

  init(
    _ plan: ConversionPlan, textUnitBytes: Int64, trustsNewlines: Bool, checksums: SourceChecksums
  ) {
    self =
      plan.parquet.isEmpty
      ? .text(
        TextUnits(
          plan, unitBytes: textUnitBytes, trustsNewlines: trustsNewlines, checksums: checksums))
      : .rowGroups(RowGroupUnits(plan.parquet))
  }

  /// Those of text.
  var text: TextUnits? {
    if case .text(let units) = self { units } else { nil }
  }

  /// Whether there is but one, as far as can be told without reading.
  var isOne: Bool {
    switch self {
    case .text(let units): units.isOne
    case .rowGroups(let units): units.isOne
    }
  }

  func next() throws(GrebeError) -> ConversionUnit? {
    switch self {
    case .text(let units): try units.next().map { .text($0) }
    case .rowGroups(let units): units.next().map { .rowGroups($0) }
    }
  }
}

/// Row groups of Parquet sources: one large one, or several small ones.
struct RowGroupUnit: Sendable, Equatable {
  struct Part: Sendable, Equatable {
    let source: Int
    let rowGroup: Int
  }

  let ordinal: Int
  let parts: [Part]
}

final class RowGroupUnits: Sendable {
  /// What becomes a row group of the table.
  static let rowCount = 1 << 18

  private let units: [RowGroupUnit]
  private let position = Atomic(0)

  init(_ sources: [ParquetSource]) {
    var units: [RowGroupUnit] = []
    var parts: [RowGroupUnit.Part] = []
    var rows = 0
    func end() {
      if !parts.isEmpty { units.append(RowGroupUnit(ordinal: units.count, parts: parts)) }
      (parts, rows) = ([], 0)
    }
    for (source, file) in sources.enumerated() {
      for (rowGroup, count) in file.rowCounts.enumerated() {
        if rows + count > RowGroupUnits.rowCount { end() }
        parts.append(.init(source: source, rowGroup: rowGroup))
        rows += count
      }
    }
    end()
    self.units = units
  }

  var isOne: Bool { units.count == 1 }

  func next() -> RowGroupUnit? {
    let index = position.add(1, ordering: .relaxed).oldValue
    return index < units.count ? units[index] : nil
  }
}
