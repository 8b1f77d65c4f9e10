import Base

/// Rows that wait for their row group, by partition, and what happens when they become too many.
///
/// A partition's rows are cut off for a row group when they fill one. When all rows exceed the
/// budget, partitions that have enough for a row group of their own are cut off, the fullest first;
/// if there are none, everything becomes a run on the scratch file. Sorted rows all do, since those
/// that come first may come last. Every decision follows from the pieces and their order alone.
struct SetAside {
  /// Packed bytes of a partition that are worth a row group before it is full.
  static let rowGroupMinBytes = 4 << 20
  /// Partitions whose file may be in progress; systems allow a process 1024 descriptors unless told
  /// otherwise.
  static let openPartitionLimit = 128
  /// What a piece costs besides its bytes: its place in a list, and an allocation of its own.
  private static let pieceBytes = 64
  private static let allocationBytes = 160

  /// A piece of one unit.
  struct Arrival: Sendable {
    let key: PartitionKey
    let rowCount: Int
    let bytes: Buffer<UInt8>
    /// Whether the bytes are part of a buffer that other pieces of the unit share.
    let isShared: Bool
  }

  /// What a worker has to do now.
  enum Work: Sendable {
    case rowGroup(MergedRows, ordinal: Int)
    /// Ends the partition's file, to keep few of them in progress.
    case close(partition: Int, ordinal: Int)
    /// Writes run `index`.
    case spill([[PackedPiece]], index: Int, sizeBytes: Int)
  }

  private struct Partition {
    var pieces: [PackedPiece] = []
    var rowCount = 0
    /// Of pieces that have buffers of their own: what a cut gives back.
    var sizeBytes = 0
    var nextOrdinal = 0
  }

  private let isSorted: Bool
  private let budgetBytes: Int
  private let rowGroupRowCount: Int
  private var numbers: [PartitionKey: Int] = [:]
  private(set) var keys: [PartitionKey] = []
  private var partitions: [Partition] = []
  /// Sorted rows: the pieces of each split, by partition.
  private var splits: [[PackedPiece]] = []
  /// Shared buffers are held until the next run, whatever is cut.
  private(set) var sizeBytes = 0
  private(set) var runCount = 0
  /// Partitions whose file may be in progress, the one used last at the end.
  private var open: [Int] = []

  /// - Parameter budgetBytes: of the rows here and of a run that is being written, together.
  init(budgetBytes: Int, layout: DataFileLayout) {
    isSorted = !layout.sortKeys.isEmpty
    self.budgetBytes = budgetBytes
    rowGroupRowCount = layout.rowGroupRowCount
  }

  /// Adds the pieces of one split; work that is due is added to `due`.
  ///
  /// Pieces of known partitions may come in any order, new partitions in that in which their rows
  /// do: which of a worker's units went before must not show.
  mutating func add(_ split: [Arrival], due: inout [Work]) {
    var numbered: [(number: Int, offset: Int)] = []
    for (offset, arrival) in split.enumerated() {
      numbered.append((number(of: arrival.key), offset))
    }
    numbered.sort { ($0.number, $0.offset) < ($1.number, $1.offset) }
    var pieces: [PackedPiece] = []
    for (number, offset) in numbered {
      let arrival = split[offset]
      let piece = PackedPiece(
        partition: number, rowCount: arrival.rowCount, bytes: arrival.bytes)
      let cost =
        arrival.bytes.count + SetAside.pieceBytes
        + (arrival.isShared ? 0 : SetAside.allocationBytes)
      sizeBytes += cost
      if isSorted {
        pieces.append(piece)
        continue
      }
      partitions[number].pieces.append(piece)
      partitions[number].rowCount += piece.rowCount
      if !arrival.isShared { partitions[number].sizeBytes += cost }
      if partitions[number].rowCount >= rowGroupRowCount { cut(number, due: &due) }
    }
    if !pieces.isEmpty { splits.append(pieces) }
    if sizeBytes > budgetBytes / 2 { shrink(due: &due) }
  }

  private mutating func number(of key: PartitionKey) -> Int {
    if let known = numbers[key] { return known }
    numbers[key] = keys.count
    keys.append(key)
    partitions.append(Partition())
    return keys.count - 1
  }

  private mutating func shrink(due: inout [Work]) {
    while !isSorted, sizeBytes > budgetBytes / 2,
      // Ties go to the partition that was seen first.
      let fullest = partitions.indices.max(by: {
        (partitions[$0].sizeBytes, $1) < (partitions[$1].sizeBytes, $0)
      }), partitions[fullest].sizeBytes >= SetAside.rowGroupMinBytes
    {
      cut(fullest, due: &due)
    }
    guard sizeBytes > budgetBytes / 2 else { return }
    due.append(.spill(takeAll(), index: runCount, sizeBytes: sizeBytes))
    sizeBytes = 0
    runCount += 1
  }

  /// Everything that is set aside, as runs in memory.
  mutating func takeAll() -> [[PackedPiece]] {
    if isSorted {
      defer { splits = [] }
      return splits
    }
    var run: [PackedPiece] = []
    for number in partitions.indices {
      run += partitions[number].pieces
      partitions[number].pieces = []
      partitions[number].rowCount = 0
      partitions[number].sizeBytes = 0
    }
    return run.isEmpty ? [] : [run]
  }

  private mutating func cut(_ number: Int, due: inout [Work]) {
    let ordinal = reserveOrdinal(number)
    sizeBytes -= partitions[number].sizeBytes
    due.append(
      .rowGroup(
        MergedRows(partition: number, content: .packed(partitions[number].pieces), isLast: false),
        ordinal: ordinal))
    partitions[number].pieces = []
    partitions[number].rowCount = 0
    partitions[number].sizeBytes = 0
    open.removeAll { $0 == number }
    open.append(number)
    if open.count > SetAside.openPartitionLimit {
      let oldest = open.removeFirst()
      due.append(.close(partition: oldest, ordinal: reserveOrdinal(oldest)))
    }
  }

  /// The place in a partition's order for rows that will be encoded later.
  mutating func reserveOrdinal(_ number: Int) -> Int {
    defer { partitions[number].nextOrdinal += 1 }
    return partitions[number].nextOrdinal
  }
}
