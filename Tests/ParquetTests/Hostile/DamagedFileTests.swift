import Base
import Foundation
import FuzzTargets
import Parquet
import Testing

/// Reading a damaged file takes no more than this and what the codec can expand: `Codec`
/// bounds that, by 1100 times for gzip, 32 768 for zstd, and what is really there for brotli.
private let memoryMaxBytes = 32 << 20
/// A read that takes longer than this hangs, whatever the machine.
private let readMaxSeconds = 10.0

/// Other damage in every run: `GREBE_SEED` of a failing one repeats it.
private let runSeed: UInt64 = {
  let given = ProcessInfo.processInfo.environment["GREBE_SEED"].flatMap { UInt64($0) }
  let seed = given ?? .random(in: 0 ... .max)
  print("DamagedFileTests: GREBE_SEED=\(seed)")  // Before the tests: a trap leaves no chance after.
  return seed
}()

@Suite("Hostile: small files, damaged") struct DamagedFileTests {
  @Test func `there are eleven files of different kinds`() {
    #expect(HostileFile.all.count == 11)
    #expect(HostileFile.all.allSatisfy { $0.bytes.count < 2048 })
  }

  /// A page that the writer stores otherwise one day would be damaged by no test.
  @Test func `Grebe's own file has what only its newest profile writes`() throws {
    let bytes = Buffer(try #require(HostileFile.modern).bytes)
    let metadata = try parseFooter(bytes)
    var chunks: [String: ColumnMetaData] = [:]
    for leaf in metadata.tree.leaves {
      let chunk = metadata.rowGroups[0].chunk(leaf: leaf.index)
      #expect(chunk.columnIndexOffset != nil && chunk.offsetIndexOffset != nil)
      chunks[leaf.path.joined(separator: ".")] = chunk.metadata
    }
    #expect(chunks["d"]?.encodings.contains(.alp) == true)
    #expect(chunks["b"]?.encodings.contains(.rle) == true)
    #expect(chunks["v.metadata"] != nil && chunks["v.value"] != nil)
    #expect(
      chunks.values.allSatisfy { $0.encodingStats?.contains { $0.pageType == .dataV2 } == true })
    #expect(metadata.tree.leaves.contains { $0.element.annotation == .uuid })
  }

  @Test(arguments: HostileFile.all) func `the intact file has no fault`(file: HostileFile) {
    let contents = readEverything(Buffer(file.bytes))
    #expect(contents.errors.isEmpty)
    #expect(contents.valueCount >= 24)
  }

  @Test(arguments: HostileFile.all) func `every truncation is refused`(file: HostileFile) {
    for count in 0..<file.bytes.count {
      let contents = readEverything(file.truncated(to: count))
      #expect(!contents.errors.isEmpty, "\(count) bytes")
    }
  }

  @Test(arguments: HostileFile.all) func `every changed byte gives an error or rows`(
    file: HostileFile
  ) {
    var random = SeededRandom(seed: runSeed)
    for index in file.bytes.indices {
      for value in file.otherValues(at: index, &random) {
        check(file.setting(index, to: value), "GREBE_SEED=\(runSeed): byte \(index) is \(value)")
      }
    }
  }

  @Test(arguments: HostileFile.all) func `several changed bytes give an error or rows`(
    file: HostileFile
  ) {
    var random = SeededRandom(seed: runSeed &+ 1)
    for round in 0..<file.bytes.count / 2 {
      check(file.damaged(&random), "GREBE_SEED=\(runSeed): round \(round)")
    }
  }

  @Test(arguments: HostileFile.all) func `every lost byte gives an error or rows`(
    file: HostileFile
  ) {
    for index in file.bytes.indices { check(file.removing(index), "without byte \(index)") }
  }

  private func check(_ bytes: Buffer<UInt8>, _ comment: Comment) {
    let start = ContinuousClock.now
    let contents = readEverything(bytes)
    #expect(ContinuousClock.now - start < .seconds(readMaxSeconds), comment)
    for error in contents.errors {
      #expect(!error.message.isEmpty, comment)
      // Every error is at a byte: of a page, an index or the footer.
      let place = error.location
      #expect(place.offset != nil, "\(comment): \(error)")
      if place.page != nil || place.column != nil && !Self.isOfSchema(error) {
        #expect(place.rowGroup != nil && place.column != nil, "\(comment): \(error)")
      }
      if place.column != nil && place.rowGroup != nil && !Self.isOfNoPage(error) {
        #expect(place.page != nil, "\(comment): \(error)")
      }
    }
  }

  /// What the schema says of a column, whatever the row group.
  private static func isOfSchema(_ error: ParquetError) -> Bool { error.location.rowGroup == nil }

  /// What the footer or an index says of a chunk: no page is known yet.
  private static func isOfNoPage(_ error: ParquetError) -> Bool {
    [
      "the chunk lies outside", "an encrypted column", "a chunk in another file",
      "the chunk has no metadata", "the chunk is ", "the offset index", "the column index",
      "the page index", "the bloom filter", "compression with", "a group without fields",
      "Parquet type",
    ].contains { error.message.hasPrefix($0) }
  }

  /// Files with pages of several kilobytes, each damaged at places drawn anew in every run.
  @Test(arguments: HostileFile.larger)
  func `a changed byte of a larger file gives an error or rows`(file: HostileFile) {
    var random = SeededRandom(seed: runSeed &+ 2)
    for round in 0..<3 {
      let index = Int.random(in: 0..<file.bytes.count, using: &random)
      let value = file.bytes[index] ^ UInt8.random(in: 1...255, using: &random)
      check(file.setting(index, to: value), "GREBE_SEED=\(runSeed): round \(round), byte \(index)")
      check(file.damaged(&random), "GREBE_SEED=\(runSeed): round \(round)")
    }
  }

  @Test func `larger files have pages of more than 2 KiB`() throws {
    #expect(HostileFile.larger.count > 10)
    #expect(HostileFile.larger.allSatisfy { $0.bytes.count > 8 << 10 })
  }

  /// The child may have `memoryMaxBytes` more than it has before the first damaged file: an
  /// allocation past it fails, and that ends the child.
  @Test func `memory stays within the bound`() async {
    await #expect(processExitsWith: .success) {
      for file in HostileFile.all { _ = readEverything(Buffer(file.bytes)) }
      try limitMemory(toMore: memoryMaxBytes)
      for file in HostileFile.all {
        for index in file.bytes.indices {
          _ = readEverything(file.setting(index, to: ~file.bytes[index]))
          _ = readEverything(file.setting(index, to: file.bytes[index] ^ 0x40))
        }
      }
    }
  }

  /// 64 times the file besides, which no codec comes near in files of real values.
  @Test func `memory for larger files is a multiple of their size`() async {
    await #expect(processExitsWith: .success) {
      let files = HostileFile.larger
      let largest = files.map(\.bytes.count).max() ?? 0
      for file in files { _ = readEverything(Buffer(file.bytes)) }
      try limitMemory(toMore: memoryMaxBytes + 64 * largest)
      var random = SeededRandom(seed: runSeed &+ 3)
      for file in files {
        for _ in 0..<2 { _ = readEverything(file.damaged(&random)) }
      }
    }
  }

  @Test func `the bound on memory is one`() async {
    await #expect(processExitsWith: .failure) {
      try limitMemory(toMore: memoryMaxBytes)
      let builder = BufferBuilder<UInt8>(capacity: 2 * memoryMaxBytes)
      _ = builder.freeze()
    }
  }
}
