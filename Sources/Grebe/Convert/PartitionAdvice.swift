import Columns
import Delta

/// Many partitions with little in each: every query over them opens a file for next to nothing, and
/// the log names each of them.
///
/// Given from `partitionCountMin` partitions on, of which half got less than `partitionMinBytes` of
/// the load. A month of a table that grows by 50 KB a day is such a partition, a day of
/// 5 MB is not.
public struct PartitionAdvice: Sendable, Equatable {
  /// Fewer are few files, whatever their size.
  static let partitionCountMin = 64
  /// Where opening a file and reading its footer takes about as long as reading it.
  static let partitionMinBytes: Int64 = 1 << 20

  public let partitionCount: Int
  /// Bytes that the load wrote into a partition: half of them got no more.
  public let medianBytes: Int64
  /// A coarser term whose partitions would be large enough, `month(at)`; nil if there is none.
  public let suggestion: String?

  /// Nil if the partitions are large enough, or few.
  init?(_ files: [AddFile], _ plan: PartitionPlan) {
    var sizes: [String: Int64] = [:]
    for file in files {
      sizes[partitionIdentity(file.partitionValues), default: 0] += file.sizeBytes
    }
    let sorted = sizes.values.sorted()
    guard sorted.count >= PartitionAdvice.partitionCountMin else { return nil }
    let median = sorted[sorted.count / 2]
    guard median < PartitionAdvice.partitionMinBytes else { return nil }
    partitionCount = sorted.count
    medianBytes = median
    suggestion = PartitionAdvice.coarser(plan, medianBytes: median)
  }

  /// The finest term that would make partitions large enough, where one of a time is what divides
  /// the table.
  private static func coarser(_ plan: PartitionPlan, medianBytes: Int64) -> String? {
    guard plan.partitionColumns.count == 1 else { return nil }
    let name = plan.partitionColumns[0]
    let (source, current): (String, PartitionTransform)
    if let index = plan.computed.firstIndex(where: { $0.field.name == name }) {
      guard let transform = plan.computed[index].transform else { return nil }
      source = plan.schema.fields[transform.sourceIndex].name
      current = transform.kind
    } else if let field = plan.schema.fields.first(where: { $0.name == name }), field.type == .date
    {
      (source, current) = (name, .day)
    } else {
      return nil
    }
    let steps: [(PartitionTransform, Int64)] = [(.day, 24), (.month, 30), (.year, 12)]
    let first = [PartitionTransform.hour: 0, .day: 1, .month: 2][current] ?? steps.count
    var bytes = medianBytes
    for (transform, factor) in steps[first...] {
      bytes *= factor
      if bytes >= partitionMinBytes { return "\(transform.rawValue)(\(source))" }
    }
    return nil
  }
}
