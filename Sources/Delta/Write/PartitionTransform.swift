import Base
package import Columns
import JSON

/// A partition column computed from another column: `year month day hour(column)`.
///
/// Written as a Delta generated column, in the spellings from which Spark
/// derives partition filters.
package enum PartitionTransform: String, Sendable, CaseIterable {
  case year, month, day, hour

  /// Type of the computed column: year `integer`, day `date`, month and hour `string` (`1995-03`,
  /// `1995-03-17-08`).
  package var resultType: DataType {
    switch self {
    case .year: .integer
    case .day: .date
    case .month, .hour: .string
    }
  }

  package func columnName(source: String) -> String { source + "_" + rawValue }

  /// The value of `delta.generationExpression`.
  package func generationExpression(source: String) -> String {
    let isPlain =
      source.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
      && source.utf8.allSatisfy(isPlainNameByte)
    return expression(column: isPlain ? source : quoted(source))
  }

  private func expression(column: String) -> String {
    switch self {
    case .year: "YEAR(\(column))"
    case .month: "DATE_FORMAT(\(column), 'yyyy-MM')"
    case .day: "CAST(\(column) AS DATE)"
    case .hour: "DATE_FORMAT(\(column), 'yyyy-MM-dd-HH')"
    }
  }

  /// As Spark quotes a name: backticks, doubled inside.
  private func quoted(_ name: String) -> String {
    "`" + name.map { $0 == "`" ? "``" : String($0) }.joined() + "`"
  }

  private func isPlainNameByte(_ byte: UInt8) -> Bool {
    isUnreservedInURI(byte)
      && ![UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "~")].contains(byte)
  }

  /// Key of a field's metadata under which the expression stands, as a JSON string.
  package static let metadataKey = "delta.generationExpression"

  /// The types that it accepts, for a person.
  package var accepted: String { self == .hour ? "a timestamp" : "a date or timestamp" }

  package func accepts(_ type: DataType) -> Bool {
    type == .timestamp || type == .timestampNtz || (type == .date && self != .hour)
  }

  /// The computed column. O(rows), and one formatted value per distinct result.
  ///
  /// - Precondition: `accepts(column.type)`.
  package func apply(_ column: Column) -> Column {
    let buckets = buckets(of: column)
    var lowest = Int.max
    var highest = Int.min
    for row in 0..<column.count where !column.isNull(row) {
      lowest = min(lowest, buckets[row])
      highest = max(highest, buckets[row])
    }
    // Index 0 is null; the others follow in the order in which their buckets appear.
    var distinct: [Scalar] = [.null]
    var rows = BufferBuilder<UInt32>(capacity: column.count)
    var memo = BucketMemo(lowest: lowest, highest: highest)
    for row in 0..<column.count {
      if column.isNull(row) {
        rows.append(0)
        continue
      }
      let index = memo.index(of: buckets[row], next: UInt32(distinct.count))
      if index == distinct.count { distinct.append(value(ofBucket: buckets[row])) }
      rows.append(index)
    }
    return Column(resultType, distinct).gathering(rows.freeze())
  }

  /// What a row falls into, as a number: the year, months since year 0, days or
  /// hours since the epoch.
  private func buckets(of column: Column) -> Buffer<Int> {
    let unitMicros: Int64 = self == .hour ? 3_600_000_000 : microsPerDay
    var buckets = BufferBuilder<Int>(capacity: column.count)
    switch column.values {
    case .int32(let days):
      for row in 0..<column.count { buckets.append(bucket(ofUnit: Int(days[row]))) }
    case .int64(let micros):
      for row in 0..<column.count {
        let (quotient, remainder) = micros[row].quotientAndRemainder(dividingBy: unitMicros)
        buckets.append(bucket(ofUnit: Int(quotient) - (remainder < 0 ? 1 : 0)))
      }
    default: preconditionFailure("a column that the transform does not accept")
    }
    return buckets.freeze()
  }

  /// - Parameter unit: days since the epoch; hours for `hour`.
  private func bucket(ofUnit unit: Int) -> Int {
    switch self {
    case .day, .hour: return unit
    case .year: return CivilDate(daysSinceEpoch: unit).year
    case .month:
      let date = CivilDate(daysSinceEpoch: unit)
      return date.year * 12 + date.month - 1
    }
  }

  private func value(ofBucket bucket: Int) -> Scalar {
    switch self {
    case .year: return .integer(Int64(bucket))
    case .day: return .date(Int32(truncatingIfNeeded: bucket))
    case .month:
      let year = bucket >= 0 ? bucket / 12 : (bucket - 11) / 12
      let first = CivilDate(year: year, month: bucket - year * 12 + 1, day: 1)
      return .string(String(first.text.dropLast(3)))
    case .hour:
      let day = bucket >= 0 ? bucket / 24 : (bucket - 23) / 24
      let date = CivilDate(daysSinceEpoch: day)
      return .string(date.text + "-" + padded(bucket - day * 24, 2))
    }
  }
}

/// Which index a bucket was given: a table where the buckets lie close together, as they do in most
/// batches, else a dictionary.
private struct BucketMemo {
  private static let tableCount = 1 << 16

  private let lowest: Int
  /// Index + 1, or 0 for a bucket not seen yet; empty if the range is too wide.
  private var table: [UInt32]
  private var dictionary: [Int: UInt32] = [:]

  init(lowest: Int, highest: Int) {
    let (span, overflow) = highest.subtractingReportingOverflow(lowest)
    self.lowest = lowest
    let fits = !overflow && span >= 0 && span < BucketMemo.tableCount
    table = fits ? [UInt32](repeating: 0, count: span + 1) : []
  }

  /// The bucket's index; `next` from now on if it is new.
  mutating func index(of bucket: Int, next: UInt32) -> UInt32 {
    if !table.isEmpty {
      let known = table[bucket - lowest]
      if known != 0 { return known - 1 }
      table[bucket - lowest] = next + 1
      return next
    }
    if let known = dictionary[bucket] { return known }
    dictionary[bucket] = next
    return next
  }
}

extension Field {
  /// The SQL that the column is computed by, as its metadata has it; nil if it is filled.
  package var generationExpression: String? {
    guard let json = metadata[PartitionTransform.metadataKey] else { return nil }
    return (try? JSONDocument(utf8: json).root.string) ?? json
  }
}

extension PartitionTransform {
  /// The field that this transform makes of column `source`.
  package func field(source: String) -> Field {
    var json = JSONWriter()
    json.string(generationExpression(source: source))
    return Field(
      columnName(source: source), resultType,
      metadata: [PartitionTransform.metadataKey: json.text])
  }
}
