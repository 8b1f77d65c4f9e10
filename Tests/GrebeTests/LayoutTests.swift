import Base
import Columns
import Delta
import Parquet
import Store
import TestSupport
import Testing

@testable import Grebe

@Suite("Conversion: layout of the files") struct LayoutTests {
  private func convert(
    _ bench: Workbench, memoryBytes: Int = 4 << 20, workers: Int = 2,
    _ configure: (inout ConversionOptions) throws -> Void
  ) throws -> ConversionReport {
    var options = ConversionOptions()
    options.mode = .overwrite
    options.force = true
    try configure(&options)
    var environment = bench.environment
    environment.memoryBudgetBytes = memoryBytes
    environment.parallelism = workers
    return try Conversion(
      sources: ["dumps/a.csv"], into: "lake", options: options, environment: environment
    ).run()
  }

  /// The current version's files: path without the job's id -> bytes.
  private func files(_ bench: Workbench) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for file in try Snapshot.load(bench.lake, at: .latest).files {
      let path = try file.storePath()
      let directory = path.split(separator: "/").dropLast().joined(separator: "/")
      files[directory, default: []] += [UInt8](try bench.lake.read(path, range: nil))
    }
    return files
  }

  @Test func `ten thousand partitions in little memory are a file each, with every row`() throws {
    let bench = Workbench()
    let rows = (0..<40_000).map { "\($0 * 7919 % 10_000),\($0),text of row \($0)" }
    try bench.put("a.csv", "k,n,s\n" + rows.joined(separator: "\n") + "\n")
    let report = try convert(bench) { $0.partitionBy = ["k"] }
    #expect(report.partitionCount == 10_000 && report.filesWritten == 10_000)
    #expect(report.rowsWritten == 40_000)
    let wanted = (0..<40_000).map { "\($0 * 7919 % 10_000)|\($0)|text of row \($0)" }.sorted()
    #expect(try bench.rows() == wanted)
    let advice = try #require(report.partitionAdvice)
    #expect(advice.partitionCount == 10_000 && advice.medianBytes < 1 << 20)
    #expect(advice.suggestion == nil)
  }

  @Test(arguments: [[], ["g"]]) func `sorted files do not depend on workers, partitioned by`(
    _ columns: [String]
  ) throws {
    let bench = Workbench()
    let rows = (0..<6000).map { "\($0 % 3),\($0 * 7919 % 6007),\($0)" }
    try bench.put("a.csv", "g,x,n\n" + rows.joined(separator: "\n") + "\n")
    var reference: [String: [UInt8]]?
    for workers in 1...4 {
      _ = try convert(bench, memoryBytes: 1 << 14, workers: workers) {
        $0.partitionBy = columns
        $0.sortBy = ["x desc"]
      }
      let found = try files(bench)
      #expect(found.count == (columns.isEmpty ? 1 : 3))
      #expect(reference == nil || found == reference)
      reference = found
    }
    let snapshot = try Snapshot.load(bench.lake, at: .latest)
    let target = ScanTarget(store: bench.lake, snapshot: snapshot)
    for file in snapshot.files {
      let scanner = try FileScanner(
        file, of: target, columns: [target.schema.index(of: "x")!])
      var values: [Int128] = []
      for group in 0..<scanner.rowGroupCount {
        try scanner.forEachBatch(rowGroup: group) {
          values += $0.columns[0].scalars.map(\.storedInteger)
          return true
        }
      }
      #expect(values == values.sorted(by: >) && !values.isEmpty)
    }
  }

  @Test func `what cannot be sorted by is refused before anything is read`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "a,b desc\n1,2\n")
    for terms in [["c"], ["a", "A desc"], ["a sideways"]] {
      #expect {
        try convert(bench) { $0.sortBy = terms }
      } throws: {
        ($0 as? GrebeError)?.code == .invalidArgument
      }
    }
    #expect(try Snapshot.loadIfPresent(bench.lake) == nil)
    _ = try convert(bench) { $0.sortBy = ["b desc desc", "a ASC"] }
    #expect(try bench.rows() == ["1|2"])
  }

  @Test(
    arguments: [
      (1 << 20, 100, "at_day", nil), (40 << 10, 100, "at_day", "month(at)"),
      (4 << 10, 100, "at_day", "year(at)"), (100, 100, "at_day", "none"),
      (100, 63, "at_day", nil), (100, 100, "k", "none"), (50 << 10, 100, "d", "month(d)"),
    ] as [(Int, Int, String, String?)])
  func `small partitions are told of, for bytes, count, column and advice`(
    _ sizeBytes: Int, _ count: Int, _ column: String, _ wanted: String?
  ) throws {
    let plan = try PartitionPlan(
      source: Schema([Field("k", .long), Field("d", .date), Field("at", .timestamp)]),
      terms: [column == "at_day" ? PartitionTerm("day(at)") : PartitionTerm(column)])
    let files = (0..<count * 2).map { index in
      AddFile(
        path: "f\(index)", partitionValues: [column: "\(index / 2)"],
        sizeBytes: Int64(sizeBytes / 2), modifiedMillis: 0, dataChange: true, statisticsJSON: nil)
    }
    let advice = PartitionAdvice(files, plan)
    #expect(advice.map { $0.suggestion ?? "none" } == wanted)
  }
}
